import { backoffMs, errorCode, pause, Wake, type Clock, type Logger } from '@cave/core';
import { plan, type Seen } from './balance.js';
import type { Lease, LeaseKey, LeaseTable, Look } from './lease-table.js';
import { anyOf, stopOfMany } from './patience.js';
import type { Shard, ShardMap } from './shard-map.js';
import { withinTime } from './time-limit.js';
import type { Troubles } from './troubles.js';

/** A lease is renewed, and the table looked at, so many times in its life. */
const ROUNDS_PER_LEASE = 3;
/** Of a lease's life: its holder gives it up so much earlier than others take it. Clocks run differently, by far less than this. */
const MARGIN = 0.1;
const RETRY = { firstMs: 50, maxMs: 2_000 };
/** Rounds of several members do not fall together for ever. */
const JITTER = 0.2;
/** A shard that is not listed for this long is no more; one answer of ListShards may be an old one. */
const GONE_MS = 60_000;
const RELEASE_WITHIN_MS = 2_000;
const NEVER = stopOfMany().signal;

/** A shard while this member holds it. Another one each time that it is taken. */
export interface Holding extends LeaseKey {
  readonly incarnation: string;
  readonly source: Shard;
  readonly table: LeaseTable;
  /** As it was when it was taken. */
  readonly lease: Lease;
  finished: boolean;
  /** By the monotonic clock: from then on others may hold it. */
  validUntilMs: number;
}

/** What a lease's counter was seen to be, and since when: others' time is measured by the own clock. */
interface Observation {
  readonly counter: number;
  readonly sinceMs: number;
}

export interface LeaseKeeperDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly troubles: Troubles;
  readonly leaseMs: number;
  /** This member, as leases name it. */
  readonly owner: string;
  /** Leases of the group in one incarnation of the stream. */
  readonly tableOf: (incarnation: string) => LeaseTable;
  readonly mapShards: (signal: AbortSignal) => Promise<ShardMap>;
  /** Makes the table anew. */
  readonly makeTable: (signal: AbortSignal) => Promise<void>;
  /** Called whenever what is held changed, or may have. */
  readonly changed: () => void;
  readonly look: (holding: Holding) => Look | null;
}

/**
 * One member's part in sharing out the shards.
 *
 * ```
 *                 take: nobody's, or its counter stood still for a lease's time
 *                 steal: of a member that has two more
 *   somebody's ─────────────────────────────────────────────────────────────▶ held ──renew──▶ held
 *        ▲                                                                     │
 *        ├── taken by another (told by the next conditional write) ◀───────────┤
 *        ├── not renewed for a lease's time less the margin ◀──────────────────┤
 *        └── close: the owner is removed, others take it at once ◀─────────────┘
 * ```
 *
 * Time is only ever measured: by the holder from before it asked for a renewal that succeeded,
 * by others from when they first saw it, which is later. So the holder gives up first, whatever
 * the clocks of the machines say; and one that was frozen past that, whose process did not
 * notice, is refused by the table, which knows the owner and how often the lease was taken.
 */
export class LeaseKeeper {
  readonly #stopping = stopOfMany();
  readonly #wake = new Wake();
  readonly #roundMs: number;
  #holdings = new Map<string, Holding>();
  #observed = new Map<string, Observation>();
  #unlistedSince = new Map<string, number>();
  #table: { readonly incarnation: string; readonly leases: LeaseTable } | null = null;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(private readonly deps: LeaseKeeperDependencies) {
    this.#roundMs = deps.leaseMs / ROUNDS_PER_LEASE;
  }

  /** Takes what is free. Throws what keeps it from that. */
  async start(signal?: AbortSignal): Promise<void> {
    await this.#round(anyOf(signal, this.#stopping.signal));
    this.#loops = Promise.all([this.#roundLoop(), this.#renewLoop()]);
  }

  /** What is held now, and still surely so. */
  held(): readonly Holding[] {
    for (const holding of this.#holdings.values()) if (!this.#valid(holding)) this.drop(holding, 'not renewed in time');
    return [...this.#holdings.values()];
  }

  holding(shard: string): Holding | null {
    return this.held().find((holding) => holding.shard === shard) ?? null;
  }

  /** It is somebody else's, or will be. */
  drop(holding: Holding, why: string): void {
    if (this.#holdings.get(holding.shard) !== holding) return;
    this.#holdings.delete(holding.shard);
    this.deps.logger.info('shard_lost', { shard: holding.shard, why });
    this.deps.changed();
  }

  /** A conditional write that was begun at this time, by the monotonic clock, found it to be this member's. */
  renewed(holding: Holding, askedMs: number): void {
    holding.validUntilMs = Math.max(holding.validUntilMs, this.#validUntil(askedMs));
  }

  /** All of the shard is done. Makes sure that its children are looked for. */
  async finish(holding: Holding): Promise<void> {
    const { signal } = this.#stopping;
    if ((await withinTime(this.#roundMs, signal, (stop) => holding.table.finish(holding, this.deps.look(holding), stop))) === 'lost') {
      this.drop(holding, 'taken by another member');
      return;
    }
    holding.finished = true;
    this.deps.logger.info('shard_finished', { shard: holding.shard });
    this.#wake.now();
  }

  /** Looks at shards and leases soon. */
  hurry(): void {
    this.#wake.now();
  }

  /** Gives up what is held, so that others take it at once. Idempotent through its caller. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#loops;
    const held = this.held();
    this.#holdings.clear();
    this.deps.changed();
    try {
      await withinTime(RELEASE_WITHIN_MS, NEVER, (stop) => Promise.all(held.map((holding) => holding.table.release(holding, stop))));
    } catch (error) {
      // Others wait for the leases to expire instead.
      this.deps.logger.info('leases_not_released', { code: errorCode(error) });
    }
  }

  // ------------------------------------------------------------------ shards and shares

  async #roundLoop(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      const retryMs = failures === 0 ? Infinity : backoffMs(failures, RETRY);
      const jittered = this.#roundMs * (1 - JITTER / 2 + JITTER * Math.random());
      await this.#wake.wait(Math.min(retryMs, jittered), signal);
      if (signal.aborted) return;
      try {
        await this.#round(signal);
        failures = 0;
        this.deps.troubles.well('sharing out shards');
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        failures += 1;
        this.deps.troubles.sick('sharing out shards', error);
      }
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const map = await this.deps.mapShards(signal);
    const leases = this.#leasesOf(map.incarnation);
    const listed = await this.#list(leases, signal);
    this.#observe(listed);
    this.#dropTaken(listed);
    const seen = this.#look(map, listed);
    const { take, steal } = plan(seen);
    const wanted = steal === null ? take : [...take, steal];
    const outcomes = await Promise.allSettled(wanted.map((one) => this.#take(map.incarnation, leases, one)));
    // All at once: what is held is not told by halves.
    for (const outcome of outcomes) if (outcome.status === 'fulfilled' && outcome.value !== null) this.#holdings.set(outcome.value.shard, outcome.value);
    if (wanted.length > 0) this.deps.changed();
    throwFirst(outcomes);
    await this.#removeGone(leases, map, listed, signal);
  }

  /** A stream that was made anew has shards with the same names; nothing of the old ones is held any more. */
  #leasesOf(incarnation: string): LeaseTable {
    if (this.#table?.incarnation === incarnation) return this.#table.leases;
    for (const holding of this.#holdings.values()) this.drop(holding, 'the stream was made anew');
    this.#observed.clear();
    this.#unlistedSince.clear();
    const leases = this.deps.tableOf(incarnation);
    this.#table = { incarnation, leases };
    return leases;
  }

  /**
   * A table that somebody deleted is made again. Its checkpoints are gone, so everything that
   * the stream still has is read and stored once more, which changes nothing where it was
   * stored; to stand still instead would lose what expires meanwhile.
   */
  async #list(leases: LeaseTable, signal: AbortSignal): Promise<readonly Lease[]> {
    try {
      return await leases.list(signal);
    } catch (error) {
      if (errorCode(error) !== 'not_found') throw error;
      this.deps.logger.error('lease_table_missing', { message: 'The DynamoDB table of leases and checkpoints was deleted. It is made anew, and the raw stream is read from its oldest record again.' });
      for (const holding of this.#holdings.values()) this.drop(holding, 'the table of leases was deleted');
      await this.deps.makeTable(signal);
      return leases.list(signal);
    }
  }

  #observe(leases: readonly Lease[]): void {
    const nowMs = this.deps.clock.monotonicMs();
    this.#observed = new Map(
      leases.map(({ shard, counter }) => {
        const before = this.#observed.get(shard);
        return [shard, before?.counter === counter ? before : { counter, sinceMs: nowMs }];
      }),
    );
  }

  #dropTaken(leases: readonly Lease[]): void {
    const byShard = new Map(leases.map((lease) => [lease.shard, lease]));
    for (const holding of this.held()) {
      const lease = byShard.get(holding.shard);
      if (lease === undefined) this.drop(holding, 'its lease was deleted');
      else if (lease.owner !== this.deps.owner || lease.generation !== holding.generation) this.drop(holding, 'taken by another member');
    }
  }

  #look(map: ShardMap, leases: readonly Lease[]): readonly Seen[] {
    const byShard = new Map(leases.map((lease) => [lease.shard, lease]));
    return map.shards.map((shard) => {
      const lease = byShard.get(shard.id) ?? null;
      const mine = this.#holdings.has(shard.id);
      // Mine and not held: I was told that I lost it, or never told that I got it.
      const alive = mine || (lease !== null && lease.owner !== null && lease.owner !== this.deps.owner && !this.#expired(lease));
      return { shard, lease, mine, alive };
    });
  }

  #expired({ shard }: Lease): boolean {
    const sinceMs = this.#observed.get(shard)?.sinceMs ?? this.deps.clock.monotonicMs();
    return this.deps.clock.monotonicMs() - sinceMs >= this.deps.leaseMs;
  }

  /** Not ended by a close: what is taken must be known, or nobody could give it back. */
  async #take(incarnation: string, table: LeaseTable, { shard, lease: seen }: Seen): Promise<Holding | null> {
    const askedMs = this.deps.clock.monotonicMs();
    const lease = await withinTime(this.#roundMs, NEVER, (stop) => table.take(shard.id, seen, stop));
    if (lease === 'lost') return null;
    const { owner } = seen ?? { owner: null };
    this.deps.logger.info('shard_taken', { shard: shard.id, from: owner, checkpoint: lease.checkpoint?.toString() ?? null });
    return { incarnation, source: shard, table, lease, shard: lease.shard, generation: lease.generation, finished: lease.finished, validUntilMs: this.#validUntil(askedMs) };
  }

  /** Leases of shards whose last record has expired. */
  async #removeGone(table: LeaseTable, map: ShardMap, leases: readonly Lease[], signal: AbortSignal): Promise<void> {
    const nowMs = this.deps.clock.monotonicMs();
    const shards = new Set(map.shards.map(({ id }) => id));
    const unlisted = leases.filter(({ shard }) => !shards.has(shard));
    this.#unlistedSince = new Map(unlisted.map(({ shard }) => [shard, this.#unlistedSince.get(shard) ?? nowMs]));
    for (const lease of unlisted) {
      if (nowMs - (this.#unlistedSince.get(lease.shard) ?? nowMs) < GONE_MS) continue;
      if (!(await table.remove(lease, signal))) continue; // by another member, or not gone after all
      const holding = this.#holdings.get(lease.shard);
      if (holding !== undefined) this.drop(holding, 'its records have expired');
      if (!lease.finished) this.deps.logger.error('shard_expired_unread', { shard: lease.shard, checkpoint: lease.checkpoint?.toString() ?? null, message: 'All records of this shard have expired, and the group had not read it to its end. Keep records for longer (retention-hours).' });
    }
  }

  // ------------------------------------------------------------------ keeping what is held

  async #renewLoop(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      await pause(failures === 0 ? this.#roundMs : Math.min(this.#roundMs, backoffMs(failures, RETRY)), signal);
      if (signal.aborted) return;
      try {
        // An answer that comes later is of no use: asked again, there may still be time.
        throwFirst(await Promise.allSettled(this.held().map((holding) => withinTime(this.#roundMs, signal, (stop) => this.#renew(holding, stop)))));
        failures = 0;
        this.deps.troubles.well('renewing leases');
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        failures += 1;
        this.deps.troubles.sick('renewing leases', error);
      }
    }
  }

  /** Unless a checkpoint has just done so. */
  async #renew(holding: Holding, signal: AbortSignal): Promise<void> {
    const look = this.deps.look(holding);
    const askedMs = this.deps.clock.monotonicMs();
    if (holding.validUntilMs > this.#validUntil(askedMs - this.#roundMs / 2)) return;
    if ((await holding.table.renew(holding, look, signal)) === 'lost') this.drop(holding, 'taken by another member');
    else this.renewed(holding, askedMs);
  }

  #validUntil(askedMs: number): number {
    return askedMs + this.deps.leaseMs * (1 - MARGIN);
  }

  #valid(holding: Holding): boolean {
    return this.deps.clock.monotonicMs() < holding.validUntilMs;
  }
}

function throwFirst(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
