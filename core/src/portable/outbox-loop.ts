import { toCaveError } from '../errors.js';
import { backoffMs } from './backoff.js';
import { Wake } from './wake.js';
import type { Health } from '../ports/lifecycle.js';
import type { Logger } from '../ports/logger.js';

export interface OutboxRound {
  /** Rows worked off. */
  readonly done: number;
  /** More rows may be waiting: go on at once. */
  readonly more: boolean;
  /** What could not be worked off now; tried again after a pause. */
  readonly failure: string | null;
}

/**
 * Runs one kind of outbox: a round when woken (after a local commit), a round now and then
 * (for what others committed, or died over), and again with growing pauses after a failure.
 */
export class OutboxLoop {
  readonly #name: string;
  readonly #round: () => Promise<OutboxRound>;
  readonly #logger: Logger;
  readonly #intervalMs: number;
  readonly #wake = new Wake();
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #failures = 0;
  #failure = '';

  constructor(name: string, round: () => Promise<OutboxRound>, logger: Logger, intervalMs: number) {
    this.#name = name;
    this.#round = round;
    this.#logger = logger;
    this.#intervalMs = intervalMs;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** There may be something to do now. */
  wake(): void {
    this.#wake.now();
  }

  /** Lets the round under way finish. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Sick after several failures in a row: one may be a passing hiccup. */
  health(): Health {
    return this.#failures < 3 ? { healthy: true } : { healthy: false, detail: `${this.#failures} rounds in a row failed: ${this.#failure}` };
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const { failure, more } = await this.#safeRound();
      if (failure === null) {
        if (this.#failures > 0) this.#logger.info('outbox_recovered', { outbox: this.#name });
        this.#failures = 0;
        if (!more) await this.#wake.wait(this.#intervalMs, this.#stopping.signal);
        continue;
      }
      this.#failures += 1;
      this.#failure = failure;
      if (this.#failures === 1) this.#logger.warn('outbox_failed', { outbox: this.#name, message: failure });
      await this.#wake.wait(backoffMs(this.#failures, { firstMs: 100, maxMs: 10_000 }), this.#stopping.signal);
    }
  }

  async #safeRound(): Promise<OutboxRound> {
    try {
      return await this.#round();
    } catch (error) {
      return { done: 0, more: false, failure: toCaveError(error).message };
    }
  }
}
