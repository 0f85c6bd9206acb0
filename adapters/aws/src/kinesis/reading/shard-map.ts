import type { KinesisStream } from '../stream.js';
import { toOffset } from '../offsets.js';

export interface Shard {
  readonly id: string;
  /** Whose hash keys it took over: one after a split, two after a merge. Not all need be listed still. */
  readonly parents: readonly string[];
  /** No record of it has a lower one. */
  readonly firstOffset: bigint;
}

export interface ShardMap {
  readonly incarnation: string;
  /** Those that records can still be read from: closed ones too, until their last record has expired. */
  readonly shards: readonly Shard[];
}

export async function mapShards(stream: KinesisStream, signal: AbortSignal): Promise<ShardMap> {
  const listed = await stream.shards(signal);
  const shards = listed.map((shard) => ({
    id: shard.ShardId ?? '',
    parents: [shard.ParentShardId, shard.AdjacentParentShardId].filter((id) => id !== undefined),
    firstOffset: toOffset(shard.SequenceNumberRange?.StartingSequenceNumber ?? '0', 0),
  }));
  return { incarnation: stream.incarnation, shards };
}
