import { CaveError, toCaveError } from '../../errors.js';
import { pause } from '../../portable/backoff.js';
import type { Clock } from '../../ports/clock.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsStores } from '../../ports/metrics-store.js';
import type { RawStream } from '../../ports/raw-stream.js';

/** What is known of the pipeline into one cluster, all as of one look. Milliseconds since the epoch. */
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

/** A store that has not said within this time what it has counts as one that does not answer. */
const ANSWER_WITHIN_MS = 10_000;

/**
 * Knows up to which time everything accepted for one cluster has been stored: the least
 * *stored up to* over all partitions of the raw stream, as the cluster's own store holds it. A
 * partition without a mark holds the gate shut, because nobody has said anything about it.
 */
export class DataGate {
  #look: Look;
  #failure: string | null = null;
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;

  constructor(
    /** Null: the default one. */
    private readonly cluster: string | null,
    private readonly rawStream: RawStream,
    private readonly metricsStores: MetricsStores,
    private readonly clock: Clock,
    private readonly logger: Logger,
    /** Called after each look, whatever it found; must not reject. */
    private readonly onLook: (look: Look) => Promise<void>,
    private readonly pollMs: number,
  ) {
    this.#look = this.#nothingKnown();
  }

  start(): void {
    this.#look = this.#nothingKnown();
    this.#running = this.#run();
  }

  /** The last look. Before the first one nothing is known to be stored, and nobody can say that anything is late. */
  get look(): Look {
    return this.#look;
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
      const watchedSinceMs = frozen ? atMs : this.#look.watchedSinceMs;
      let { storedUpToMs } = this.#look;
      try {
        storedUpToMs = await this.#readInTime();
        this.#failure = null;
      } catch (error) {
        if (this.#failure === null) this.logger.warn('stored_up_to_unknown', { cluster: this.cluster, reason: toCaveError(error).message });
        this.#failure = `It is not known what has been stored: ${toCaveError(error).message}`;
      }
      this.#look = { atMs, storedUpToMs, watchedSinceMs };
      // Also without an advance: those who wait look at their deadline then.
      await this.onLook(this.#look);
      pausedAtMs = this.clock.monotonicMs();
      await pause(this.pollMs, signal);
    }
  }

  #nothingKnown(): Look {
    const atMs = this.clock.nowMs();
    return { atMs, storedUpToMs: Number.NEGATIVE_INFINITY, watchedSinceMs: atMs };
  }

  /** A store that never answers must not keep those who wait for it from their deadline. */
  #readInTime(): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new CaveError('unavailable', `The metrics store has not answered within ${ANSWER_WITHIN_MS / 1000} s.`)), ANSWER_WITHIN_MS);
      void this.#read().then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  async #read(): Promise<number> {
    const incarnation = this.rawStream.incarnation();
    const marks = new Map<string, number>();
    for (const mark of await this.metricsStores.get(this.cluster).storedUpTo()) {
      if (mark.incarnation === incarnation) marks.set(mark.partition, mark.timeMs);
    }
    let least = Number.POSITIVE_INFINITY;
    for (const partition of await this.rawStream.partitions()) {
      least = Math.min(least, marks.get(partition) ?? Number.NEGATIVE_INFINITY);
    }
    return least;
  }
}
