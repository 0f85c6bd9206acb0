export interface Candidate {
  readonly memberId: string;
  readonly held: readonly number[];
}

/**
 * Shares the partitions out: shares differ by one at most, everybody keeps what it holds within
 * its share, and the rest goes to whoever has less. The same for the same members in any order.
 */
export function assign(partitions: readonly number[], candidates: readonly Candidate[]): ReadonlyMap<string, readonly number[]> {
  const members = [...candidates].sort((a, b) => b.held.length - a.held.length || (a.memberId < b.memberId ? -1 : 1));
  const free = new Set(partitions);
  const least = Math.floor(partitions.length / members.length);
  const larger = partitions.length % members.length;
  const shares = new Map<string, number[]>();
  members.forEach(({ memberId, held }, i) => {
    const share = held.filter((partition) => free.has(partition)).slice(0, least + (i < larger ? 1 : 0));
    for (const partition of share) free.delete(partition);
    shares.set(memberId, share);
  });
  members.forEach(({ memberId }, i) => {
    const share = shares.get(memberId) ?? [];
    for (const partition of free) {
      if (share.length >= least + (i < larger ? 1 : 0)) break;
      share.push(partition);
      free.delete(partition);
    }
  });
  return shares;
}
