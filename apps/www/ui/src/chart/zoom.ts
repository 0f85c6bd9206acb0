import type { TimeRange } from './types.js';

/** The narrowest range that can be zoomed to: windows are a minute at least. */
export const MINIMUM_SECONDS = 60;

/** A drag of fewer pixels is a click with a trembling hand. */
const MINIMUM_DRAG_PIXELS = 5;

const widthOf = ({ start, end }: TimeRange): number => end - start;

/**
 * The range between two places of a plot `width` pixels wide that shows `shown`, in whole seconds,
 * not narrower than a minute (around the middle of the drag) and within what is shown. Undefined
 * where the drag was too short to be meant.
 */
export function rangeOfDrag(shown: TimeRange, width: number, fromPixel: number, toPixel: number): TimeRange | undefined {
  if (width <= 0 || Math.abs(toPixel - fromPixel) < MINIMUM_DRAG_PIXELS) return undefined;
  const at = (pixel: number): number => shown.start + (Math.min(Math.max(pixel, 0), width) / width) * widthOf(shown);
  const [start, end] = [Math.round(at(Math.min(fromPixel, toPixel))), Math.round(at(Math.max(fromPixel, toPixel)))];
  return clampRange(widened({ start, end }), shown);
}

/** Around its middle to the least width, if it is narrower. */
function widened(range: TimeRange): TimeRange {
  if (widthOf(range) >= MINIMUM_SECONDS) return range;
  const start = Math.floor((range.start + range.end - MINIMUM_SECONDS) / 2);
  return { start, end: start + MINIMUM_SECONDS };
}

/** Moved into the limits, keeping its width; the limits themselves where it is wider than they are. */
export function clampRange(range: TimeRange, limits: TimeRange): TimeRange {
  const width = widthOf(range);
  if (width >= widthOf(limits)) return limits;
  const start = Math.min(Math.max(range.start, limits.start), limits.end - width);
  return { start, end: start + width };
}

/** Moved by seconds, stopped at the limits. */
export function moveRange(range: TimeRange, seconds: number, limits: TimeRange): TimeRange {
  return clampRange({ start: range.start + seconds, end: range.end + seconds }, limits);
}

/** One end moved by seconds: not beyond the limits, nor nearer to the other end than a minute. */
export function resizeRange(range: TimeRange, edge: 'start' | 'end', seconds: number, limits: TimeRange): TimeRange {
  const least = Math.min(MINIMUM_SECONDS, widthOf(limits));
  return edge === 'start'
    ? { start: Math.max(limits.start, Math.min(range.start + seconds, range.end - least)), end: range.end }
    : { start: range.start, end: Math.min(limits.end, Math.max(range.end + seconds, range.start + least)) };
}

/** How far an arrow key moves: a tenth of what is selected, a whole second at least. */
export function keyStep(range: TimeRange): number {
  return Math.max(1, Math.round(widthOf(range) / 10));
}
