import { CaveError } from '../../errors.js';
import { encodePointRecord } from '../../domain/point-record.js';
import type { PointBatch, Series } from '../../domain/point-batch.js';

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

/** The points at `indexes`, in that order, under a new identity. */
export function gatherPoints(points: PointBatch, indexes: readonly number[], identity: PointBatch['identity']): PointBatch {
  const { series, seriesIndex } = pickSeries(points.series, Uint32Array.from(indexes, (i) => points.seriesIndex[i] ?? 0));
  return {
    database: points.database,
    cluster: points.cluster,
    identity,
    series,
    seriesIndex,
    times: Float64Array.from(indexes, (i) => points.times[i] ?? Number.NaN),
    values: Float64Array.from(indexes, (i) => points.values[i] ?? Number.NaN),
  };
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
