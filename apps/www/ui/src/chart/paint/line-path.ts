import type { Value } from '../data/align.js';

/** What a line is drawn into: a canvas' path, or a list in a test. */
export interface Sink {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

/**
 * The line through the values from index `from` to `to` (both included), on whole pixels of x.
 * `null` ends it and the next value begins a new piece; `undefined` is passed over. Where many
 * values fall on one pixel only the first, lowest, highest and last are drawn, which looks the same.
 */
export function traceLine(sink: Sink, times: ArrayLike<number>, values: ArrayLike<Value>, from: number, to: number, toX: (time: number) => number, toY: (value: number) => number): void {
  let drawing = false;
  let [x, first, low, high, last] = [0, 0, 0, 0, 0];
  const flush = (): void => {
    if (!drawing) return;
    // The order within a pixel does not show.
    if (low < first && low < last) sink.lineTo(x, low);
    if (high > first && high > last) sink.lineTo(x, high);
    if (last !== first) sink.lineTo(x, last);
  };
  for (let i = from; i <= to; i++) {
    const value = values[i];
    if (value === undefined) continue;
    if (value === null) {
      flush();
      drawing = false;
      continue;
    }
    const at = Math.round(toX(times[i] as number));
    const y = toY(value);
    if (drawing && at === x) {
      if (y < low) low = y;
      if (y > high) high = y;
      last = y;
      continue;
    }
    flush();
    if (drawing) sink.lineTo(at, y);
    else sink.moveTo(at, y);
    drawing = true;
    x = at;
    first = low = high = last = y;
  }
  flush();
}
