import type { Clock } from '../../ports/clock.js';
import type { ConfigStore, KeepLimits, Pruned } from '../../ports/config-store.js';

/** Rows of each kind deleted in one transaction. */
const ROWS_AT_ONCE = 5_000;
/** Transactions of one round; what is left then goes with the next round. */
const MAX_TRANSACTIONS = 200;

/** Deletes what has had its day: expired tokens, and the oldest of what would grow for ever. */
export class Housekeeping {
  constructor(
    private readonly store: Pick<ConfigStore, 'sessions' | 'confirmations' | 'pruning'>,
    private readonly clock: Clock,
  ) {}

  /** `graceMs` spares sessions that expired a moment ago, so that their users are told why they must log in again. */
  async deleteExpired(graceMs: number): Promise<{ readonly sessions: number; readonly confirmations: number }> {
    const now = this.clock.nowMs();
    const sessions = await this.store.sessions.deleteExpired(new Date(now - graceMs));
    const confirmations = await this.store.confirmations.deleteExpired(new Date(now));
    return { sessions, confirmations };
  }

  /** Deletes what is beyond the limits, in transactions short enough to stand in nobody's way; tells how many rows of each kind went. */
  async prune(limits: KeepLimits): Promise<Pruned> {
    let total: Pruned = { events: 0, deliveries: 0, issues: 0, audit: 0 };
    for (let n = 0; n < MAX_TRANSACTIONS; n += 1) {
      const { events, deliveries, issues, audit } = await this.store.pruning.prune(limits, ROWS_AT_ONCE);
      total = { events: total.events + events, deliveries: total.deliveries + deliveries, issues: total.issues + issues, audit: total.audit + audit };
      if (events + deliveries + issues + audit === 0) break;
    }
    return total;
  }
}
