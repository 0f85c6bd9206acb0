import type { PointBatch } from '../../domain/point-batch.js';
import type { OriginatedBatch } from '../../ports/metrics-store.js';
import type { ConsumedRecord } from '../../ports/raw-stream.js';
import type { Chunk, PartitionProgress } from './partition-progress.js';

/** One record of the stream on its way into one store. */
export interface WriteEntry {
  readonly progress: PartitionProgress;
  readonly chunk: Chunk;
  readonly record: ConsumedRecord;
  readonly points: PointBatch;
  readonly bytes: number;
}

export function toBatch(entry: WriteEntry, points: PointBatch = entry.points): OriginatedBatch {
  const { incarnation, partition } = entry.progress;
  return { origin: { incarnation, partition, offset: entry.record.offset }, points };
}

/**
 * A batch without points, which only moves a store's mark. Records that go to no store (not
 * readable, refused, of another cluster) must be passed by the mark as well; otherwise the
 * mark would seem to lag behind the checkpoint, and reading would start there again.
 */
export function noPoints(): PointBatch {
  return {
    database: 'cave-internal',
    cluster: null,
    identity: { kind: 'keyed' },
    series: [],
    seriesIndex: new Uint32Array(0),
    times: new Float64Array(0),
    values: new Float64Array(0),
  };
}
