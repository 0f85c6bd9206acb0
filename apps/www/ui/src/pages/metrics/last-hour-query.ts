import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { TenantName } from '../../api/client.js';
import type { ChartPoint } from '../../chart/types.js';
import { loadPoints, pointsKey } from './points.js';

export const SPARK_WINDOW_MINUTES = 2;
const HOUR_MINUTES = 60;
const REFRESH_MS = 60_000;

/** A metric at a glance. */
export interface LastHour {
  /** The last hour in windows, newest first. */
  readonly points: readonly ChartPoint[];
  /** The newest point of all, or the newest window of the last hour; null: there is none any more. */
  readonly last: ChartPoint | null;
}

/**
 * The last hour of a metric over all its series, and its last value. One call for a metric that
 * is published; a second one finds when the last point came where the hour is empty. Ended when
 * whoever asked is gone.
 */
export function useLastHour(tenant: TenantName, metric: string): UseQueryResult<LastHour> {
  return useQuery({
    queryKey: pointsKey(tenant, metric, 'last-hour'),
    queryFn: async ({ signal }): Promise<LastHour> => {
      const request = { metric, tags: {}, range: null };
      const points = await loadPoints(tenant, { ...request, window: { aggregator: 'mean', minutes: SPARK_WINDOW_MINUTES }, limit: HOUR_MINUTES / SPARK_WINDOW_MINUTES }, signal);
      const newest = points[0] ?? (await loadPoints(tenant, { ...request, window: null, limit: 1 }, signal))[0];
      return { points, last: newest ?? null };
    },
    staleTime: REFRESH_MS,
    refetchInterval: REFRESH_MS,
  });
}
