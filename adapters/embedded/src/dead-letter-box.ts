import type { Database } from 'lmdb';

/** Letters removed in one transaction; the rest goes with the next letter. */
const MAX_DROPPED = 1_024;

export interface DeadLetterLimit {
  readonly maxBytes: number;
  /** Letters were dropped, for good. */
  readonly dropped: (letters: number) => void;
}

/**
 * The dead letters of a stream or a queue, numbered in the order in which they came. They are
 * bounded in bytes: nobody may ever look at them, and a sender of rubbish must not fill the
 * disk. The newest one is always kept.
 */
export class DeadLetterBox {
  #next = 0;
  #count = 0;
  #bytes = 0;
  /** Below this key nothing is left. */
  #floor: Buffer = Buffer.alloc(0);

  constructor(
    private readonly table: Database<Buffer, Buffer>,
    private readonly limit: DeadLetterLimit,
  ) {
    for (const { key, value } of table.getRange()) {
      this.#next = Number(key.readBigUInt64BE(0)) + 1;
      this.#count += 1;
      this.#bytes += value.length;
    }
  }

  get count(): number {
    return this.#count;
  }

  /** To be called while a transaction is built; the result is for the moment of its commit. */
  add(value: Buffer): () => void {
    const key = Buffer.allocUnsafe(8);
    key.writeBigUInt64BE(BigInt(this.#next++));
    void this.table.put(key, value);
    const old: { readonly key: Buffer; readonly bytes: number }[] = [];
    let excess = this.#bytes + value.length - this.limit.maxBytes;
    if (excess > 0) {
      for (const letter of this.table.getRange({ limit: MAX_DROPPED })) {
        if (excess <= 0) break;
        excess -= letter.value.length;
        old.push({ key: letter.key, bytes: letter.value.length });
        void this.table.remove(letter.key);
      }
    }
    return () => {
      this.#count += 1;
      this.#bytes += value.length;
      // Two of one transaction may have dropped the same ones: counted by the first.
      const gone = old.filter((letter) => letter.key.compare(this.#floor) >= 0);
      for (const letter of gone) this.#bytes -= letter.bytes;
      this.#count -= gone.length;
      const last = gone.at(-1);
      if (last === undefined) return;
      this.#floor = Buffer.concat([last.key, Buffer.of(0)]);
      this.limit.dropped(gone.length);
    };
  }

  newest(count: number): Buffer[] {
    return [...this.table.getRange({ reverse: true, limit: count })].map(({ value }) => value);
  }
}
