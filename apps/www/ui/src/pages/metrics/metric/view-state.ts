import { AGGREGATORS, type Aggregator } from '@cave/core/language';
import type { TimeRange } from '../../../chart/types.js';
import { parseTags, printTags, type Tags } from '../../../metrics/tag-filter.js';
import { isoOf, PRESET_NAMES, secondsOfIso, type Span } from '../../../metrics/time-span.js';

export const REFRESH_SECONDS = { off: null, '5s': 5, '10s': 10, '30s': 30, '1m': 60 } as const;

export type Refresh = keyof typeof REFRESH_SECONDS;

/** The api's longest window. */
export const MAX_WINDOW_MINUTES = 527_040;

/** All that a metric's page shows depends on; the address holds it, so that it can be shared. */
export interface MetricView {
  readonly aggregator: Aggregator | 'raw';
  /** In minutes; `auto`: what fits the range. Without a meaning for raw points. */
  readonly window: number | 'auto';
  readonly span: Span;
  /** The part of the span that the chart shows; null: all of it. */
  readonly zoom: TimeRange | null;
  readonly tags: Tags;
  /** One series for each value of this tag; null: one for all. */
  readonly split: string | null;
  /** As many values as can be shown, not just the first ones. */
  readonly showAll: boolean;
  readonly refresh: Refresh;
  /** The condition tried on what is shown; null: none. */
  readonly condition: string | null;
}

export const DEFAULT_VIEW: MetricView = { aggregator: 'mean', window: 'auto', span: '1h', zoom: null, tags: {}, split: null, showAll: false, refresh: '10s', condition: null };

/** A view, and a sentence for each thing in the address that was not understood. */
export interface ReadView {
  readonly view: MetricView;
  readonly faults: readonly string[];
}

/** The view that an address asks for; the default where it says nothing, or nothing that can be understood. */
export function readView(search: URLSearchParams): ReadView {
  const faults: string[] = [];
  /** What a parameter means; the fallback without it, and with a fault where it has no meaning. */
  const read = <T>(name: string, fallback: T, meaning: (text: string) => T | undefined): T => {
    const text = search.get(name);
    if (text === null) return fallback;
    const value = meaning(text);
    if (value === undefined) faults.push(`The address says ${name}=${text}, which has no meaning here; the default is shown.`);
    return value ?? fallback;
  };
  const oneOf = <T extends string>(names: readonly T[]) => (text: string): T | undefined => names.find((name) => name === text);
  const anyText = (text: string): string | undefined => (text === '' ? undefined : text);
  const view: MetricView = {
    aggregator: read<Aggregator | 'raw'>('aggregator', DEFAULT_VIEW.aggregator, oneOf(['raw', ...AGGREGATORS])),
    window: read<number | 'auto'>('window', DEFAULT_VIEW.window, windowOf),
    span: read<Span>('between', read<Span>('range', DEFAULT_VIEW.span, oneOf(PRESET_NAMES)), parseRange),
    zoom: read<TimeRange | null>('zoom', null, parseRange),
    tags: read('tags', DEFAULT_VIEW.tags, parseTags),
    split: read<string | null>('split', null, anyText),
    showAll: read('series', false, (text) => (text === 'all' ? true : undefined)),
    refresh: read('refresh', DEFAULT_VIEW.refresh, oneOf(Object.keys(REFRESH_SECONDS) as Refresh[])),
    condition: read<string | null>('condition', null, anyText),
  };
  return { view, faults };
}

/** The parameters of an address that shows the view; what is as by default is left out. */
export function printView(view: MetricView): URLSearchParams {
  const search = new URLSearchParams();
  if (view.aggregator !== DEFAULT_VIEW.aggregator) search.set('aggregator', view.aggregator);
  if (view.window !== DEFAULT_VIEW.window) search.set('window', String(view.window));
  if (typeof view.span !== 'string') search.set('between', printRange(view.span));
  else if (view.span !== DEFAULT_VIEW.span) search.set('range', view.span);
  if (view.zoom !== null) search.set('zoom', printRange(view.zoom));
  if (Object.keys(view.tags).length > 0) search.set('tags', printTags(view.tags));
  if (view.split !== null) search.set('split', view.split);
  if (view.showAll) search.set('series', 'all');
  if (view.refresh !== DEFAULT_VIEW.refresh) search.set('refresh', view.refresh);
  if (view.condition !== null) search.set('condition', view.condition);
  return search;
}

/** Seconds between two looks at the data; null where nothing new can come: off, or a range that ends in the past. */
export function refreshSeconds({ span, zoom, refresh }: MetricView): number | null {
  return zoom === null && typeof span === 'string' ? REFRESH_SECONDS[refresh] : null;
}

function windowOf(text: string): number | 'auto' | undefined {
  if (text === 'auto') return 'auto';
  const minutes = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return minutes >= 1 && minutes <= MAX_WINDOW_MINUTES ? minutes : undefined;
}

/** `2026-03-01T08:00:00Z..2026-03-01T09:00:00Z` */
function printRange({ start, end }: TimeRange): string {
  return `${isoOf(start)}..${isoOf(end)}`;
}

function parseRange(text: string): TimeRange | undefined {
  const [start, end, ...rest] = text.split('..').map(secondsOfIso);
  return start === undefined || end === undefined || rest.length > 0 || start >= end ? undefined : { start, end };
}
