import { pause, type CaveError, type Clock, type Logger, type Tenure } from '@cave/core';
import type { OfficeLock } from './ballot.js';

export interface TenureTimes {
  readonly leaseMs: number;
  /** How much earlier than the servers the holder takes its lease for ended. */
  readonly marginMs: number;
  /** Pause after an extension that nobody answered. */
  readonly retryMs: number;
}

/**
 * An office that is held.
 *
 * ```
 *            extended by a majority
 *              ┌──────────┐
 *   elected ──▶ held ◀────┘
 *               │  ├── a server refuses and no majority extends ──▶ lost
 *               │  └── the lease less its margin is over ─────────▶ lost
 *               └───── resign ──▶ lost, then released
 * ```
 * The lease is counted on this process's monotonic clock from before the request was sent, so
 * it ends here before it ends on any server: those begin to count when the request arrives.
 * The margin stands for clocks that run at different speeds and for a busy event loop. A
 * process that was frozen learns at its first timer afterwards, which is the first thing that
 * runs in it.
 */
export class RedisTenure implements Tenure {
  readonly #lost = new AbortController();
  #deadline: number;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #extensionTimer: NodeJS.Timeout | undefined;
  #released: Promise<void> | null = null;
  /** An extension failed, and none has succeeded since: said once. */
  #failing = false;

  /** `askedAt`: on the monotonic clock, before the lock was asked for. */
  constructor(
    readonly office: string,
    askedAt: number,
    private readonly lock: OfficeLock,
    private readonly times: TenureTimes,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly closing: AbortSignal,
    private readonly onEnd: (tenure: RedisTenure) => void,
  ) {
    this.#deadline = this.#deadlineFrom(askedAt);
    if (this.isOver()) return;
    this.#arm();
    this.#extendIn(this.times.leaseMs / 3);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  isOver(): boolean {
    return this.clock.monotonicMs() >= this.#deadline;
  }

  /** Never rejects: where the lock cannot be released, another may win once its lease is over. */
  resign(): Promise<void> {
    this.#end();
    this.#released ??= this.#handOver();
    return this.#released;
  }

  #deadlineFrom(askedAt: number): number {
    return askedAt + this.times.leaseMs - this.times.marginMs;
  }

  #arm(): void {
    clearTimeout(this.#deadlineTimer);
    this.#deadlineTimer = setTimeout(() => this.#lose('The lease ended without an extension.'), Math.max(0, this.#deadline - this.clock.monotonicMs()));
  }

  #extendIn(ms: number): void {
    this.#extensionTimer = setTimeout(() => void this.#extend(), ms);
  }

  async #extend(): Promise<void> {
    const askedAt = this.clock.monotonicMs();
    if (askedAt >= this.#deadline) return this.#lose('The process stood still for longer than the lease.');
    const { extended, ballot } = await this.lock.extend();
    if (this.#lost.signal.aborted) return undefined;
    if (extended) {
      this.#deadline = this.#deadlineFrom(askedAt);
      this.#failing = false;
      // An answer that took longer than the lease extends nothing.
      if (this.isOver()) return this.#lose('The extension was answered too late.');
      this.#arm();
      this.#extendIn(Math.max(0, askedAt + this.times.leaseMs / 3 - this.clock.monotonicMs()));
      return undefined;
    }
    // Somebody else has it there, or the server forgot: the others cannot be trusted to keep it for us.
    if (ballot.refusals > 0) return this.#lose('The lock is no longer there, or is held by another.');
    if (!this.#failing) this.logger.warn('office_extension_failed', { office: this.office, reason: reasonOf(ballot.failures) });
    this.#failing = true;
    this.#extendIn(this.times.retryMs);
    return undefined;
  }

  #lose(reason: string): void {
    if (this.#lost.signal.aborted) return;
    this.logger.warn('office_lease_lost', { office: this.office, reason });
    // Hands over sooner where a server still keeps it for us.
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
    if (!(await this.#release())) {
      await this.lock.whenReachable(this.#leftMs(), this.closing);
      if (!this.closing.aborted && !(await this.#release())) await pause(this.#leftMs(), this.closing);
    }
    this.onEnd(this);
  }

  async #release(): Promise<boolean> {
    return (await this.lock.release()).hasMajorityAnswered;
  }

  /** Until the lease is over on every server. */
  #leftMs(): number {
    return Math.max(0, this.#deadline + 2 * this.times.marginMs - this.clock.monotonicMs());
  }
}

function reasonOf(failures: readonly CaveError[]): string {
  return failures.map(({ message }) => message).join(' ');
}
