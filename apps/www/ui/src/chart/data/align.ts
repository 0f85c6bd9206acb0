import type { ChartPoint, ChartSeries } from '../types.js';

/** `null` breaks the line; `undefined` is a time that only other series have, and breaks nothing. */
export type Value = number | null | undefined;

/** uPlot's form: the union of all times, ascending, in seconds; then the values of each series at them. */
export type AlignedData = [times: number[], ...values: Value[][]];

interface Column {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

/**
 * Series as uPlot wants them. A window that is missing between two others becomes a `null`: the
 * api leaves out windows without points, and a line across them would show values that nobody
 * measured.
 */
export function alignSeries(series: readonly ChartSeries[]): AlignedData {
  // Series of one question have the same times; to parse each of them again is most of the work.
  const parsed = new Map<string, number>();
  const columns = series.map(({ points, windowMinutes }) => columnOf(points, windowMinutes, parsed));
  const times = unionOf(columns.map((column) => column.times));
  return [times, ...columns.map((column) => spread(column, times))];
}

/** Oldest first, with a gap after each window whose next one is missing. */
function columnOf(points: readonly ChartPoint[], windowMinutes: number | undefined, parsed: Map<string, number>): Column {
  const width = windowMinutes === undefined ? Infinity : windowMinutes * 60;
  const times: number[] = [];
  const values: (number | null)[] = [];
  let last = -Infinity;
  for (let i = points.length - 1; i >= 0; i--) {
    const { time: text, value } = points[i] as ChartPoint;
    const time = secondsOf(text, parsed);
    if (time < last) return columnOf(newestFirst(points, parsed), windowMinutes, parsed);
    if (time - last > width && last !== -Infinity) {
      times.push(last + width);
      values.push(null);
    }
    // Raw points may share their time; a line has one value at a time, the one that came later.
    if (time === last) values[values.length - 1] = value;
    else {
      times.push(time);
      values.push(value);
    }
    last = time;
  }
  return { times, values };
}

function newestFirst(points: readonly ChartPoint[], parsed: Map<string, number>): ChartPoint[] {
  return points.toSorted((a, b) => secondsOf(b.time, parsed) - secondsOf(a.time, parsed));
}

function secondsOf(text: string, parsed: Map<string, number>): number {
  let seconds = parsed.get(text);
  if (seconds === undefined) {
    seconds = Date.parse(text) / 1000;
    if (Number.isNaN(seconds)) throw new RangeError(`"${text}" is not a time in ISO 8601.`);
    parsed.set(text, seconds);
  }
  return seconds;
}

function unionOf(columns: readonly (readonly number[])[]): number[] {
  const [first, ...others] = columns;
  if (first === undefined) return [];
  // Series of one question mostly have the very same windows; then there is nothing to sort.
  if (others.every((times) => times.length === first.length && times.every((time, i) => time === first[i]))) return [...first];
  return [...new Set(columns.flat())].sort((a, b) => a - b);
}

/**
 * The column's values at all the times. What lies between a gap and its neighbours is part of the
 * gap: uPlot breaks a line no farther than the `null`s go.
 */
function spread({ times: own, values }: Column, times: readonly number[]): Value[] {
  if (own.length === times.length) return [...values];
  const spreadValues = new Array<Value>(times.length).fill(undefined);
  let at = 0;
  for (let i = 0; i < own.length; i++) {
    const inGap = i > 0 && (values[i] === null || values[i - 1] === null);
    for (; times[at] !== own[i]; at++) if (inGap) spreadValues[at] = null;
    spreadValues[at] = values[i];
    at += 1;
  }
  return spreadValues;
}

/** Where a value has no neighbour that a line could lead to: it must be drawn as a point, or nobody sees it. */
export function isolatedIndexes(values: readonly Value[]): number[] {
  const isolated: number[] = [];
  let before: number | null = null;
  let candidate = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === undefined) continue;
    if (value === null) {
      if (candidate >= 0) isolated.push(candidate);
      candidate = -1;
    } else candidate = before === null ? i : -1;
    before = value;
  }
  if (candidate >= 0) isolated.push(candidate);
  return isolated;
}
