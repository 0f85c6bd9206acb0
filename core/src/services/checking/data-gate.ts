import { toCaveError } from '../../errors.js';
import { pause } from '../../portable/backoff.js';
import type { Clock } from '../../ports/clock.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsStores } from '../../ports/metrics-store.js';
import type { RawStream } from '../../ports/raw-stream.js';

/** What is known of the pipeline, all as of one look. Milliseconds since the epoch. */
export interface Look {
  /** When it was begun. */
  readonly atMs: number;
  /** Up to here everything accepted has been stored; −Infinity while nothing is known. */
  readonly storedUpToMs: number;
  /** Since when there were looks without interruption. */
  readonly watchedSinceMs: number;
}

/** A pause between two looks that is longer than asked for by this much: the process stood still, and perhaps the dbwriter with it. */
const FROZEN_MS = 5_000;

/**
 * Knows up to which time everything accepted has been stored: the least *stored up to* over
 * all partitions of the raw stream. A partition without a mark holds it shut, because nobody
 * has said anything about it.
 */
export class DataGate {
  #look: Look | null = null;
  #failure: string | null = null;
  readonly #stop = new AbortController();
  readonly #first: Promise<void>;
  #resolveFirst: () => void = () => undefined;
  #running: Promise<void> | null = null;

  constructor(
    private readonly rawStream: RawStream,
    private readonly metricsStores: MetricsStores,
    private readonly clock: Clock,
    private readonly logger: Logger,
    /** Called after each look, whatever it found; must not reject. */
    private readonly onLook: (look: Look) => Promise<void>,
    private readonly pollMs: number,
  ) {
    this.#first = new Promise((resolve) => {
      this.#resolveFirst = resolve;
    });
  }

  start(): void {
    this.#running = this.#run();
  }

  /** The last look; waits for the first one, because before it nobody can say that anything is late. */
  async look(): Promise<Look> {
    await this.#first;
    return this.#look as Look;
  }

  /** −Infinity while nothing is known. */
  get storedUpToMs(): number {
    return this.#look?.storedUpToMs ?? Number.NEGATIVE_INFINITY;
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
    let pausedAtMs = this.clock.monotonicMs();
    while (!signal.aborted) {
      const atMs = this.clock.nowMs();
      const frozen = this.clock.monotonicMs() - pausedAtMs > this.pollMs + FROZEN_MS;
      const watchedSinceMs = this.#look === null || frozen ? atMs : this.#look.watchedSinceMs;
      let { storedUpToMs } = this;
      try {
        storedUpToMs = await this.#read();
        this.#failure = null;
      } catch (error) {
        if (this.#failure === null) this.logger.warn('stored_up_to_unknown', { reason: toCaveError(error).message });
        this.#failure = `It is not known what has been stored: ${toCaveError(error).message}`;
      }
      this.#look = { atMs, storedUpToMs, watchedSinceMs };
      this.#resolveFirst();
      // Also without an advance: those who wait look at their deadline then.
      await this.onLook(this.#look);
      pausedAtMs = this.clock.monotonicMs();
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
