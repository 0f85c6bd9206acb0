import type { Clock } from '@cave/core';

/** A shard takes 5 reads a second of all who read it together. */
const BACKLOG_MS = 200;
const IDLE_MS = 250;
const SLOWEST_MS = 4_000;
/** How fast the pace recovers once nobody is pushed back any more. */
const RECOVERY = 0.8;

/**
 * When a shard may be read again. Every group reads every shard: where several do, they find
 * a pace that the shard can bear by slowing down whenever it pushes back, and by speeding up
 * slowly (as TCP does).
 */
export class ReadPace {
  #beganMs = Number.NEGATIVE_INFINITY;
  #nextMs = 0;
  #slowedMs = 0;

  constructor(private readonly clock: Clock) {}

  get dueInMs(): number {
    return Math.max(0, this.#nextMs - this.clock.monotonicMs());
  }

  get silentMs(): number {
    return this.clock.monotonicMs() - this.#beganMs;
  }

  began(): void {
    this.#beganMs = this.clock.monotonicMs();
    this.#nextMs = this.#beganMs + Math.max(IDLE_MS, this.#slowedMs);
  }

  /** `more`: there is reason to believe that more is to be had. */
  succeeded(more: boolean): void {
    this.#slowedMs *= RECOVERY;
    if (this.#slowedMs < BACKLOG_MS) this.#slowedMs = 0;
    this.#nextMs = this.#beganMs + Math.max(more ? BACKLOG_MS : IDLE_MS, this.#slowedMs);
  }

  pushedBack(): void {
    this.#slowedMs = Math.min(SLOWEST_MS, Math.max(IDLE_MS, this.#slowedMs) * 2);
  }

  /** Not before `ms` from now. */
  postpone(ms: number): void {
    this.#nextMs = Math.max(this.#nextMs, this.clock.monotonicMs() + ms);
  }
}
