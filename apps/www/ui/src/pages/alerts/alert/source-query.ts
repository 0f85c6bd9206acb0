import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { TenantName } from '../../../api/client.js';
import { tenantKey } from '../../../api/tenants.js';
import { API_POINT_LIMIT, windowMinutesFor, type ChartPoint, type ChartSeries, type Threshold, type TimeRange } from '../../../chart/index.js';
import { isUnknownMetric, loadPoints, type PointsRequest } from '../../../metrics/points.js';
import { rangeOf, type Preset } from '../../../metrics/time-span.js';
import { REFRESH_MS } from '../alert-queries.js';
import { comparedIn, type ComparedSource } from './compared.js';

/** As many windows of the ledger as a band has room for. */
const BAND_COLUMNS = 720;
/** Written by CAVE into the tenant's own metrics: one point for each check. */
const LEDGER = 'alertsHistory';

/** What an alert compares, as of one moment. */
export interface SourceChart {
  readonly range: TimeRange;
  readonly series: readonly ChartSeries[];
  readonly thresholds: readonly Threshold[];
  /** What the chart does not show, in sentences. */
  readonly notes: readonly string[];
}

/** The sources of a condition over the last hours; null for a condition that cannot be read. */
export function useSourceChart(tenant: TenantName, condition: string, preset: Preset): UseQueryResult<SourceChart | null> {
  return useQuery({
    queryKey: tenantKey(tenant, 'alert-sources', condition, preset),
    queryFn: async ({ signal }): Promise<SourceChart | null> => {
      const compared = comparedIn(condition);
      if (compared === null) return null;
      const range = lastHours(preset);
      const lines = await Promise.all(compared.sources.map((source) => loadSource(tenant, source, range, signal)));
      return { range, series: lines.map(({ series }) => series), thresholds: compared.thresholds, notes: lines.flatMap(({ notes }) => notes) };
    },
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

export interface Verdicts {
  readonly range: TimeRange;
  /** Newest first: 1 firing, 0 ok, −1 no data or error. Null: no check has been written down yet. */
  readonly points: readonly ChartPoint[] | null;
  /** Of each point, in seconds. */
  readonly stepSeconds: number;
}

/** What the checks of an alert found. Where there are too many, the largest verdict of each window. */
export function useVerdicts(tenant: TenantName, alertId: string, periodSeconds: number, preset: Preset): UseQueryResult<Verdicts> {
  return useQuery({
    queryKey: tenantKey(tenant, 'alert-verdicts', alertId, periodSeconds, preset),
    queryFn: async ({ signal }): Promise<Verdicts> => {
      const range = lastHours(preset);
      const fits = (range.end - range.start) / periodSeconds < API_POINT_LIMIT;
      const minutes = windowMinutesFor(range, BAND_COLUMNS);
      const stepSeconds = fits ? periodSeconds : minutes * 60;
      // With the check before, which stands until the first one of the range.
      const asked = { start: range.start - stepSeconds, end: range.end };
      const request: PointsRequest = { metric: LEDGER, tags: { alert: alertId }, range: asked, window: fits ? null : { aggregator: 'max', minutes } };
      return { range, points: await pointsOrNull(tenant, request, signal), stepSeconds };
    },
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

function lastHours(preset: Preset): TimeRange {
  return rangeOf(preset, Math.ceil(Date.now() / 1_000));
}

async function loadSource(tenant: TenantName, { label, metric, window, factor }: ComparedSource, range: TimeRange, signal: AbortSignal): Promise<{ readonly series: ChartSeries; readonly notes: readonly string[] }> {
  // Windows of the api are whole minutes.
  const minutes = window === null ? null : Math.max(1, Math.round(window.seconds / 60));
  const found = await pointsOrNull(tenant, { metric: metric.name, tags: metric.tags, range, window: window === null || minutes === null ? null : { aggregator: window.aggregator, minutes } }, signal);
  const points = (found ?? []).map(({ time, value }) => ({ time, value: value * factor }));
  const notes = [
    ...(found === null ? [`There has never been a point of ${label}.`] : []),
    ...(window !== null && minutes !== null && minutes * 60 !== window.seconds ? [`Charts show windows of whole minutes, so ${label} is drawn with ${minutes === 1 ? 'one minute' : `${minutes} minutes`}.`] : []),
    ...(points.length >= API_POINT_LIMIT ? [`CAVE answers with at most ${API_POINT_LIMIT} values, so the oldest part of ${label} may be missing. Choose a shorter range.`] : []),
  ];
  return { series: minutes === null ? { label, points } : { label, points, windowMinutes: minutes }, notes };
}

/** Null: there never was such a series. */
async function pointsOrNull(tenant: TenantName, request: PointsRequest, signal: AbortSignal): Promise<readonly ChartPoint[] | null> {
  try {
    return await loadPoints(tenant, request, signal);
  } catch (error) {
    if (isUnknownMetric(error)) return null;
    throw error;
  }
}
