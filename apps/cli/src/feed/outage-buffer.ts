import { backoffMs } from '@cave/core';
import { ApiError, ConnectionError } from '../client/api-error.js';
import type { PointJson } from '../client/types.js';

export interface OutageBufferOptions {
  /** Sends one request; throws what ApiClient throws. */
  readonly send: (points: readonly PointJson[]) => Promise<void>;
  readonly maxPoints: number;
  readonly maxBatch: number;
  /** Is told in sentences what happens. */
  readonly say: (line: string) => void;
}

const BACKOFF = { firstMs: 1_000, maxMs: 60_000 };

/**
 * Keeps points while CAVE does not take them, and tries again with growing pauses. When it is
 * full the oldest points go, since the newest tell most about now.
 *
 * A request of unknown outcome (503, a cut connection) is repeated, so that a point may come to
 * count twice: for measured values a gap is worse than a double.
 */
export class OutageBuffer {
  private points: PointJson[] = [];
  private failures = 0;
  private retryAt = 0;
  private dropped = 0;
  private inFlight = 0;
  private sending: Promise<number> | null = null;

  constructor(private readonly options: OutageBufferOptions) {}

  /** How many points CAVE has not taken yet. */
  get size(): number {
    return this.points.length + this.inFlight;
  }

  add(points: readonly PointJson[]): void {
    this.points.push(...points);
    this.trim();
  }

  /**
   * Sends what waits, unless a pause after a failure lasts on; `now` sends in spite of it. Answers
   * how many points CAVE took. Throws for a refusal that a repetition would meet again.
   */
  flush({ now = false }: { readonly now?: boolean } = {}): Promise<number> {
    if (this.sending !== null) return this.sending;
    if (!now && performance.now() < this.retryAt) return Promise.resolve(0);
    this.sending = this.sendAll().finally(() => (this.sending = null));
    return this.sending;
  }

  private trim(): void {
    const excess = this.points.length - this.options.maxPoints;
    if (excess <= 0) return;
    this.points.splice(0, excess);
    if (this.dropped === 0) this.options.say(`The buffer of ${this.options.maxPoints} points is full: the oldest are dropped from here on.`);
    this.dropped += excess;
  }

  private async sendAll(): Promise<number> {
    let sent = 0;
    while (this.points.length > 0) {
      const batch = this.points.splice(0, this.options.maxBatch);
      this.inFlight = batch.length;
      try {
        await this.options.send(batch);
      } catch (error) {
        this.inFlight = 0;
        this.points.unshift(...batch);
        this.trim();
        this.failed(error);
        return sent;
      }
      this.inFlight = 0;
      sent += batch.length;
      this.recovered();
    }
    return sent;
  }

  private failed(error: unknown): void {
    const temporary = error instanceof ConnectionError || (error instanceof ApiError && (error.status === 429 || error.status >= 500));
    if (!temporary) throw error;
    this.failures += 1;
    const waitMs = Math.max(backoffMs(this.failures, BACKOFF), error instanceof ApiError ? error.retryAfterMs ?? 0 : 0);
    this.retryAt = performance.now() + waitMs;
    this.options.say(`${error.message} ${this.points.length} points wait; next attempt in ${Math.ceil(waitMs / 1000)} s.`);
  }

  private recovered(): void {
    if (this.failures > 0) this.options.say(`CAVE takes points again.${this.dropped > 0 ? ` ${this.dropped} points were dropped meanwhile.` : ''}`);
    this.failures = 0;
    this.dropped = 0;
    this.retryAt = 0;
  }
}
