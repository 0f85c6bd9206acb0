import { toCaveError } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { ConfigStore } from '../../ports/config-store.js';
import type { Logger } from '../../ports/logger.js';

/** What was said is said again after this time, because another worker may have said otherwise and died. */
const SAY_AGAIN_MS = 30_000;

interface Issue {
  readonly kind: string;
  readonly message: string;
}

/**
 * Raises one issue of CAVE itself instead of one for each alert, and closes it when it is over.
 * Any number of workers report the same issues: each says only what it has evidence for, and
 * opening or closing twice changes nothing.
 */
export class StatusReporter {
  readonly #said = new Map<string, { readonly present: boolean; readonly atMs: number }>();

  constructor(
    private readonly configStore: ConfigStore,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** A check on this cluster had to be recorded without its data. */
  pipelineIsLate(cluster: string | null): Promise<void> {
    return this.#report(latePipeline(cluster), true);
  }

  /** What has been stored in this cluster is near enough that no check is late. */
  pipelineIsCurrent(cluster: string | null): Promise<void> {
    return this.#report(latePipeline(cluster), false);
  }

  /** Each store has an issue of its own: that one answers says nothing about another. */
  storeFails(cluster: string | null, present: boolean): Promise<void> {
    const issue =
      cluster === null
        ? { kind: 'metrics_store', message: 'The metrics store cannot answer: alerts are not checked.' }
        : { kind: `metrics_store:${cluster}`, message: `The metrics store "${cluster}" cannot answer: alerts on it are not checked.` };
    return this.#report(issue, present);
  }

  async #report({ kind, message }: Issue, present: boolean): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    const said = this.#said.get(kind);
    if (said?.present === present && nowMs - said.atMs < SAY_AGAIN_MS) return;
    this.#said.set(kind, { present, atMs: nowMs });
    try {
      if (present) await this.configStore.status.open(kind, message);
      else await this.configStore.status.close(kind);
    } catch (error) {
      // The next report tries again, because this one does not count as said.
      this.#said.delete(kind);
      this.logger.warn('status_report_failed', { issue: kind, reason: toCaveError(error).message });
    }
  }
}

function latePipeline(cluster: string | null): Issue {
  return cluster === null
    ? { kind: 'late_pipeline', message: 'Points arrive late in the metrics store: alerts are checked with delay or not at all.' }
    : { kind: `late_pipeline:${cluster}`, message: `Points arrive late in the metrics store "${cluster}": alerts on it are checked with delay or not at all.` };
}
