import { toCaveError, type Housekeeping, type Logger } from '@cave/core';

/** Sessions that expired less long ago stay, so that their users are told why they must log in again. */
const GRACE_MS = 24 * 60 * 60 * 1000;

/** Deletes expired tokens now and then. Any number of api instances may do so at once. */
export class HousekeepingLoop {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly housekeeping: Pick<Housekeeping, 'deleteExpired'>,
    private readonly logger: Logger,
    private readonly intervalMs: number,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.run(), this.intervalMs);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  private async run(): Promise<void> {
    try {
      this.logger.debug('expired_tokens_deleted', await this.housekeeping.deleteExpired(GRACE_MS));
    } catch (error) {
      const { code, message } = toCaveError(error);
      // The next round makes up for it; only rows that are worth nothing stay longer.
      this.logger.warn('housekeeping_failed', { code, message });
    }
  }
}
