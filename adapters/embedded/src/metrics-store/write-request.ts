import type { OriginatedBatch, Series } from '@cave/core';
import type { BatchHeader, WriteRequest } from './protocol.js';
import { encodeSeries } from './series-codec.js';

/**
 * Lays the columns of all batches end to end, in memory of its own: the caller's stays the
 * caller's, who may have to write the same batches again.
 */
export function toWriteRequest(batches: readonly OriginatedBatch[]): WriteRequest {
  const total = batches.reduce((sum, { points }) => sum + points.times.length, 0);
  const times = new Float64Array(total);
  const values = new Float64Array(total);
  const seriesIndex = new Uint32Array(total);
  let at = 0;
  const headers = batches.map(({ origin, points }): BatchHeader => {
    times.set(points.times, at);
    values.set(points.values, at);
    seriesIndex.set(points.seriesIndex, at);
    at += points.times.length;
    return {
      database: points.database,
      incarnation: origin.incarnation,
      partition: origin.partition,
      offset: origin.offset,
      keyed: points.identity.kind === 'keyed',
      series: keysOf(points.series),
      count: points.times.length,
    };
  });
  return { batches: headers, times, values, seriesIndex };
}

const KEYS = new WeakMap<readonly Series[], readonly string[]>();

/** A dictionary that comes again, as the same object, is encoded once. */
function keysOf(series: readonly Series[]): readonly string[] {
  let keys = KEYS.get(series);
  if (keys === undefined) {
    keys = series.map(({ name, tags }) => encodeSeries(name, tags));
    KEYS.set(series, keys);
  }
  return keys;
}

export function columnBuffers(request: WriteRequest): ArrayBuffer[] {
  return [request.times.buffer, request.values.buffer, request.seriesIndex.buffer] as ArrayBuffer[];
}
