import type { Clock } from '../ports/clock.js';
import type { Tenure } from '../ports/leader-election.js';
import type { Logger } from '../ports/logger.js';

export interface LeaseTimes {
  readonly leaseMs: number;
  /** How much earlier than the store, or whoever watches it, the holder takes its lease for ended. */
  readonly marginMs: number;
  /** Pause after an extension that nobody answered. */
  readonly retryMs: number;
}

/** What became of a request to extend a lease; `gone` when another has it or the store forgot it. */
export type Extension =
  | { readonly outcome: 'extended' }
  | { readonly outcome: 'gone'; readonly reason: string }
  | { readonly outcome: 'unanswered'; readonly reason: string };

/** A lease as its store keeps it. Neither call rejects, and each settles within bounded time. */
export interface OfficeLease {
  /** Asks once. */
  extend(): Promise<Extension>;
  /**
   * Gives the lease up where it is still ours. Resolves when another may win: it is given up, or
   * `leftMs()` has come to 0 and it is over anyhow. When `closing` fires, one attempt is enough.
   */
  release(leftMs: () => number, closing: AbortSignal): Promise<void>;
}

export interface TenureSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly closing: AbortSignal;
  /** Called once: handed over, or over. */
  readonly onEnd: (tenure: LeasedTenure) => void;
}

/** Of the lease: when it is extended. Two extensions may fail before it is over. */
const EXTENDED_AFTER = 1 / 3;

/**
 * An office that is held under a lease.
 *
 * ```
 *               extended
 *              ┌──────────┐
 *   elected ──▶ held ◀────┘
 *               │  ├── the store says that it is gone ───────▶ lost
 *               │  └── the lease less its margin is over ────▶ lost
 *               └───── resign ──▶ lost, then released
 * ```
 * The lease is counted on this process's monotonic clock from before the request was sent, so
 * it ends here before it ends for anybody else: a store begins to count when the request
 * arrives, and whoever watches the store later still. The margin stands for clocks that run at
 * different speeds and for a busy event loop. A process that was frozen learns at its first
 * timer afterwards, which is the first thing that runs in it.
 */
export class LeasedTenure implements Tenure {
  readonly #lost = new AbortController();
  #deadline: number;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #extensionTimer: NodeJS.Timeout | undefined;
  #released: Promise<void> | null = null;
  /** An extension failed, and none has succeeded since: said once. */
  #failing = false;

  /** `askedAt`: on the monotonic clock, before the lease was asked for. */
  constructor(
    readonly office: string,
    askedAt: number,
    private readonly lease: OfficeLease,
    private readonly times: LeaseTimes,
    private readonly surroundings: TenureSurroundings,
  ) {
    this.#deadline = this.#deadlineFrom(askedAt);
    if (this.isOver()) return;
    this.#arm();
    this.#extendIn(askedAt + this.times.leaseMs * EXTENDED_AFTER - this.#now());
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  isOver(): boolean {
    return this.#now() >= this.#deadline;
  }

  /** Never rejects: where the lease cannot be given up, another may win once it is over. */
  resign(): Promise<void> {
    this.#end();
    this.#released ??= this.#handOver();
    return this.#released;
  }

  #now(): number {
    return this.surroundings.clock.monotonicMs();
  }

  #deadlineFrom(askedAt: number): number {
    return askedAt + this.times.leaseMs - this.times.marginMs;
  }

  #arm(): void {
    clearTimeout(this.#deadlineTimer);
    this.#deadlineTimer = setTimeout(() => this.#lose('The lease ended without an extension.'), Math.max(0, this.#deadline - this.#now()));
  }

  #extendIn(ms: number): void {
    this.#extensionTimer = setTimeout(() => void this.#extend(), Math.max(0, ms));
  }

  async #extend(): Promise<void> {
    const askedAt = this.#now();
    if (askedAt >= this.#deadline) return this.#lose('The process stood still for longer than the lease.');
    const extension = await this.lease.extend();
    if (this.#lost.signal.aborted) return undefined;
    if (extension.outcome === 'extended') {
      this.#deadline = this.#deadlineFrom(askedAt);
      this.#failing = false;
      // An answer that took longer than the lease extends nothing.
      if (this.isOver()) return this.#lose('The extension was answered too late.');
      this.#arm();
      this.#extendIn(askedAt + this.times.leaseMs * EXTENDED_AFTER - this.#now());
      return undefined;
    }
    if (extension.outcome === 'gone') return this.#lose(extension.reason);
    if (!this.#failing) this.surroundings.logger.warn('office_extension_failed', { office: this.office, reason: extension.reason });
    this.#failing = true;
    this.#extendIn(this.times.retryMs);
    return undefined;
  }

  #lose(reason: string): void {
    if (this.#lost.signal.aborted) return;
    this.surroundings.logger.warn('office_lease_lost', { office: this.office, reason });
    // Hands over sooner where a store still keeps it for us.
    void this.resign();
  }

  /** The listeners of `lost` run before this returns, and so before anything is released. */
  #end(): void {
    clearTimeout(this.#deadlineTimer);
    clearTimeout(this.#extensionTimer);
    this.#lost.abort();
  }

  /** An extension under way does not matter: where it comes after the release it finds nothing to extend. */
  async #handOver(): Promise<void> {
    await this.lease.release(() => this.#leftMs(), this.surroundings.closing);
    this.surroundings.onEnd(this);
  }

  /** Until the lease is over for everybody. */
  #leftMs(): number {
    return Math.max(0, this.#deadline + 2 * this.times.marginMs - this.#now());
  }
}
