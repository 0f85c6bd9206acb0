import type { PointBatch, Series } from '@cave/core';
import { encodeMetric, encodeTagKey, encodeTagValue, escapeMeasurement, escapeTag } from './names.js';

/** CAVE's only field. */
export const FIELD = 'value';

const NANOSECONDS = 1_000_000_000;
const NANOSECOND_DIGITS = 9;
const ZERO = 0x30;
const NEWLINE = 0x0a;
const NO_BYTES = Buffer.alloc(0);
/** The longest double has 25 characters, the newest second 10 digits. */
const BYTES_BESIDE_KEY = 64;

/** InfluxDB keeps nanoseconds in 64 bits. */
export const NEWEST_SECOND = 9_223_372_035;

/** A series as line protocol and `SHOW SERIES` write it. */
export interface LineKey {
  readonly text: string;
  /** The text and all up to the value. */
  readonly bytes: Buffer;
}

const KEYS = new WeakMap<Series, LineKey>();

/**
 * Tags are in the order of their bytes. Kept as long as the series' object is: an application
 * sends the same ones again and again.
 */
export function lineKey(series: Series): LineKey {
  let key = KEYS.get(series);
  if (key === undefined) {
    const tags = Object.entries(series.tags).map(([tag, value]) => [encodeTagKey(tag), encodeTagValue(value)] as const);
    tags.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const text = escapeMeasurement(encodeMetric(series.name)) + tags.map(([tag, value]) => `,${escapeTag(tag)}=${escapeTag(value)}`).join('');
    key = { text, bytes: Buffer.from(`${text} ${FIELD}=`) };
    KEYS.set(series, key);
  }
  return key;
}

const LISTS = new WeakMap<readonly Series[], readonly LineKey[]>();

/** The keys of a batch's series; of the same list, which comes again and again, the same keys. */
export function lineKeys(series: readonly Series[]): readonly LineKey[] {
  let keys = LISTS.get(series);
  if (keys === undefined) {
    keys = series.map(lineKey);
    LISTS.set(series, keys);
  }
  return keys;
}

/** Points of one batch on their way, with what has been decided about each. */
export interface WrittenBatch {
  readonly points: PointBatch;
  /** `lineKey` of each series. */
  readonly keys: readonly LineKey[];
  /** 1: the point is refused and not written. Null: none is. */
  refused: Uint8Array | null;
}

/** Points [from, to) of a batch. */
export interface Slice {
  readonly batch: WrittenBatch;
  readonly from: number;
  readonly to: number;
  /** By number of the series: 1 where its points belong to the slice. Absent: all do. */
  readonly only?: Uint8Array;
}

/** Whether the point belongs to the slice and is to be written. */
export function isWritten({ batch, only }: Slice, index: number): boolean {
  return batch.refused?.[index] !== 1 && (only === undefined || only[batch.points.seriesIndex[index] ?? 0] === 1);
}

/**
 * Line protocol of the slices' points. The nanosecond part of a time is the point's number mod
 * 10⁹: that is its identity, and two points of one second stay two. A keyed point has none, so
 * that it replaces the one before it.
 *
 * Bytes rather than text: half the time, since the long part of each line is only copied.
 */
export function linesOf(slices: readonly Slice[]): Buffer {
  const lines = Buffer.allocUnsafe(slices.reduce((bytes, slice) => bytes + bound(slice), 0));
  let at = 0;
  let second = NaN;
  let secondText = '';
  for (const slice of slices) {
    const { batch, from, to } = slice;
    const { times, values, seriesIndex, identity } = batch.points;
    const { keys } = batch;
    const whole = batch.refused === null && slice.only === undefined;
    const numbered = identity.kind === 'numbered';
    let number = numbered ? (identity.firstNumber + from) % NANOSECONDS : 0;
    for (let i = from; i < to; i += 1) {
      if (whole || isWritten(slice, i)) {
        const key = keys[seriesIndex[i] ?? 0]?.bytes ?? NO_BYTES;
        lines.set(key, at);
        at += key.length;
        if (times[i] !== second) {
          second = times[i] ?? NaN;
          secondText = ` ${second}`;
        }
        at += lines.write(values[i] + secondText, at, 'latin1');
        let left = number;
        for (let digit = NANOSECOND_DIGITS - 1; digit >= 0; digit -= 1) {
          const tenth = (left / 10) | 0;
          lines[at + digit] = ZERO + left - tenth * 10;
          left = tenth;
        }
        at += NANOSECOND_DIGITS;
        lines[at] = NEWLINE;
        at += 1;
      }
      if (numbered) number = number + 1 === NANOSECONDS ? 0 : number + 1;
    }
  }
  return lines.subarray(0, at);
}

/** At least as many bytes as the slice's lines take. */
function bound({ batch, from, to }: Slice): number {
  const { seriesIndex } = batch.points;
  let bytes = (to - from) * BYTES_BESIDE_KEY;
  for (let i = from; i < to; i += 1) bytes += batch.keys[seriesIndex[i] ?? 0]?.bytes.length ?? 0;
  return bytes;
}

/** Cuts points into requests of at most `most` lines each. */
export function cut(batches: readonly WrittenBatch[], most: number): Slice[][] {
  const requests: Slice[][] = [];
  let request: Slice[] = [];
  let room = most;
  for (const batch of batches) {
    const count = batch.points.times.length;
    for (let from = 0; from < count; ) {
      const to = Math.min(count, from + room);
      request.push({ batch, from, to });
      room -= to - from;
      from = to;
      if (room === 0) {
        requests.push(request);
        request = [];
        room = most;
      }
    }
  }
  if (request.length > 0) requests.push(request);
  return requests;
}

export function countOf(slices: readonly Slice[]): number {
  let count = 0;
  for (const slice of slices) for (let i = slice.from; i < slice.to; i += 1) if (isWritten(slice, i)) count += 1;
  return count;
}

/** The points of one metric, by its measurement's name, and all others. */
export function apart(slices: readonly Slice[], measurement: string): [Slice[], Slice[]] {
  const pick = (wanted: boolean): Slice[] =>
    slices.map((slice) => ({
      ...slice,
      only: Uint8Array.from(slice.batch.points.series, ({ name }, i) => (slice.only?.[i] !== 0 && (encodeMetric(name) === measurement) === wanted ? 1 : 0)),
    }));
  return [pick(true), pick(false)];
}

/** Two halves of more than one point. */
export function halve(slices: readonly Slice[]): [Slice[], Slice[]] {
  const total = slices.reduce((count, { from, to }) => count + to - from, 0);
  const halves: [Slice[], Slice[]] = [[], []];
  let room = total >> 1;
  for (const slice of slices) {
    const { from, to } = slice;
    const middle = Math.min(to, from + room);
    room -= middle - from;
    if (middle > from) halves[0].push({ ...slice, to: middle });
    if (to > middle) halves[1].push({ ...slice, from: middle });
  }
  return halves;
}
