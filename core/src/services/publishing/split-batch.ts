import { createHash } from 'node:crypto';
import { encodePointRecord } from '../../domain/point-record.js';
import type { PointBatch, Series } from '../../domain/point-batch.js';
import { seriesKey } from '../../domain/series-key.js';
import { CaveError } from '../../errors.js';

/** Points of one request, validated, without their numbers. */
export type UnnumberedPoints = Omit<PointBatch, 'identity'>;

/**
 * Points [start, end) as a batch of their own, listing only the series that it uses. A run of
 * adjacent points keeps its numbers, because point i has the number `firstNumber + i`.
 */
export function slicePoints(points: PointBatch, start: number, end: number): PointBatch {
  const { series, seriesIndex } = pickSeries(points.series, points.seriesIndex.subarray(start, end));
  const { identity } = points;
  return {
    database: points.database,
    cluster: points.cluster,
    identity: identity.kind === 'numbered' ? { kind: 'numbered', firstNumber: identity.firstNumber + start } : identity,
    series,
    seriesIndex,
    times: points.times.slice(start, end),
    values: points.values.slice(start, end),
  };
}

/** How the series of one list fall into buckets. */
interface SpreadPlan {
  readonly buckets: number;
  /** Of each series of the list. */
  readonly bucket: Uint8Array;
  /** Of each series of the list: its place among those of its bucket. */
  readonly place: Uint32Array;
  /** Of each bucket. */
  readonly series: readonly (readonly Series[])[];
}

/** An application sends the same list again and again, as the same object: it is divided once, and its parts stay the same objects too. */
const PLANS = new WeakMap<readonly Series[], SpreadPlan>();

/**
 * The points divided among `buckets` (at most 256) by their series, so that a series is always
 * in the same one; empty ones left out. The parts share out the numbers from `firstNumber` on,
 * in order.
 */
export function spreadPoints(points: UnnumberedPoints, firstNumber: number, buckets: number): readonly { readonly bucket: number; readonly points: PointBatch }[] {
  const plan = planOf(points.series, buckets);
  const counts = new Uint32Array(buckets);
  for (const seriesIndex of points.seriesIndex) {
    const bucket = plan.bucket[seriesIndex] ?? 0;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const parts: { readonly bucket: number; readonly points: PointBatch }[] = [];
  const writable = new Array<{ seriesIndex: Uint32Array; times: Float64Array; values: Float64Array; filled: number }>(buckets);
  let number = firstNumber;
  counts.forEach((count, bucket) => {
    if (count === 0) return;
    const columns = { seriesIndex: new Uint32Array(count), times: new Float64Array(count), values: new Float64Array(count), filled: 0 };
    writable[bucket] = columns;
    const { seriesIndex, times, values } = columns;
    parts.push({ bucket, points: { database: points.database, cluster: points.cluster, identity: { kind: 'numbered', firstNumber: number }, series: plan.series[bucket] ?? [], seriesIndex, times, values } });
    number += count;
  });
  points.seriesIndex.forEach((seriesIndex, i) => {
    const columns = writable[plan.bucket[seriesIndex] ?? 0];
    if (columns === undefined) return; // counted above: there is one
    const at = columns.filled++;
    columns.seriesIndex[at] = plan.place[seriesIndex] ?? 0;
    columns.times[at] = points.times[i] ?? Number.NaN;
    columns.values[at] = points.values[i] ?? Number.NaN;
  });
  return parts;
}

function planOf(list: readonly Series[], buckets: number): SpreadPlan {
  const known = PLANS.get(list);
  if (known?.buckets === buckets) return known;
  const bucket = new Uint8Array(list.length);
  const place = new Uint32Array(list.length);
  const series = Array.from({ length: buckets }, (): Series[] => []);
  list.forEach((one, i) => {
    const its = bucketOf(one, buckets);
    bucket[i] = its;
    place[i] = (series[its] ?? []).push(one) - 1;
  });
  const plan = { buckets, bucket, place, series };
  PLANS.set(list, plan);
  return plan;
}

function bucketOf(series: Series, buckets: number): number {
  return createHash('sha1').update(seriesKey(series.name, series.tags)).digest().readUInt32LE(0) % buckets;
}

/**
 * Bodies of the records that carry `points`, in order: one, unless it were larger than
 * `maxBytes`; then halves, until each fits. Throws `too_large` when one point alone does not.
 */
export function encodeWithin(points: PointBatch, appendedAtMs: number, maxBytes: number): readonly Uint8Array[] {
  const body = encodePointRecord({ points, appendedAtMs });
  if (body.byteLength <= maxBytes) return [body];
  const count = points.times.length;
  if (count <= 1) {
    throw new CaveError('too_large', `A point takes ${body.byteLength} bytes; the raw stream takes records of at most ${maxBytes} bytes.`);
  }
  const middle = count >> 1;
  return [
    ...encodeWithin(slicePoints(points, 0, middle), appendedAtMs, maxBytes),
    ...encodeWithin(slicePoints(points, middle, count), appendedAtMs, maxBytes),
  ];
}

function pickSeries(all: readonly Series[], used: Uint32Array): { readonly series: readonly Series[]; readonly seriesIndex: Uint32Array } {
  const renumbered = new Map<number, number>();
  const series: Series[] = [];
  const seriesIndex = new Uint32Array(used.length);
  for (let i = 0; i < used.length; i += 1) {
    const old = used[i] ?? 0;
    let index = renumbered.get(old);
    if (index === undefined) {
      const entry = all[old];
      if (entry === undefined) throw new CaveError('internal', `Point ${i} names series ${old}, which the batch does not list.`);
      index = series.length;
      series.push(entry);
      renumbered.set(old, index);
    }
    seriesIndex[i] = index;
  }
  return { series, seriesIndex };
}
