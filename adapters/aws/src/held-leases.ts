import { backoffMs, errorCode, pause, type Clock, type Logger } from '@cave/core';
import type { Lease, LeaseKey, LeaseTable, Look } from './lease-table.js';
import { stopOfMany } from './stop-signals.js';
import type { Shard } from './shard-map.js';
import { withinTime } from './time-limit.js';
import type { Troubles } from './troubles.js';

/** A lease is renewed so many times in its life. */
export const ROUNDS_PER_LEASE = 3;
/** Of a lease's life: its holder gives it up so much earlier than others take it. Clocks run differently, by far less than this. */
const MARGIN = 0.1;
const RETRY = { firstMs: 50, maxMs: 2_000 };
const RELEASE_WITHIN_MS = 2_000;
const NEVER = stopOfMany().signal;

/** A shard while this member holds it. Another one each time that it is taken. */
export interface Holding extends LeaseKey {
  readonly incarnation: string;
  readonly source: Shard;
  readonly table: LeaseTable;
  /** As it was when it was taken. */
  readonly lease: Lease;
  /** By the monotonic clock: from then on others may hold it. */
  validUntilMs: number;
}

export interface HeldLeasesDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly troubles: Troubles;
  readonly leaseMs: number;
  /** Called whenever what is held changed, or may have. */
  readonly changed: () => void;
  /** What is known of a held shard; called now and then. */
  readonly look: (holding: Holding) => Look | null;
}

/**
 * What one member holds, kept alive. Time is only ever measured: by the holder from before it
 * asked for a renewal that succeeded, by others from when they first saw it, which is later. So
 * the holder gives up first, whatever the clocks of the machines say; and one that was frozen
 * past that, whose process did not notice, is refused by the table, which knows the owner and
 * how often the lease was taken.
 */
export class HeldLeases {
  readonly #roundMs: number;
  #holdings = new Map<string, Holding>();

  constructor(private readonly deps: HeldLeasesDependencies) {
    this.#roundMs = deps.leaseMs / ROUNDS_PER_LEASE;
  }

  /** What is held now, and still surely so. */
  all(): readonly Holding[] {
    const nowMs = this.deps.clock.monotonicMs();
    for (const holding of this.#holdings.values()) if (nowMs >= holding.validUntilMs) this.drop(holding, 'not renewed in time');
    return [...this.#holdings.values()];
  }

  of(shard: string): Holding | null {
    return this.all().find((holding) => holding.shard === shard) ?? null;
  }

  /** All at once: what is held is not told by halves. */
  add(taken: readonly Holding[]): void {
    for (const holding of taken) this.#holdings.set(holding.shard, holding);
    if (taken.length > 0) this.deps.changed();
  }

  /** It is somebody else's, or will be. */
  drop(holding: Holding, why: string): void {
    if (this.#holdings.get(holding.shard) !== holding) return;
    this.#holdings.delete(holding.shard);
    this.deps.logger.info('shard_lost', { shard: holding.shard, why });
    this.deps.changed();
  }

  dropAll(why: string): void {
    for (const holding of this.#holdings.values()) this.drop(holding, why);
  }

  /** Until when a lease is sure to be held that was asked for at this time, by the monotonic clock. */
  validUntil(askedMs: number): number {
    return askedMs + this.deps.leaseMs * (1 - MARGIN);
  }

  /** A conditional write that was begun at this time found it to be this member's. */
  renewed(holding: Holding, askedMs: number): void {
    holding.validUntilMs = Math.max(holding.validUntilMs, this.validUntil(askedMs));
  }

  /** Renews until the signal fires. */
  async keep(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      await pause(failures === 0 ? this.#roundMs : Math.min(this.#roundMs, backoffMs(failures, RETRY)), signal);
      if (signal.aborted) return;
      // An answer that comes later than a round is of no use: asked again, there may still be time.
      const outcomes = await Promise.allSettled(this.all().map((holding) => withinTime(this.#roundMs, signal, (stop) => this.#renew(holding, stop))));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      failures = failed === undefined ? 0 : failures + 1;
      if (failed === undefined) this.deps.troubles.well('renewing leases');
      else if (!signal.aborted) this.deps.troubles.sick('renewing leases', failed.reason);
    }
  }

  /** Unless a checkpoint has just done so. */
  async #renew(holding: Holding, signal: AbortSignal): Promise<void> {
    const look = this.deps.look(holding);
    const askedMs = this.deps.clock.monotonicMs();
    if (holding.validUntilMs > this.validUntil(askedMs - this.#roundMs / 2)) return;
    if ((await holding.table.renew(holding, look, signal)) === 'lost') this.drop(holding, 'taken by another member');
    else this.renewed(holding, askedMs);
  }

  /** Of a shard of which everything is done. */
  async finish(holding: Holding, signal: AbortSignal): Promise<void> {
    const look = this.deps.look(holding);
    const outcome = await withinTime(this.#roundMs, signal, (stop) => holding.table.finish(holding, look, stop));
    if (outcome === 'lost') this.drop(holding, 'taken by another member');
    else this.deps.logger.info('shard_finished', { shard: holding.shard });
  }

  /** Gives everything up, so that others take it at once. Never rejects. */
  async release(): Promise<void> {
    const held = this.all();
    this.#holdings.clear();
    this.deps.changed();
    try {
      await withinTime(RELEASE_WITHIN_MS, NEVER, (stop) => Promise.all(held.map((holding) => holding.table.release(holding, stop))));
    } catch (error) {
      // Others wait for the leases to expire instead.
      this.deps.logger.info('leases_not_released', { code: errorCode(error) });
    }
  }
}
