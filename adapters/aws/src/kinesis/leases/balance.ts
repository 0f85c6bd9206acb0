import type { Lease } from './lease-table.js';
import type { Shard } from '../reading/shard-map.js';

/** A shard's lease as this member sees it. */
export interface Seen {
  readonly shard: Shard;
  /** Null: nobody ever took it. */
  readonly lease: Lease | null;
  /** Its owner lives, as far as one can see: it has renewed the lease lately. */
  readonly alive: boolean;
  /** This member holds it. */
  readonly mine: boolean;
}

export interface Plan {
  /** Belong to nobody who lives. */
  readonly take: readonly Seen[];
  /** One of a living member that has too many. */
  readonly steal: Seen | null;
}

/**
 * What a member takes to get its share. Each decides for itself from what it sees in the
 * table. A newcomer holds nothing and so is seen by nobody: it steals until it is.
 *
 * It steals one at a time, and only from one that has at least two more than it has itself: the
 * difference shrinks with each theft and none happens once it is one, so shards come to rest.
 * Finished shards weigh nothing and are never stolen: whoever sees one without an owner takes it.
 *
 * `random` is uniform in [0, 1): several newcomers shall not all rob the same one.
 */
export function plan(all: readonly Seen[], random: () => number = Math.random): Plan {
  const readable = readableOf(all);
  const free = readable.filter(({ mine, alive }) => !mine && !alive);
  const finished = free.filter(({ lease }) => lease?.finished === true);
  const unread = free.filter(({ lease }) => lease?.finished !== true);
  const unfinished = readable.filter(({ lease }) => lease?.finished !== true);
  const mine = unfinished.filter((seen) => seen.mine).length;
  const others = new Map<string, Seen[]>();
  for (const seen of unfinished) {
    const owner = seen.mine || !seen.alive ? null : seen.lease?.owner ?? null;
    if (owner !== null) others.set(owner, [...(others.get(owner) ?? []), seen]);
  }
  const share = Math.ceil(unfinished.length / (others.size + 1));
  const take = [...finished, ...shuffled(unread, random).slice(0, Math.max(0, share - mine))];
  if (unread.length > 0) return { take, steal: null };
  const richest = Math.max(0, ...[...others.values()].map((held) => held.length));
  if (richest < mine + 2) return { take, steal: null };
  const victims = [...others.values()].filter((held) => held.length === richest).flat();
  return { take, steal: victims[Math.floor(random() * victims.length)] ?? null };
}

/** Those whose parents are all finished by this group: what came first is read first. A parent that is no longer listed has no record left. */
function readableOf(all: readonly Seen[]): readonly Seen[] {
  const finished = new Map(all.map(({ shard, lease }) => [shard.id, lease?.finished === true]));
  return all.filter(({ shard }) => shard.parents.every((parent) => finished.get(parent) ?? true));
}

function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  return list.map((value) => ({ value, at: random() })).sort((a, b) => a.at - b.at).map(({ value }) => value);
}
