import { expect } from 'chai';
import { plan, type Seen } from '../src/kinesis/leases/balance.js';
import type { Lease } from '../src/kinesis/leases/lease-table.js';

const lease = (shard: string, owner: string | null, finished = false): Lease => ({ shard, owner, counter: 1, generation: 1, checkpoint: null, finished, look: null });

/** A table of leases that several members look at, one after the other. */
class Group {
  readonly owners = new Map<string, string | null>();
  readonly finished = new Set<string>();
  changes = 0;

  constructor(
    readonly parents: Readonly<Record<string, readonly string[]>>,
    private readonly random: () => number,
  ) {
    for (const shard of Object.keys(parents)) this.owners.set(shard, null);
  }

  see(member: string, dead: ReadonlySet<string> = new Set()): readonly Seen[] {
    return [...this.owners].map(([shard, owner]) => ({
      shard: { id: shard, parents: this.parents[shard] ?? [], firstOffset: 0n },
      lease: owner === null && !this.finished.has(shard) ? null : lease(shard, owner, this.finished.has(shard)),
      mine: owner === member,
      alive: owner !== null && !dead.has(owner),
    }));
  }

  /** One round of each; those of one round may have looked at the same time. */
  round(members: readonly string[], dead?: ReadonlySet<string>): void {
    const together = this.random() < 0.5;
    const seen = members.map((member) => this.see(member, dead));
    members.forEach((member, i) => {
      const { take, steal } = plan(together ? seen[i] ?? [] : this.see(member, dead), this.random);
      for (const { shard, lease: was } of steal === null ? take : [...take, steal]) {
        // A conditional write: whoever comes second finds another owner.
        if (this.owners.get(shard.id) !== (was?.owner ?? null)) continue;
        this.owners.set(shard.id, member);
        this.changes += 1;
      }
    });
  }

  counts(members: readonly string[]): number[] {
    return members.map((member) => [...this.owners].filter(([shard, owner]) => owner === member && !this.finished.has(shard)).length).sort();
  }
}

/** The same numbers each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const shards = (count: number): Record<string, readonly string[]> => Object.fromEntries(Array.from({ length: count }, (_, i) => [`shard-${i}`, []]));

describe('How the members of a group share shards out', () => {
  it('comes to rest with an even share for everybody, whoever comes and goes, and then moves nothing', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seeded(seed);
      const group = new Group(shards(1 + Math.floor(random() * 24)), random);
      let members: string[] = [];
      for (const size of [1, 2, 3, 7, 4, 1]) {
        const before = members;
        members = Array.from({ length: size }, (_, i) => `member-${i}`);
        const dead = new Set(before.filter((member) => !members.includes(member)));
        for (let round = 0; round < 40; round++) group.round(members, dead);
        const counts = group.counts(members);
        expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(group.owners.size, `seed ${seed}: all are held`);
        expect((counts.at(-1) ?? 0) - (counts[0] ?? 0)).to.be.at.most(1, `seed ${seed}: ${counts.join(', ')}`);
        const { changes } = group;
        for (let round = 0; round < 10; round++) group.round(members, dead);
        expect(group.changes).to.equal(changes, `seed ${seed}: at rest`);
      }
    }
  });

  it('gives a newcomer its share within as many rounds as that has shards', () => {
    const group = new Group(shards(12), seeded(1));
    group.round(['a']);
    expect(group.counts(['a'])).to.deep.equal([12]);
    for (let round = 0; round < 6; round++) group.round(['a', 'b']);
    expect(group.counts(['a', 'b'])).to.deep.equal([6, 6]);
  });

  it('takes all that is free at once, when it is alone', () => {
    expect(plan(new Group(shards(9), seeded(1)).see('a')).take).to.have.length(9);
  });

  it('takes a child only once all of its parents that are still listed are finished', () => {
    const group = new Group({ left: [], right: [], merged: ['left', 'right'], other: ['expired'] }, seeded(1));
    const wanted = (): string[] => plan(group.see('a')).take.map(({ shard }) => shard.id).sort();
    expect(wanted()).to.deep.equal(['left', 'other', 'right']);
    group.round(['a']);
    group.finished.add('left');
    expect(wanted()).to.deep.equal([]);
    group.finished.add('right');
    expect(wanted()).to.deep.equal(['merged']);
  });

  it('steals no finished shard, and takes one that nobody holds', () => {
    const group = new Group(shards(4), seeded(1));
    group.round(['a']);
    for (const shard of group.owners.keys()) group.finished.add(shard);
    expect(plan(group.see('b'))).to.deep.equal({ take: [], steal: null });
    expect(plan(group.see('b', new Set(['a']))).take).to.have.length(4);
  });
});
