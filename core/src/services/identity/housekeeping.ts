import type { Clock } from '../../ports/clock.js';
import type { ConfigStore } from '../../ports/config-store.js';

/** Deletes session and confirmation tokens that have expired. */
export class Housekeeping {
  constructor(
    private readonly store: ConfigStore,
    private readonly clock: Clock,
  ) {}

  /** `graceMs` spares sessions that expired a moment ago, so that their users are told why they must log in again. */
  async deleteExpired(graceMs: number): Promise<{ readonly sessions: number; readonly confirmations: number }> {
    const now = this.clock.nowMs();
    const sessions = await this.store.sessions.deleteExpired(new Date(now - graceMs));
    const confirmations = await this.store.confirmations.deleteExpired(new Date(now));
    return { sessions, confirmations };
  }
}
