import { assert } from 'chai';
import fc from 'fast-check';
import { explicitHashKey, slotOf } from '../src/kinesis/publishing/slots.js';

const RANGE = 2n ** 128n;

describe('Slots', () => {
  it('lie in the range of hash keys, in order, evenly: shards of even size differ by one slot at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_096 }), fc.integer({ min: 1, max: 64 }), (slots, shards) => {
        const perShard = new Array<number>(shards).fill(0);
        let before = -1n;
        for (let slot = 0; slot < slots; slot++) {
          const key = BigInt(explicitHashKey(slot, slots));
          assert.isTrue(key > before && key < RANGE);
          before = key;
          const shard = Number((key * BigInt(shards)) / RANGE);
          perShard[shard] = (perShard[shard] ?? 0) + 1;
        }
        assert.isAtMost(Math.max(...perShard) - Math.min(...perShard), 1);
      }),
      { numRuns: 50 },
    );
  });

  it('keys that differ little spread: each of 128 slots gets about its share of 12,800', () => {
    for (const key of [(i: number) => `tenant-a/${i}`, (i: number) => `${i}`, (i: number) => `tenant-${i}/0`, (i: number) => `資料-${i}`]) {
      const perSlot = new Array<number>(128).fill(0);
      for (let i = 0; i < 12_800; i++) {
        const slot = slotOf(Buffer.from(key(i)), 128);
        perSlot[slot] = (perSlot[slot] ?? 0) + 1;
      }
      // 100 each, ±10 by chance: six times that would be a hash that does not spread.
      assert.isAbove(Math.min(...perSlot), 40, key(0));
      assert.isBelow(Math.max(...perSlot), 160, key(0));
    }
  });

  it('of a key are the same in every version of CAVE, or two publishers would lose its order', () => {
    assert.deepEqual(['', 'a', 'tenant-a/0', '資料'].map((key) => slotOf(Buffer.from(key), 128)), [11, 51, 55, 50]);
  });
});
