import type { Clock } from '../../ports/clock.js';

export interface QuotaOptions {
  /** Points a second that one database may publish in the long run. */
  readonly pointsPerSecond: number;
  /** Points that may come at once after a pause. */
  readonly burstPoints: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * A token bucket for each database. A request larger than the burst is let through when the
 * bucket is full and leaves it in debt, so that no legal request is refused for ever.
 * Buckets that are full again are forgotten, so that memory follows the active tenants.
 */
export class TenantQuota {
  readonly #options: QuotaOptions;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  #sweepAtMs = 0;

  constructor(options: QuotaOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** 0: taken. Otherwise nothing was taken and this many milliseconds pass before it can be. */
  take(database: string, points: number): number {
    const { pointsPerSecond, burstPoints } = this.#options;
    const now = this.#clock.monotonicMs();
    this.#sweep(now);
    const bucket = this.#buckets.get(database) ?? { tokens: burstPoints, atMs: now };
    const tokens = Math.min(burstPoints, bucket.tokens + ((now - bucket.atMs) / 1000) * pointsPerSecond);
    const needed = Math.min(points, burstPoints);
    if (tokens < needed) return Math.ceil(((needed - tokens) / pointsPerSecond) * 1000);
    this.#buckets.set(database, { tokens: tokens - points, atMs: now });
    return 0;
  }

  #sweep(now: number): void {
    if (now < this.#sweepAtMs) return;
    this.#sweepAtMs = now + 60_000;
    const { pointsPerSecond, burstPoints } = this.#options;
    for (const [database, bucket] of this.#buckets) {
      if (bucket.tokens + ((now - bucket.atMs) / 1000) * pointsPerSecond >= burstPoints) this.#buckets.delete(database);
    }
  }
}
