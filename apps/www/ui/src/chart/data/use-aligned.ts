import { useRef } from 'react';
import { alignSeries, type AlignedData } from './align.js';
import type { ChartSeries } from '../types.js';

/** Aligned again only once points have changed: pages build the array of series anew at each render. */
export function useAligned(series: readonly ChartSeries[]): AlignedData {
  const kept = useRef<{ series: readonly ChartSeries[]; data: AlignedData }>(undefined);
  if (kept.current === undefined || !sameSeries(kept.current.series, series)) kept.current = { series, data: alignSeries(series) };
  return kept.current.data;
}

function sameSeries(a: readonly ChartSeries[], b: readonly ChartSeries[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => one.label === b[i]?.label && one.points === b[i].points && one.windowMinutes === b[i].windowMinutes));
}
