import { backoffMs, errorCode, Wake, type Clock, type Logger } from '@cave/core';
import { plan, type Seen } from './balance.js';
import { ROUNDS_PER_LEASE, type HeldLeases, type Holding } from './held-leases.js';
import type { Lease, LeaseTable } from './lease-table.js';
import { anyOf, stopOfMany } from './stop-signals.js';
import type { ShardMap } from './shard-map.js';
import { withinTime } from './time-limit.js';
import type { Troubles } from './troubles.js';

const RETRY = { firstMs: 50, maxMs: 2_000 };
/** Rounds of several members do not fall together for ever. */
const JITTER = 0.2;
/** A shard that is not listed for this long is no more; one answer of ListShards may be an old one. */
const GONE_MS = 60_000;
const NEVER = stopOfMany().signal;

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
  readonly held: HeldLeases;
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
 */
export class LeaseKeeper {
  readonly #stopping = stopOfMany();
  readonly #wake = new Wake();
  readonly #roundMs: number;
  #observed = new Map<string, Observation>();
  #unlistedSince = new Map<string, number>();
  #table: { readonly incarnation: string; readonly leases: LeaseTable } | null = null;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(private readonly deps: LeaseKeeperDependencies) {
    this.#roundMs = deps.leaseMs / ROUNDS_PER_LEASE;
  }

  /** Takes what is free. Throws what keeps it from that. */
  async start(signal?: AbortSignal): Promise<void> {
    const first = this.#round(anyOf(signal, this.#stopping.signal));
    this.#loops = first.catch(() => undefined); // told here
    await first;
    if (!this.#stopping.signal.aborted) this.#loops = Promise.all([this.#roundLoop(), this.deps.held.keep(this.#stopping.signal)]);
  }

  /** All of the shard is done: its children are looked for soon. */
  async finish(holding: Holding): Promise<void> {
    await this.deps.held.finish(holding, this.#stopping.signal);
    this.#wake.now();
  }

  /** Gives up what is held. Idempotent through its caller. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#loops;
    await this.deps.held.release();
  }

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
    this.deps.held.add(outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' && outcome.value !== null ? [outcome.value] : [])));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    await this.#removeGone(leases, map, listed, signal);
  }

  /** A stream that was made anew has shards with the same names; nothing of the old ones is held any more. */
  #leasesOf(incarnation: string): LeaseTable {
    if (this.#table?.incarnation === incarnation) return this.#table.leases;
    this.deps.held.dropAll('the stream was made anew');
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
      this.deps.held.dropAll('the table of leases was deleted');
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
    for (const holding of this.deps.held.all()) {
      const lease = byShard.get(holding.shard);
      if (lease === undefined) this.deps.held.drop(holding, 'its lease was deleted');
      else if (lease.owner !== this.deps.owner || lease.generation !== holding.generation) this.deps.held.drop(holding, 'taken by another member');
    }
  }

  #look(map: ShardMap, leases: readonly Lease[]): readonly Seen[] {
    const byShard = new Map(leases.map((lease) => [lease.shard, lease]));
    const held = new Set(this.deps.held.all().map(({ shard }) => shard));
    const listed = new Set(map.shards.map(({ id }) => id));
    // Not listed and not finished: one answer may be an old one. Its lease is removed when it is certain, see #removeGone.
    const inDoubt = (parent: string): boolean => !listed.has(parent) && byShard.get(parent)?.finished === false;
    return map.shards.filter(({ parents }) => !parents.some(inDoubt)).map((shard) => {
      const lease = byShard.get(shard.id) ?? null;
      const mine = held.has(shard.id);
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
    return { incarnation, source: shard, table, lease, shard: lease.shard, generation: lease.generation, validUntilMs: this.deps.held.validUntil(askedMs) };
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
      const holding = this.deps.held.of(lease.shard);
      if (holding !== null) this.deps.held.drop(holding, 'its records have expired');
      if (!lease.finished) this.deps.logger.error('shard_expired_unread', { shard: lease.shard, checkpoint: lease.checkpoint?.toString() ?? null, message: 'All records of this shard have expired, and the group had not read it to its end. Keep records for longer (retention-hours).' });
    }
  }
}
