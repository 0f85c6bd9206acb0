import { backoffMs, pause, toCaveError, type Extension, type OfficeLease } from '@cave/core';
import type { Claim } from './lease-item.js';
import type { OfficeTable } from './office-table.js';

const RELEASE_AGAIN = { firstMs: 100, maxMs: 1_000 };

/** A lease of the table, as core's tenure keeps it. */
export class TableLease implements OfficeLease {
  constructor(
    private readonly table: OfficeTable,
    private readonly office: string,
    private readonly claim: Claim,
  ) {}

  async extend(): Promise<Extension> {
    try {
      if (await this.table.extend(this.office, this.claim)) return { outcome: 'extended' };
      return { outcome: 'gone', reason: 'The item of the lease is no longer ours.' };
    } catch (error) {
      const failure = toCaveError(error);
      // Nothing is left to extend, and whoever makes the table again waits for one lease.
      if (failure.code === 'not_found') return { outcome: 'gone', reason: failure.message };
      return { outcome: 'unanswered', reason: failure.message };
    }
  }

  async release(leftMs: () => number, closing: AbortSignal): Promise<void> {
    for (let attempt = 1; !(await this.#free()); attempt += 1) {
      if (closing.aborted || leftMs() <= 0) return;
      await pause(Math.min(leftMs(), backoffMs(attempt, RELEASE_AGAIN)), closing);
    }
  }

  /** Whether it is known to be free, or another's. What failed is said by whoever asks next; a lease that stays ends by itself. */
  async #free(): Promise<boolean> {
    try {
      await this.table.free(this.office, this.claim);
      return true;
    } catch (error) {
      return toCaveError(error).code === 'not_found';
    }
  }
}
