import { CaveError } from '../../errors.js';
import type { PointBatch, PointIdentity, Tags } from '../../domain/point-batch.js';
import { encodePointRecord } from '../../domain/point-record.js';
import type { Clock } from '../../ports/clock.js';
import type { RawStream } from '../../ports/raw-stream.js';

export interface OwnPoint {
  readonly name: string;
  readonly tags: Tags;
  readonly value: number;
}

/** Points of CAVE itself at one time, as one batch of a database that no tenant can name. */
export function ownPoints(database: string, points: readonly OwnPoint[], time: number, identity: PointIdentity): PointBatch {
  return {
    database,
    cluster: null,
    identity,
    series: points.map(({ name, tags }) => ({ name, tags })),
    seriesIndex: Uint32Array.from(points, (_, i) => i),
    times: new Float64Array(points.length).fill(time),
    values: Float64Array.from(points, ({ value }) => value),
  };
}

/** Throws `unavailable` unless the stream holds all of them. */
export async function appendOwnPoints(rawStream: RawStream, clock: Clock, batches: readonly PointBatch[]): Promise<void> {
  const appendedAtMs = clock.nowMs();
  const results = await rawStream.publish(batches.map((points) => ({ key: points.database, body: encodePointRecord({ points, appendedAtMs }) })));
  const failed = results.find((result) => result.status !== 'appended');
  if (failed !== undefined) throw new CaveError('unavailable', "The raw stream did not take CAVE's own points.", { cause: failed });
}
