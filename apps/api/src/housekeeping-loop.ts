import { toCaveError, type Housekeeping, type KeepLimits, type Logger, type Telemetry } from '@cave/core';

/** Sessions that expired less long ago stay, so that their users are told why they must log in again. */
const GRACE_MS = 24 * 60 * 60 * 1000;

/** Deletes what has had its day, now and then. Any number of api instances may do so at once. */
export class HousekeepingLoop {
  private timer: NodeJS.Timeout | null = null;
  private running = false;

  constructor(
    private readonly housekeeping: Pick<Housekeeping, 'deleteExpired' | 'prune'>,
    private readonly limits: Omit<KeepLimits, 'busySeconds'>,
    private readonly logger: Logger,
    private readonly telemetry: Telemetry,
    private readonly intervalMs: number,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.run(), this.intervalMs);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  /** One round; none while another is under way. */
  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      this.logger.debug('expired_tokens_deleted', await this.housekeeping.deleteExpired(GRACE_MS));
      // Twice the interval: an alert that was busy between two rounds is seen by the next one.
      const pruned = await this.housekeeping.prune({ ...this.limits, busySeconds: (2 * this.intervalMs) / 1000 });
      const kinds = Object.entries<number>({ ...pruned }).filter(([, rows]) => rows > 0);
      for (const [kind, rows] of kinds) this.telemetry.count('cave_api_rows_pruned_total', rows, { kind });
      if (kinds.length > 0) this.logger.info('old_rows_pruned', { ...pruned });
    } catch (error) {
      const { code, message } = toCaveError(error);
      // The next round makes up for it; only rows that are worth nothing stay longer.
      this.logger.warn('housekeeping_failed', { code, message });
    } finally {
      this.running = false;
    }
  }
}
