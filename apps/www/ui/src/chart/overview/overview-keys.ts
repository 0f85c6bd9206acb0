import type { TimeRange } from '../types.js';
import { keyStep, moveRange, resizeRange } from '../zoom.js';

interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
}

/**
 * What a key does to the selection of the overview: arrows move what has the focus (with Shift on
 * the window they move its end), Home and End go to the limits. Undefined for keys that mean nothing.
 */
export function overviewKey({ key, shiftKey }: Key, part: 'move' | 'start' | 'end', selection: TimeRange, limits: TimeRange): TimeRange | undefined {
  const step = keyStep(selection);
  const far = limits.end - limits.start;
  const seconds = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageUp: 10 * step, PageDown: -10 * step, Home: -far, End: far }[key];
  if (seconds === undefined) return undefined;
  const edge = part === 'move' && shiftKey ? 'end' : part;
  return edge === 'move' ? moveRange(selection, seconds, limits) : resizeRange(selection, edge, seconds, limits);
}
