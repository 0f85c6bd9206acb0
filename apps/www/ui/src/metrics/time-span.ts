import type { TimeRange } from '../chart/types.js';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Ranges that end now, in seconds. */
export const PRESETS = { '1h': HOUR, '3h': 3 * HOUR, '6h': 6 * HOUR, '12h': 12 * HOUR, '1d': DAY, '2d': 2 * DAY, '1w': 7 * DAY, '2w': 14 * DAY } as const;

export type Preset = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as readonly Preset[];

export const PRESET_LABELS: Readonly<Record<Preset, string>> = {
  '1h': 'Last hour', '3h': 'Last 3 hours', '6h': 'Last 6 hours', '12h': 'Last 12 hours', '1d': 'Last day', '2d': 'Last 2 days', '1w': 'Last week', '2w': 'Last 2 weeks',
};

/** Which time a page is about: so long until now, or between two moments. */
export type Span = Preset | TimeRange;

/** In seconds since the epoch, as of `now`. */
export function rangeOf(span: Span, now: number): TimeRange {
  return typeof span === 'string' ? { start: now - PRESETS[span], end: now } : span;
}

/**
 * What the strip below the chart shows, so that the zoomed part lies within it: the span, or one
 * as long around the part where time has moved on meanwhile, as with a link opened a day later.
 */
export function overviewRange(span: Span, zoom: TimeRange | null, now: number): TimeRange {
  const range = rangeOf(span, now);
  if (zoom === null || (zoom.start >= range.start && zoom.end <= range.end)) return range;
  const width = Math.max(range.end - range.start, zoom.end - zoom.start);
  const start = Math.round((zoom.start + zoom.end - width) / 2);
  return { start, end: start + width };
}

/** What a `datetime-local` field shows for a moment in the browser's zone: `2026-03-01T08:30:00`. */
export function localInputOf(seconds: number): string {
  const at = new Date(seconds * 1000);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Whole seconds since the epoch of what such a field holds; undefined while it is incomplete. */
export function secondsOfLocalInput(text: string): number | undefined {
  // A date without a time would be read as UTC.
  const ms = text.includes('T') ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

/** ISO 8601 in UTC without a fraction, as addresses and the api's parameters hold it. */
export function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** Whole seconds of what `isoOf` wrote, or of such a time with a fraction; undefined where the text is no such time. */
export function secondsOfIso(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
