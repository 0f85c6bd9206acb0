import { CaveError, throwIfAborted, Wake, type ConsumedBatch, type ConsumedRecord, type ConsumerOptions, type StreamConsumer } from '@cave/core';
import type { GroupMember, StreamGroup } from './raw-stream-group.js';
import type { PartitionState, StreamLog } from './raw-stream-log.js';

/** Where a consumer stands in a partition that it holds, and the chunk that it is in the middle of. */
interface Cursor {
  readonly partition: PartitionState;
  next: number;
  chunk: { readonly first: number; readonly records: readonly ConsumedRecord[] } | null;
}

/** One member of a group; see StreamConsumer for what it promises. */
export class EmbeddedStreamConsumer implements StreamConsumer, GroupMember {
  #cursors: Cursor[] = [];
  /** The cursor served last; the next poll begins behind it, so that none starves. */
  #turn = 0;
  #open = true;
  readonly #wake = new Wake();

  constructor(private readonly log: StreamLog, private readonly group: StreamGroup, private readonly options: ConsumerOptions) {}

  /** Called by the group: holds exactly these partitions from now on. Kept ones keep their position. */
  assign(partitions: readonly PartitionState[]): void {
    this.#cursors = partitions.map(
      (partition) => this.#cursors.find((cursor) => cursor.partition === partition) ?? { partition, next: this.log.beginning(this.group.name, partition), chunk: null },
    );
    this.wake();
  }

  wake(): void {
    this.#wake.now();
  }

  assignment(): readonly string[] {
    return this.#cursors.map((cursor) => cursor.partition.name);
  }

  async poll(waitMs: number, signal?: AbortSignal): Promise<ConsumedBatch | null> {
    throwIfAborted(signal);
    this.#mustBeOpen();
    const end = performance.now() + waitMs;
    for (;;) {
      const batch = this.#nextBatch();
      if (batch !== null) return batch;
      const left = end - performance.now();
      if (left <= 0) return this.#emptyBatch();
      await this.#wake.wait(left, signal);
      throwIfAborted(signal);
      if (!this.#open) return null;
    }
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new CaveError('closed', 'The consumer is closed.');
  }

  #nextBatch(): ConsumedBatch | null {
    const count = this.#cursors.length;
    for (let i = 1; i <= count; i++) {
      const turn = (this.#turn + i) % count;
      const cursor = this.#cursors[turn];
      if (cursor === undefined || cursor.next >= cursor.partition.next) continue;
      this.#turn = turn;
      return this.#read(cursor);
    }
    return null;
  }

  #emptyBatch(): ConsumedBatch | null {
    const count = this.#cursors.length;
    if (count === 0) return null;
    this.#turn = (this.#turn + 1) % count;
    const cursor = this.#cursors[this.#turn];
    return cursor === undefined ? null : this.#batch(cursor, [], true);
  }

  #read(cursor: Cursor): ConsumedBatch {
    const { partition } = cursor;
    if (cursor.next < partition.floor) {
      throw new CaveError('data_loss', `Partition ${partition.name} begins at offset ${partition.floor}; what this consumer was to read from ${cursor.next} on was trimmed.`, {
        details: { partition: partition.name, oldest: String(partition.floor) },
      });
    }
    const end = partition.next;
    const records: ConsumedRecord[] = [];
    let bytes = 0;
    while (cursor.next < end && records.length < this.options.maxRecords) {
      if (cursor.chunk === null || cursor.next >= cursor.chunk.first + cursor.chunk.records.length) cursor.chunk = this.log.read(partition, cursor.next);
      const record = cursor.chunk.records[cursor.next - cursor.chunk.first];
      if (record === undefined) throw new CaveError('internal', `Offset ${cursor.next} lies outside its chunk.`);
      if (records.length > 0 && bytes + record.body.length > this.options.maxBytes) break;
      records.push(record);
      bytes += record.body.length;
      cursor.next++;
    }
    return this.#batch(cursor, records, cursor.next === end);
  }

  #batch(cursor: Cursor, records: readonly ConsumedRecord[], drained: boolean): ConsumedBatch {
    return { incarnation: this.log.incarnation, partition: cursor.partition.name, records, drained };
  }

  async seek(partition: string, offset: bigint): Promise<void> {
    this.#mustBeOpen();
    const cursor = this.#cursors.find((held) => held.partition.name === partition);
    if (cursor === undefined) throw new CaveError('lost', `This consumer does not hold partition ${partition}.`);
    const { floor, next } = cursor.partition;
    if (offset < BigInt(floor)) throw new CaveError('data_loss', `Partition ${partition} begins at offset ${floor}; offset ${offset} was trimmed.`);
    if (offset > BigInt(next)) throw new CaveError('invalid_argument', `Partition ${partition} ends before offset ${next}; there is nothing at ${offset}.`);
    cursor.next = Number(offset);
    cursor.chunk = null;
  }

  async checkpoint(partition: string, offset: bigint): Promise<'ok' | 'lost'> {
    this.group.mustServe();
    const held = this.#cursors.find((cursor) => cursor.partition.name === partition);
    if (held === undefined) return 'lost';
    if (offset < 0n || offset >= BigInt(held.partition.next)) {
      throw new CaveError('invalid_argument', `Partition ${partition} has no record at offset ${offset}, so it cannot be done.`);
    }
    await this.log.moveCheckpoint(this.group.name, held.partition, Number(offset) + 1);
    return 'ok';
  }

  async deadLetter(partition: string, record: ConsumedRecord, reason: string): Promise<void> {
    this.group.mustServe();
    this.#mustBeOpen();
    await this.log.addDead({ partition, offset: record.offset, key: record.key, body: record.body, reason });
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#cursors = [];
    this.wake();
    this.group.leave(this);
  }
}
