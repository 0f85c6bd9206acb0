import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { TenantName } from '../../../api/client.js';
import type { ChartSeries, TimeRange } from '../../../chart/types.js';
import { windowMinutesFor } from '../../../chart/window.js';
import { loadPoints, pointsKey } from '../../../metrics/points.js';
import { overviewRange } from '../../../metrics/time-span.js';
import { refreshSeconds, type MetricView } from './view-state.js';

/** The strip shows where something happened, not what: fewer windows than the chart above it. */
const STRIP_COLUMNS = 300;
const REFRESH_MS = 60_000;
const KEEP_MS = 60_000;

export interface Overview {
  readonly range: TimeRange;
  readonly series: readonly ChartSeries[];
}

/** The metric over the whole span, as one line whatever the chart is split by. */
export function useOverview(tenant: TenantName, metric: string, view: MetricView): UseQueryResult<Overview> {
  const { span, zoom, tags } = view;
  // Raw points of a long span would be cut off.
  const aggregator = view.aggregator === 'raw' ? 'mean' : view.aggregator;
  return useQuery({
    queryKey: pointsKey(tenant, metric, 'overview', { span, zoom, tags, aggregator }),
    queryFn: async ({ signal }): Promise<Overview> => {
      const range = overviewRange(span, zoom, Math.floor(Date.now() / 1_000));
      const minutes = windowMinutesFor(range, STRIP_COLUMNS);
      const points = await loadPoints(tenant, { metric, tags, range, window: { aggregator, minutes } }, signal);
      return { range, series: [{ label: metric, points, windowMinutes: minutes }] };
    },
    placeholderData: keepPreviousData,
    refetchInterval: refreshSeconds(view) === null ? false : REFRESH_MS,
    gcTime: KEEP_MS,
  });
}
