import { strict as assert } from 'node:assert';
import { CaveError, type MetricsStore, type OriginatedBatch, type PointIdentity, type Question, type Tags, type WindowAggregator, type WriteResult } from '@cave/core';

export interface P {
  readonly name?: string;
  readonly tags?: Tags;
  readonly time?: number;
  readonly value?: number;
}

/** A second of yesterday, as these tests' beginning of time. */
export const BASE = Math.floor(Date.now() / 86_400_000) * 86_400 - 86_400;

let offset = 0n;

/** Points of metric `m` at BASE unless they say otherwise, each of a series of its own place in the dictionary. */
export function batch(database: string, points: readonly P[], identity: PointIdentity = { kind: 'numbered', firstNumber: Number(offset) * 1_000_000 }): OriginatedBatch {
  return {
    origin: { incarnation: 'incarnation', partition: '0', offset: offset++ },
    points: {
      database,
      cluster: null,
      identity,
      series: points.map(({ name = 'm', tags = {} }) => ({ name, tags })),
      seriesIndex: Uint32Array.from(points, (_, i) => i),
      times: Float64Array.from(points, ({ time = BASE }) => time),
      values: Float64Array.from(points, ({ value = 1 }) => value),
    },
  };
}

export async function put(store: MetricsStore, database: string, points: readonly P[], identity?: PointIdentity): Promise<WriteResult> {
  const [result] = await store.write([batch(database, points, identity)]);
  assert.ok(result);
  return result;
}

export const windows = (database: string, metric: string, aggregator: WindowAggregator, tags: Tags = {}, from = BASE, width = 3_600, count = 1): Question => ({ kind: 'windows', database, metric, tags, aggregator, from, width, count });

export const points = (database: string, metric: string, tags: Tags = {}, from = BASE, to = BASE + 86_400, limit = 100_000): Question => ({ kind: 'points', database, metric, tags, range: { from, to }, limit });

/** What a promise fails with. */
export async function failure(promise: Promise<unknown>): Promise<CaveError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof CaveError, `wanted a CaveError, got ${String(error)}`);
    return error;
  }
  throw new assert.AssertionError({ message: 'It was expected to fail.' });
}
