/** Kinesis maps a record to the shard whose range holds the record's hash key, a number of 128 bits. */
const HASH_KEYS = 1n << 128n;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The slot of a key, from 0 on. Never to be changed: two publishers that differ would lose the
 * order of a key. FNV-1a of 32 bits (source: Fowler, Noll, Vo; draft-eastlake-fnv), its bits
 * mixed once more (the last step of MurmurHash3), because keys that differ in their last
 * character alone are close together otherwise.
 */
export function slotOf(key: Uint8Array, slots: number): number {
  let hash = FNV_OFFSET;
  for (const byte of key) hash = Math.imul(hash ^ byte, FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % slots;
}

/**
 * A slot's explicit hash key: the middle of its part of the range. Slots spread evenly over
 * shards of even size thereby, and each is in one shard at a time, whatever is split or merged.
 */
export function explicitHashKey(slot: number, slots: number): string {
  return String((HASH_KEYS * BigInt(2 * slot + 1)) / BigInt(2 * slots));
}
