import { CaveError, type AppendResult, type StreamRecord } from '@cave/core';
import type { LmdbWriter } from './lmdb-writer.js';
import { encodedSize, type EncodedRecord } from './raw-stream-chunk.js';
import type { PartitionState, StreamLog } from './raw-stream-log.js';

export const MAX_RECORD_BYTES = 1024 * 1024;
export const MAX_KEY_BYTES = 256;
/** Appended in one transaction; more waits for the next. Bounds how long one commit takes. */
const MAX_GROUP_BYTES = 8 * 1024 * 1024;
/** Accepted and not yet flushed. Beyond it the disk is too slow for what comes in. */
const MAX_PENDING_BYTES = 128 * 1024 * 1024;

interface Pending {
  readonly record: EncodedRecord;
  readonly partition: PartitionState;
  readonly settle: (result: AppendResult) => void;
}

/** Gathers the records of concurrent publishers into shared commits. */
export class StreamAppender {
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #submitted = false;

  constructor(
    private readonly log: StreamLog,
    private readonly writer: LmdbWriter,
    private readonly maxBytes: number,
    private readonly appended: () => void,
    /** Records were dropped that some group had not consumed. */
    private readonly dropped: (partition: string, records: number) => void,
  ) {}

  /** Resolves when the fate of every record is known, in their order. */
  append(records: readonly StreamRecord[]): Promise<readonly AppendResult[]> {
    return new Promise((resolve) => {
      const results = new Array<AppendResult>(records.length);
      let open = records.length;
      if (open === 0) resolve(results);
      records.forEach((record, i) => {
        const settle = (result: AppendResult): void => {
          results[i] = result;
          if (--open === 0) resolve(results);
        };
        this.#accept(record, settle);
      });
    });
  }

  #accept(record: StreamRecord, settle: (result: AppendResult) => void): void {
    const refuse = (code: 'too_large' | 'resource_exhausted', message: string): void => settle({ status: 'not_appended', error: new CaveError(code, message) });
    const key = Buffer.from(record.key);
    if (key.length > MAX_KEY_BYTES) return refuse('too_large', `The record's key has ${key.length} bytes; at most ${MAX_KEY_BYTES} are allowed.`);
    if (record.body.length > MAX_RECORD_BYTES) return refuse('too_large', `The record has ${record.body.length} bytes; at most ${MAX_RECORD_BYTES} are allowed.`);
    const encoded = { key, body: record.body };
    const size = encodedSize(encoded);
    if (this.#pendingBytes + size > MAX_PENDING_BYTES) return refuse('resource_exhausted', 'The disk does not keep up with what is published; try again later.');
    this.#pending.push({ record: encoded, partition: this.#partitionOf(key), settle });
    this.#pendingBytes += size;
    this.#flushSoon();
  }

  /** FNV-1a: cheap, and spreads short keys that differ in their last letters. */
  #partitionOf(key: Buffer): PartitionState {
    let hash = 0x811c9dc5;
    for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
    const partition = this.log.partitions[(hash >>> 0) % this.log.partitions.length];
    if (partition === undefined) throw new CaveError('internal', 'The raw stream has no partition.');
    return partition;
  }

  #flushSoon(): void {
    if (this.#submitted || this.#pending.length === 0) return;
    this.#submitted = true;
    let group: Pending[] = [];
    let commit: (() => void)[] = [];
    this.writer
      .submit(
        () => {
          this.#submitted = false;
          group = this.#takeGroup();
          commit = this.#write(group);
          this.#flushSoon(); // what did not fit
        },
        () => commit.forEach((act) => act()),
      )
      .then(
        () => this.appended(),
        // Without room the transaction ended before its last page; any other failure may have come after it.
        (error: CaveError) => {
          if (this.#submitted && group.length === 0) {
            // Refused before the transaction was built: nothing was taken yet.
            this.#submitted = false;
            group = this.#takeGroup();
            this.#flushSoon();
          }
          group.forEach(({ settle }) => settle({ status: error.code === 'resource_exhausted' ? 'not_appended' : 'unknown', error }));
        },
      );
  }

  #takeGroup(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#pending) {
      bytes += encodedSize(record);
      count++;
      if (bytes >= MAX_GROUP_BYTES) break;
    }
    this.#pendingBytes -= bytes;
    if (count === this.#pending.length) {
      const all = this.#pending;
      this.#pending = [];
      return all;
    }
    return this.#pending.splice(0, count);
  }

  /** Writes the group into the transaction being built; the result is for its commit. */
  #write(group: readonly Pending[]): (() => void)[] {
    const byPartition = new Map<PartitionState, Pending[]>();
    let room = this.maxBytes - this.log.bytes;
    const needed = group.reduce((sum, { record }) => sum + encodedSize(record), 0);
    // Somewhat more than is needed at once, so that not every append has to.
    const made = needed > room ? this.log.makeRoom(Math.max(needed - room, this.maxBytes / 64)) : null;
    if (made !== null) room += made.freed;
    for (const pending of group) {
      room -= encodedSize(pending.record);
      if (room < 0) {
        room += encodedSize(pending.record);
        const message = `The raw stream holds ${this.maxBytes} bytes that are not consumed yet, which is its limit ("max-bytes"); try again once consumers have caught up.`;
        pending.settle({ status: 'not_appended', error: new CaveError('resource_exhausted', message) });
        continue;
      }
      const list = byPartition.get(pending.partition);
      if (list === undefined) byPartition.set(pending.partition, [pending]);
      else list.push(pending);
    }
    const commit = [...byPartition].map(([partition, list]) => {
      const first = partition.next;
      const visible = this.log.append(partition, list.map(({ record }) => record));
      return () => {
        visible();
        list.forEach(({ settle }, i) => settle({ status: 'appended', partition: partition.name, offset: BigInt(first + i) }));
      };
    });
    if (made !== null) commit.unshift(() => made.committed().forEach(({ partition, records }) => this.dropped(partition, records)));
    return commit;
  }
}
