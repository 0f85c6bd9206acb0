import { toCaveError } from '../../errors.js';
import { pause } from '../../portable/backoff.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsStores } from '../../ports/metrics-store.js';
import type { RawStream } from '../../ports/raw-stream.js';

/**
 * Knows up to which time everything accepted has been stored: the least *stored up to* over
 * all partitions of the raw stream. A partition without a mark holds it shut, because nobody
 * has said anything about it.
 */
export class DataGate {
  #storedUpToMs = Number.NEGATIVE_INFINITY;
  #failure: string | null = null;
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;

  constructor(
    private readonly rawStream: RawStream,
    private readonly metricsStores: MetricsStores,
    private readonly logger: Logger,
    /** Called after each look, whatever it found; must not reject. */
    private readonly onLook: () => Promise<void>,
    private readonly pollMs: number,
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  /** Milliseconds since the epoch; −Infinity while nothing is known. */
  get storedUpToMs(): number {
    return this.#storedUpToMs;
  }

  health(): Health {
    return this.#failure === null ? { healthy: true } : { healthy: false, detail: this.#failure };
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        this.#storedUpToMs = await this.#read();
        this.#failure = null;
      } catch (error) {
        if (this.#failure === null) this.logger.warn('stored_up_to_unknown', { reason: toCaveError(error).message });
        this.#failure = `It is not known what has been stored: ${toCaveError(error).message}`;
      }
      // Also without an advance: those who wait look at their deadline then.
      await this.onLook();
      await pause(this.pollMs, signal);
    }
  }

  async #read(): Promise<number> {
    const incarnation = this.rawStream.incarnation();
    const marks = new Map<string, number>();
    // The marks live in the default store: they tell of the stream, not of a tenant's cluster.
    for (const mark of await this.metricsStores.get(null).storedUpTo()) {
      if (mark.incarnation === incarnation) marks.set(mark.partition, mark.timeMs);
    }
    let least = Number.POSITIVE_INFINITY;
    for (const partition of await this.rawStream.partitions()) {
      least = Math.min(least, marks.get(partition) ?? Number.NEGATIVE_INFINITY);
    }
    return least;
  }
}
