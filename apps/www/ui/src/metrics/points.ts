import type { Aggregator } from '@cave/core/language';
import { ApiError } from '../api/api-error.js';
import { dataOf, tenantApi, type TenantName } from '../api/client.js';
import { tenantKey } from '../api/tenants.js';
import type { ChartPoint, TimeRange } from '../chart/types.js';
import { CallLimit } from './call-limit.js';
import { printTags, type Tags } from './tag-filter.js';
import { isoOf } from './time-span.js';

/** Of the six connections that a browser opens, two are left for whatever a person asks for meanwhile. */
const MOST_CALLS = 4;
const calls = new CallLimit(MOST_CALLS);

export interface PointsRequest {
  readonly metric: string;
  readonly tags: Tags;
  /** Null: raw points. */
  readonly window: { readonly aggregator: Aggregator; readonly minutes: number } | null;
  /** Null: as far back from now as the limit reaches. */
  readonly range: TimeRange | null;
  readonly limit?: number;
}

/** Whatever is asked of the points of a metric has a key that begins so. */
export function pointsKey(tenant: TenantName, metric: string, ...rest: readonly unknown[]): readonly unknown[] {
  return tenantKey(tenant, 'points', metric, ...rest);
}

/** Points or windows, newest first; at most so many at a time are asked for, the others wait for their turn. */
export async function loadPoints(tenant: TenantName, { metric, tags, window, range, limit }: PointsRequest, signal: AbortSignal): Promise<readonly ChartPoint[]> {
  const query = {
    metric,
    ...(Object.keys(tags).length > 0 && { tags: printTags(tags) }),
    ...(window !== null && { aggregator: window.aggregator, period: window.minutes }),
    ...(range !== null && { start: isoOf(range.start), end: isoOf(range.end) }),
    ...(limit !== undefined && { limit }),
  };
  const { metrics } = await calls.run(() => dataOf(tenantApi(tenant).GET('/metrics', { params: { query }, signal })), signal);
  return metrics;
}

/** Whether the api says that there never was a series of that name with these tags. */
export function isUnknownMetric(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'unknown_metric';
}
