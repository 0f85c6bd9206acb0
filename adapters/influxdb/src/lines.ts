import type { PointBatch, Series } from '@cave/core';
import { encodeMetric, encodeTagKey, encodeTagValue, escapeMeasurement, escapeTag } from './names.js';

/** CAVE's only field. */
export const FIELD = 'value';

const NANOSECONDS = 1_000_000_000;
const KEYED_NANOSECONDS = '000000000';

/** InfluxDB keeps nanoseconds in 64 bits. */
export const NEWEST_SECOND = 9_223_372_035;

const KEYS = new WeakMap<Series, string>();

/**
 * The series as line protocol and `SHOW SERIES` write it, tags in the order of their bytes.
 * Kept as long as the series' object is: an application sends the same ones again and again.
 */
export function lineKey(series: Series): string {
  let key = KEYS.get(series);
  if (key === undefined) {
    const tags = Object.entries(series.tags).map(([tag, value]) => [encodeTagKey(tag), encodeTagValue(value)] as const);
    tags.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    key = escapeMeasurement(encodeMetric(series.name)) + tags.map(([tag, value]) => `,${escapeTag(tag)}=${escapeTag(value)}`).join('');
    KEYS.set(series, key);
  }
  return key;
}

/** Points of one batch on their way, with what has been decided about each. */
export interface WrittenBatch {
  readonly points: PointBatch;
  /** `lineKey` of each series. */
  readonly keys: readonly string[];
  /** 1: the point is refused and not written. Null: none is. */
  refused: Uint8Array | null;
}

/** Points [from, to) of a batch. */
export interface Slice {
  readonly batch: WrittenBatch;
  readonly from: number;
  readonly to: number;
}

/**
 * Line protocol of the slices' points. The nanosecond part of a time is the point's number mod
 * 10⁹: that is its identity, and two points of one second stay two. A keyed point has none, so
 * that it replaces the one before it.
 */
export function linesOf(slices: readonly Slice[]): string {
  let text = '';
  for (const { batch, from, to } of slices) {
    const { times, values, seriesIndex, identity } = batch.points;
    const { keys, refused } = batch;
    let number = identity.kind === 'numbered' ? (identity.firstNumber + from) % NANOSECONDS : 0;
    for (let i = from; i < to; i += 1) {
      if (refused === null || refused[i] === 0) {
        // Added to 10⁹, so that leading zeros stay.
        const nanoseconds = identity.kind === 'numbered' ? String(NANOSECONDS + number).slice(1) : KEYED_NANOSECONDS;
        text += `${keys[seriesIndex[i] ?? 0]} ${FIELD}=${values[i]} ${times[i]}${nanoseconds}\n`;
      }
      number = number + 1 === NANOSECONDS ? 0 : number + 1;
    }
  }
  return text;
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
  return slices.reduce((count, { batch, from, to }) => {
    let written = to - from;
    if (batch.refused !== null) for (let i = from; i < to; i += 1) written -= batch.refused[i] ?? 0;
    return count + written;
  }, 0);
}

/** Two halves of more than one point. */
export function halve(slices: readonly Slice[]): [Slice[], Slice[]] {
  const total = slices.reduce((count, { from, to }) => count + to - from, 0);
  const halves: [Slice[], Slice[]] = [[], []];
  let room = total >> 1;
  for (const { batch, from, to } of slices) {
    const middle = Math.min(to, from + room);
    room -= middle - from;
    if (middle > from) halves[0].push({ batch, from, to: middle });
    if (to > middle) halves[1].push({ batch, from: middle, to });
  }
  return halves;
}
