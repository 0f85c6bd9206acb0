import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import { printView, readView, type MetricView, type ReadView } from './view-state.js';

export interface MetricViewInAddress extends ReadView {
  /** Each change is a step that the browser's back button takes back. */
  readonly change: (changes: Partial<MetricView>) => void;
}

/** What a metric page shows, as the address says it. */
export function useMetricView(): MetricViewInAddress {
  const [search, setSearch] = useSearchParams();
  const text = search.toString();
  const read = useMemo(() => readView(new URLSearchParams(text)), [text]);
  const change = useCallback((changes: Partial<MetricView>) => setSearch((now) => printView({ ...readView(now).view, ...changes })), [setSearch]);
  return { ...read, change };
}
