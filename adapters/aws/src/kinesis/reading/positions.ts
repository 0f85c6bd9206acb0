import type { PartitionPosition } from '@cave/core';
import type { LeaseTable } from '../leases/lease-table.js';
import type { ShardMap } from './shard-map.js';

/** How far a group has come with every shard that is listed. Of one whose group never had a member, nothing is known. */
export async function positionsOf({ shards }: ShardMap, leases: LeaseTable, signal: AbortSignal): Promise<readonly PartitionPosition[]> {
  const byShard = new Map((await leases.list(signal)).map((lease) => [lease.shard, lease]));
  return shards.map(({ id }) => {
    const lease = byShard.get(id);
    return { partition: id, checkpoint: lease?.checkpoint ?? null, lag: null, lagMs: lease?.look?.lagMs ?? null };
  });
}
