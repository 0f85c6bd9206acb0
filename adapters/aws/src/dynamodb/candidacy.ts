import { randomUUID } from 'node:crypto';
import { backoffMs, errorCode, toCaveError, type Candidature, type Clock, type ErrorCode, type LeasedTenure, type Logger, type Offices } from '@cave/core';
import type { Claim, Seen } from './lease-item.js';
import type { OfficeTable } from './office-table.js';
import { TableLease } from './table-lease.js';

/** What waiting does not mend, so that a candidate is told instead. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set(['configuration', 'forbidden', 'internal', 'invalid_argument']);
const MOST_PAUSE_MS = 5_000;

/** What all candidates of one process share. */
export interface CandidacySurroundings {
  readonly table: OfficeTable;
  readonly offices: Offices;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs: number;
  readonly pollMs: number;
}

/** An item that did not change, since when, and for how long it must not have. Monotonic clock, milliseconds. */
interface Watch {
  readonly version: string;
  readonly since: number;
  readonly leaseMs: number;
}

/**
 * One candidate for one office.
 *
 * ```
 *              another version than before
 *               ┌────────────┐
 *   look ──▶ watching ◀──────┘
 *    │          │ the same version for the holder's whole lease
 *    │ free     ▼
 *    └──────▶ taking ── condition failed ──▶ look
 *               │  └── no answer ──▶ look: the item names us ──▶ extending ──▶ elected
 *               └── done ──▶ elected
 * ```
 * No clock is compared with another's. A holder counts its lease from before it wrote; whoever
 * watches counts from when it saw what was written, which is later, so that it never finds a
 * lease ended that its holder still believes in. Clocks that go at different speeds are what
 * the holder's margin is for.
 */
export class Candidacy implements Candidature {
  #claim: Claim;
  #lease: TableLease;
  #watch: Watch | null = null;
  #failures = 0;
  /** The outcome of a write that would have taken the office is not known; it may even arrive later. */
  #mayHold = false;

  constructor(
    private readonly office: string,
    private readonly holder: string,
    private readonly surroundings: CandidacySurroundings,
  ) {
    this.#claim = this.#newClaim();
    this.#lease = new TableLease(surroundings.table, office, this.#claim);
  }

  async attempt(): Promise<LeasedTenure | null> {
    const { logger } = this.surroundings;
    try {
      const before = this.#failures;
      const tenure = await this.#look();
      if (before > 0 && this.#failures === before) {
        logger.info('lease_table_answers', { office: this.office });
        this.#failures = 0;
      }
      return tenure;
    } catch (error) {
      const { code, message } = toCaveError(error);
      if (HOPELESS.has(code)) throw error;
      if (code === 'not_found') {
        this.#watch = null;
        await this.#restore();
      } else {
        this.#fail(message);
      }
      return null;
    }
  }

  pauseMs(): number {
    const { pollMs } = this.surroundings;
    if (this.#failures > 0) return backoffMs(this.#failures, { firstMs: pollMs, maxMs: Math.max(pollMs, MOST_PAUSE_MS) });
    return this.#watch === null ? pollMs : Math.max(1, Math.min(pollMs, this.#watch.since + this.#watch.leaseMs - this.#now()));
  }

  async withdraw(): Promise<void> {
    if (this.#mayHold) await this.#lease.release(() => 0, this.surroundings.offices.closing);
  }

  #now(): number {
    return this.surroundings.clock.monotonicMs();
  }

  #newClaim(): Claim {
    return { holder: this.holder, tenure: randomUUID(), leaseMs: this.surroundings.leaseMs };
  }

  async #restore(): Promise<void> {
    const { table, offices } = this.surroundings;
    try {
      await table.restore(offices.closing);
    } catch (error) {
      const { code, message } = toCaveError(error);
      if (HOPELESS.has(code)) throw error;
      this.#fail(message);
    }
  }

  #fail(reason: string): void {
    this.#failures += 1;
    if (this.#failures === 1 && !this.surroundings.offices.closing.aborted) this.surroundings.logger.warn('lease_table_unreachable', { office: this.office, reason });
  }

  async #look(): Promise<LeasedTenure | null> {
    const { table, leaseMs } = this.surroundings;
    const seen = await table.read(this.office);
    const seenAt = this.#now();
    switch (seen.state) {
      case 'held':
        if (seen.tenure === this.#claim.tenure) return this.#adopt();
        return this.#wasSilent(`${seen.tenure} ${seen.counter}`, seenAt, seen.leaseMs) ? this.#take(seen) : null;
      case 'free':
        return this.#take(seen);
      case 'absent':
        // Somebody may still hold what the table has forgotten.
        return !table.mayHaveForgotten(this.office) || this.#wasSilent('absent', seenAt, leaseMs) ? this.#take(seen) : null;
    }
  }

  /** Whether the item has stayed the same for the whole lease. */
  #wasSilent(version: string, seenAt: number, leaseMs: number): boolean {
    if (this.#watch?.version !== version) this.#watch = { version, since: seenAt, leaseMs };
    return seenAt - this.#watch.since >= leaseMs;
  }

  async #take(seen: Seen): Promise<LeasedTenure | null> {
    const { table } = this.surroundings;
    const askedAt = this.#now();
    try {
      if (!(await table.take(this.office, seen, this.#claim))) return null;
    } catch (error) {
      if (errorCode(error) === 'unknown_outcome') this.#mayHold = true;
      throw error;
    }
    return this.#hold(askedAt);
  }

  /** The write whose answer was lost had taken the office: the lease is counted from an extension that is answered. */
  async #adopt(): Promise<LeasedTenure | null> {
    const askedAt = this.#now();
    const extension = await this.#lease.extend();
    if (extension.outcome === 'extended') return this.#hold(askedAt);
    if (extension.outcome === 'unanswered') this.#fail(extension.reason);
    return null;
  }

  #hold(askedAt: number): LeasedTenure | null {
    const { table, offices } = this.surroundings;
    const tenure = offices.hold(this.office, askedAt, this.#lease);
    if (tenure === null) {
      // It is being given up, and what gives it up must not find a later claim.
      this.#claim = this.#newClaim();
      this.#lease = new TableLease(table, this.office, this.#claim);
      this.#mayHold = false;
    }
    return tenure;
  }
}
