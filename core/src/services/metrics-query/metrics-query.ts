import { CaveError } from '../../errors.js';
import type { Aggregator } from '../../domain/aggregator.js';
import type { Tags } from '../../domain/point-batch.js';
import type { Clock } from '../../ports/clock.js';
import type { Answer, MetricsStore, MetricsStores, MetricSummary, Question } from '../../ports/metrics-store.js';
import type { MetricSpace } from './metric-space.js';

/** Most points or windows in one answer. */
export const MAX_METRIC_LIMIT = 1_440;

/** Windows asked for in one question while looking for `limit` that are not empty. */
const WINDOWS_PER_QUESTION = 10_000;

const DAY_SECONDS = 86_400;

export interface MetricsRequest {
  readonly metric: string;
  readonly tags: Tags;
  /** Both or none: without them the answer is raw points. */
  readonly window: { readonly aggregator: Aggregator; readonly seconds: number } | null;
  /** Whole seconds since the epoch, inclusive; null: as far back as the limit reaches. */
  readonly start: number | null;
  /** Exclusive; null: now. */
  readonly end: number | null;
  readonly limit: number;
}

/** A raw point, or a window by its start; seconds since the epoch. */
export interface MetricValue {
  readonly time: number;
  readonly value: number;
}

/** What people ask of a tenant's metrics. Newest first wherever values are answered. */
export class MetricsQuery {
  constructor(
    private readonly stores: MetricsStores,
    private readonly clock: Clock,
  ) {}

  /**
   * Windows are aligned to multiples of their length since the epoch and are whole: the
   * first and last hold all their points, also where `start` or `end` cuts through them.
   * Windows without a value are left out. Throws `invalid_argument` with reason
   * `unknown_metric` for a metric with these tags that was never seen.
   */
  async values(space: MetricSpace, request: MetricsRequest, signal?: AbortSignal): Promise<readonly MetricValue[]> {
    const end = request.end ?? Math.floor(this.clock.nowMs() / 1000) + 1;
    if (request.start !== null && request.start > end) {
      throw new CaveError('invalid_argument', 'The start must not lie after the end.', { reason: 'invalid_range' });
    }
    const store = this.stores.get(space.cluster);
    const ask = (question: Question): Promise<Answer> => askOne(store, question, signal);
    return request.window === null
      ? this.#points(space, request, store, end, ask)
      : this.#windows(space, request, request.window, store, end, ask);
  }

  async names(space: MetricSpace): Promise<readonly MetricSummary[]> {
    return this.stores.get(space.cluster).listMetrics(space.database);
  }

  /** Throws `not_found` for a metric that is not known. */
  async tagValues(space: MetricSpace, metric: string, tag: string): Promise<readonly string[]> {
    const values = await this.stores.get(space.cluster).tagValues(space.database, metric, tag);
    if (values === null) throw noSuchMetric(metric);
    return values;
  }

  /** Deletes its series and points. Throws `not_found`. */
  async drop(space: MetricSpace, metric: string): Promise<void> {
    if (!(await this.stores.get(space.cluster).dropMetric(space.database, metric))) throw noSuchMetric(metric);
  }

  async #points(space: MetricSpace, request: MetricsRequest, store: MetricsStore, end: number, ask: (question: Question) => Promise<Answer>): Promise<readonly MetricValue[]> {
    const { metric, tags, limit } = request;
    const { oldest, newest } = this.#bounds(store);
    const from = Math.max(request.start ?? oldest, oldest);
    const to = Math.max(from, Math.min(end, newest));
    const answer = await ask({ kind: 'points', database: space.database, metric, tags, range: { from, to }, limit });
    if (answer.kind !== 'points') throw unexpected(answer, metric);
    return answer.times.map((time, i) => ({ time, value: answer.values[i] ?? Number.NaN }));
  }

  async #windows(
    space: MetricSpace,
    request: MetricsRequest,
    window: { readonly aggregator: Aggregator; readonly seconds: number },
    store: MetricsStore,
    end: number,
    ask: (question: Question) => Promise<Answer>,
  ): Promise<readonly MetricValue[]> {
    const { metric, tags, limit, start } = request;
    const width = window.seconds;
    const { oldest, newest } = this.#bounds(store);
    // The window before `endEdge` is the newest that begins before `end`.
    const endEdge = Math.ceil(end / width) * width;
    const firstEdge = Math.floor(Math.max(start ?? endEdge - limit * width, oldest) / width) * width;
    const lastEdge = Math.min(endEdge, Math.ceil(newest / width) * width);
    const found: MetricValue[] = [];
    // An empty range is asked for one window all the same: it tells whether the metric is known.
    let to = Math.max(lastEdge, firstEdge + width);
    do {
      const count = Math.min(WINDOWS_PER_QUESTION, (to - firstEdge) / width);
      const from = to - count * width;
      const answer = await ask({ kind: 'windows', database: space.database, metric, tags, aggregator: window.aggregator, from, width, count });
      if (answer.kind !== 'windows') throw unexpected(answer, metric);
      for (let i = count - 1; i >= 0 && found.length < limit; i -= 1) {
        const time = from + i * width;
        const value = answer.values[i];
        if (value !== null && value !== undefined && time < endEdge) found.push({ time, value });
      }
      to = from;
    } while (to > firstEdge && found.length < limit);
    return found;
  }

  /**
   * Outside of this nothing can be: older points are deleted, and none is accepted from more
   * than a day ahead. It bounds what an absurd range may cost.
   */
  #bounds(store: MetricsStore): { readonly oldest: number; readonly newest: number } {
    const now = Math.floor(this.clock.nowMs() / 1000);
    return { oldest: Math.max(0, now - store.capabilities.retentionSeconds - DAY_SECONDS), newest: now + 2 * DAY_SECONDS };
  }
}

async function askOne(store: MetricsStore, question: Question, signal: AbortSignal | undefined): Promise<Answer> {
  const [answer] = await store.query([question], signal);
  if (answer === undefined) throw new CaveError('internal', 'The metrics store left a question without an answer.');
  return answer;
}

function unexpected(answer: Answer, metric: string): CaveError {
  if (answer.kind === 'unknown_series') {
    return new CaveError('invalid_argument', `There is no metric "${metric}" with these tags.`, { reason: 'unknown_metric' });
  }
  if (answer.kind === 'error') return answer.error;
  return new CaveError('internal', `The metrics store answered with "${answer.kind}", which does not fit the question.`);
}

function noSuchMetric(metric: string): CaveError {
  return new CaveError('not_found', `There is no metric "${metric}".`, { reason: 'unknown_metric' });
}
