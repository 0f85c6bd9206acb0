import { toCaveError } from '../../errors.js';
import type { ConfigStore } from '../../ports/config-store.js';
import type { Logger } from '../../ports/logger.js';

/** Kinds of status issues that checks raise. */
export type CheckIssue = 'late_pipeline' | 'metrics_store';

const MESSAGES: Readonly<Record<CheckIssue, string>> = {
  late_pipeline: 'Points arrive late in the metrics store: alerts are checked with delay or not at all.',
  metrics_store: 'The metrics store cannot answer: alerts are not checked.',
};

/** Raises one issue of CAVE itself instead of one for each alert, and closes it when it is over. */
export class StatusReporter {
  readonly #open = new Map<CheckIssue, boolean>();

  constructor(
    private readonly configStore: ConfigStore,
    private readonly logger: Logger,
  ) {}

  async report(issue: CheckIssue, present: boolean): Promise<void> {
    if (this.#open.get(issue) === present) return;
    try {
      if (present) await this.configStore.status.open(issue, MESSAGES[issue]);
      else await this.configStore.status.close(issue);
      this.#open.set(issue, present);
    } catch (error) {
      // The next report tries again, because what is open is not remembered.
      this.logger.warn('status_report_failed', { issue, reason: toCaveError(error).message });
    }
  }
}
