import { keepPreviousData, useQuery, useQueryClient, type QueryClient, type UseQueryResult } from '@tanstack/react-query';
import type { TenantName } from '../../../api/client.js';
import type { ChartPoint, ChartSeries, TimeRange } from '../../../chart/types.js';
import { API_POINT_LIMIT, windowMinutesFor, windowsIn } from '../../../chart/window.js';
import { loadTagValues } from '../../../metrics/metric-names.js';
import { isUnknownMetric, loadPoints, pointsKey, type PointsRequest } from '../../../metrics/points.js';
import { withTag } from '../../../metrics/tag-filter.js';
import { rangeOf } from '../../../metrics/time-span.js';
import { refreshSeconds, type MetricView } from './view-state.js';

/** Series of one tag: so many are told apart at a glance, and so many can be drawn and asked for. */
export const SERIES_SHOWN = 20;
export const MOST_SERIES = 100;

/**
 * As many windows as a chart on a common screen has pixels. The same on every screen: whoever is
 * sent a link sees the windows that the sender saw.
 */
const CHART_COLUMNS = 1_000;
/** Data of moments that nobody looks at any more are dropped soon: a live chart makes many. */
const KEEP_MS = 60_000;

/** What a chart shows, as of one moment. */
export interface MetricSeries {
  /** In seconds since the epoch. */
  readonly asOf: number;
  /** What was asked for; for a range that ends now, as of then. */
  readonly range: TimeRange;
  readonly windowMinutes: number;
  readonly series: readonly ChartSeries[];
  /** Values of the tag that the chart is split by; 0 where it is not. */
  readonly values: number;
  /** The api's limit was reached: the oldest part of the range is missing for at least one series. */
  readonly cut: boolean;
}

/**
 * The series of a metric page. A range that ends now is asked for again in the chosen interval,
 * but not while the tab is hidden; what was there before stays until something else has come. So a
 * component shows one metric only, and another one with another key.
 */
export function useMetricSeries(tenant: TenantName, metric: string, view: MetricView): UseQueryResult<MetricSeries> {
  const client = useQueryClient();
  const { aggregator, window, span, zoom, tags, split, showAll } = view;
  const seconds = refreshSeconds(view);
  return useQuery({
    queryKey: pointsKey(tenant, metric, 'series', { aggregator, window, span, zoom, tags, split, showAll }),
    queryFn: ({ signal }) => loadSeries(client, tenant, metric, view, signal),
    placeholderData: keepPreviousData,
    refetchInterval: seconds === null ? false : seconds * 1_000,
    refetchIntervalInBackground: false,
    gcTime: KEEP_MS,
  });
}

/** The window of a view in minutes; `range` is what the chart shows. */
export function windowOf(view: MetricView, range: TimeRange): number {
  return view.window === 'auto' ? windowMinutesFor(range, CHART_COLUMNS) : view.window;
}

async function loadSeries(client: QueryClient, tenant: TenantName, metric: string, view: MetricView, signal: AbortSignal): Promise<MetricSeries> {
  const asOf = Math.floor(Date.now() / 1_000);
  const range = view.zoom ?? rangeOf(view.span, asOf);
  const windowMinutes = windowOf(view, range);
  const { aggregator, tags, split, showAll } = view;
  const request: PointsRequest = { metric, tags, range, window: aggregator === 'raw' ? null : { aggregator, minutes: windowMinutes } };
  const lineOf = (label: string, points: readonly ChartPoint[]): ChartSeries => (aggregator === 'raw' ? { label, points } : { label, points, windowMinutes });
  // As many windows as the limit may be all that there are; of raw points nobody knows.
  const mayBeCut = aggregator === 'raw' || windowsIn(range, windowMinutes) > API_POINT_LIMIT;
  const answered = (series: readonly ChartSeries[], values: number): MetricSeries => {
    return { asOf, range, windowMinutes, series, values, cut: mayBeCut && series.some(({ points }) => points.length >= API_POINT_LIMIT) };
  };
  if (split === null) return answered([lineOf(metric, await loadPoints(tenant, request, signal))], 0);

  const known = await loadTagValues(client, tenant, metric, split);
  // A filter on the very tag leaves one value.
  const values = tags[split] === undefined ? known : known.filter((value) => value === tags[split]);
  const shown = values.slice(0, showAll ? MOST_SERIES : SERIES_SHOWN);
  const series = await Promise.all(shown.map(async (value) => lineOf(value, await pointsOrNone(tenant, { ...request, tags: withTag(tags, split, value) }, signal))));
  return answered(series.filter(({ points }) => points.length > 0), values.length);
}

/** No points for a value that never came together with the other tags. */
async function pointsOrNone(tenant: TenantName, request: PointsRequest, signal: AbortSignal): Promise<readonly ChartPoint[]> {
  try {
    return await loadPoints(tenant, request, signal);
  } catch (error) {
    if (isUnknownMetric(error)) return [];
    throw error;
  }
}
