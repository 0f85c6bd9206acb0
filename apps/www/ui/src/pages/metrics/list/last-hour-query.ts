import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { TenantName } from '../../../api/client.js';
import type { ChartPoint } from '../../../chart/types.js';
import { loadPoints, pointsKey } from '../../../metrics/points.js';

export const SPARK_WINDOW_MINUTES = 2;
const HOUR_MINUTES = 60;
const REFRESH_MS = 60_000;

/** A metric at a glance. */
export interface LastHour {
  /** The last hour in windows, newest first. */
  readonly points: readonly ChartPoint[];
  /** The newest point of any of its series, as it was published; null: there is none any more. */
  readonly last: ChartPoint | null;
}

/**
 * The last hour of a metric over all its series, and its newest point, which a window would only
 * show as a mean, at the time when the window began. Ended when whoever asked is gone.
 */
export function useLastHour(tenant: TenantName, metric: string): UseQueryResult<LastHour> {
  return useQuery({
    queryKey: pointsKey(tenant, metric, 'last-hour'),
    queryFn: async ({ signal }): Promise<LastHour> => {
      const request = { metric, tags: {}, range: null };
      const [newest, points] = await Promise.all([
        loadPoints(tenant, { ...request, window: null, limit: 1 }, signal),
        loadPoints(tenant, { ...request, window: { aggregator: 'mean', minutes: SPARK_WINDOW_MINUTES }, limit: HOUR_MINUTES / SPARK_WINDOW_MINUTES }, signal),
      ]);
      return { points, last: newest[0] ?? null };
    },
    staleTime: REFRESH_MS,
    refetchInterval: REFRESH_MS,
  });
}
