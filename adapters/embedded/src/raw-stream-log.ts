import { randomUUID } from 'node:crypto';
import { CaveError, type ConsumedRecord, type DeadRecord } from '@cave/core';
import type { Database } from 'lmdb';
import { DeadLetterBox, type DeadLetterLimit } from './dead-letter-box.js';
import type { OpenEnvironment } from './lmdb-environment.js';
import { chunkKeyFloor, decodeChunk, decodeChunkKey, encodeChunk, encodeChunkKey, encodedSize, TARGET_CHUNK_BYTES, type EncodedRecord } from './raw-stream-chunk.js';
import { decodeDeadRecord, encodeDeadRecord } from './raw-stream-dead-letter.js';

/** One partition as it is on disk. Offsets are contiguous: `next - floor` records are kept. */
export interface PartitionState {
  readonly index: number;
  readonly name: string;
  /** Oldest offset kept. */
  floor: number;
  /** Offset of the next record appended. */
  next: number;
  /** Kept in chunks, in bytes. */
  bytes: number;
  /** Highest `floor` that any transaction was built with: several may drop records at once. */
  builtFloor: number;
}

/** What a transaction drops from one partition. */
interface Drop {
  readonly bytes: number;
  /** Offset of the first record kept. */
  readonly floor: number;
  /** For the moment of the commit. */
  readonly committed: () => void;
}

/** Chunks removed in one transaction; the rest goes with the next checkpoint. */
const MAX_TRIMMED_CHUNKS = 1_024;
const FORMAT = 1;
/** Values in the table of groups. */
const HOLDS = Buffer.from('');
const YIELDS = Buffer.from('yields');

type Table = Database<Buffer, Buffer>;

const u64 = (value: number): Buffer => {
  const buffer = Buffer.allocUnsafe(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer;
};
const readU64 = (buffer: Buffer): number => Number(buffer.readBigUInt64BE(0));
const partitionKey = (index: number): Buffer => {
  const buffer = Buffer.allocUnsafe(2);
  buffer.writeUInt16BE(index);
  return buffer;
};
const checkpointKey = (group: string, partition: number): Buffer => Buffer.concat([partitionKey(partition), Buffer.from(group)]);

/**
 * The stream's files: chunks, checkpoints, groups, dead letters, and what must outlive
 * trimming (`floor`). What is in memory changes only once a commit is flushed.
 */
export class StreamLog {
  readonly incarnation: string;
  readonly partitions: readonly PartitionState[];
  readonly #chunks: Table;
  readonly #floors: Table;
  readonly #checkpointTable: Table;
  readonly #groupTable: Table;
  readonly #dead: DeadLetterBox;
  /** Group → partition → next offset to be read. Every known group has an entry. */
  readonly #checkpoints = new Map<string, Map<number, number>>();
  readonly #yielding = new Set<string>();

  private constructor(private readonly environment: OpenEnvironment, incarnation: string, partitionCount: number, dead: DeadLetterLimit) {
    this.incarnation = incarnation;
    this.#chunks = table(environment, 'chunks');
    this.#floors = table(environment, 'floors');
    this.#checkpointTable = table(environment, 'checkpoints');
    this.#groupTable = table(environment, 'groups');
    this.#dead = new DeadLetterBox(table(environment, 'dead-letters'), dead);
    this.partitions = Array.from({ length: partitionCount }, (_, index) => {
      const stored = this.#floors.get(partitionKey(index));
      const floor = stored === undefined ? 0 : readU64(stored);
      return { index, name: String(index), floor, next: floor, bytes: 0, builtFloor: floor };
    });
    for (const key of this.#chunks.getKeys()) {
      const { partition: index, first, count, bytes } = decodeChunkKey(key);
      const partition = this.#partition(index);
      // Where there are chunks, the first one says it best: of two that drop at once, the lower floor may have been written last.
      if (partition.bytes === 0) partition.floor = first;
      partition.next = first + count;
      partition.bytes += bytes;
    }
    for (const { key, value } of this.#groupTable.getRange()) {
      this.#checkpoints.set(key.toString(), new Map());
      if (value.equals(YIELDS)) this.#yielding.add(key.toString());
    }
    for (const { key, value } of this.#checkpointTable.getRange()) {
      this.#checkpoints.get(key.toString('utf8', 2))?.set(key.readUInt16BE(0), readU64(value));
    }
  }

  /**
   * Opens the stream, or creates it with a new incarnation. The number of partitions may
   * grow (keys then map anew); asking for fewer than there are is `configuration`.
   */
  static async open(environment: OpenEnvironment, partitions: number, dead: DeadLetterLimit): Promise<StreamLog> {
    const meta = table(environment, 'stream');
    const format = meta.get(Buffer.from('format'))?.toString();
    if (format !== undefined && format !== String(FORMAT)) {
      throw new CaveError('configuration', `The raw stream's directory holds format ${format}; this version of CAVE reads format ${FORMAT}.`);
    }
    const incarnation = meta.get(Buffer.from('incarnation'))?.toString() ?? randomUUID();
    const existing = Number(meta.get(Buffer.from('partitions'))?.toString() ?? 0);
    if (existing > partitions) {
      throw new CaveError('configuration', `The option "partitions" is ${partitions}, but the raw stream has ${existing} and their number cannot shrink; set at least ${existing}.`);
    }
    if (existing !== partitions) {
      await environment.writer.submit(() => {
        void meta.put(Buffer.from('format'), Buffer.from(String(FORMAT)));
        void meta.put(Buffer.from('incarnation'), Buffer.from(incarnation));
        void meta.put(Buffer.from('partitions'), Buffer.from(String(partitions)));
      });
    }
    return new StreamLog(environment, incarnation, partitions, dead);
  }

  /** Bytes kept over all partitions. */
  get bytes(): number {
    return this.partitions.reduce((sum, partition) => sum + partition.bytes, 0);
  }

  #partition(index: number): PartitionState {
    const partition = this.partitions[index];
    if (partition === undefined) throw new CaveError('data_loss', `The raw stream holds records of partition ${index}, which it does not have; its directory is damaged.`);
    return partition;
  }

  /**
   * Puts `records` behind the partition's newest one; to be called while a transaction is
   * built. The result makes them visible and is for the moment of its commit.
   */
  append(partition: PartitionState, records: readonly EncodedRecord[]): () => void {
    let next = partition.next;
    let bytes = 0;
    let chunk: EncodedRecord[] = [];
    let size = 0;
    const flush = (): void => {
      if (chunk.length === 0) return;
      this.#put(this.#chunks, encodeChunkKey({ partition: partition.index, first: next, count: chunk.length, bytes: size }), encodeChunk(chunk, size));
      next += chunk.length;
      bytes += size;
      chunk = [];
      size = 0;
    };
    for (const record of records) {
      const more = encodedSize(record);
      if (size + more > TARGET_CHUNK_BYTES) flush();
      chunk.push(record);
      size += more;
    }
    flush();
    return () => {
      partition.next = next;
      partition.bytes += bytes;
    };
  }

  /** The chunk that holds `offset`, which must lie in [floor, next). */
  read(partition: PartitionState, offset: number): { readonly first: number; readonly records: readonly ConsumedRecord[] } {
    const entry = this.#chunkAt(partition.index, offset);
    if (entry === undefined) throw new CaveError('data_loss', `Offset ${offset} of partition ${partition.name} is missing from the raw stream; its directory is damaged.`);
    const { first, count } = entry.key;
    return { first, records: decodeChunk(entry.value, count).map((record, i) => ({ ...record, offset: BigInt(first + i) })) };
  }

  #chunkAt(partition: number, offset: number): { key: ReturnType<typeof decodeChunkKey>; value: Buffer } | undefined {
    // Ends before the next offset's lowest key: the newest chunk that begins at or before `offset`.
    const range = this.#chunks.getRange({ start: chunkKeyFloor(partition, offset + 1), end: chunkKeyFloor(partition, 0), reverse: true, inclusiveEnd: true, limit: 1 });
    for (const { key, value } of range) {
      const decoded = decodeChunkKey(key);
      if (decoded.partition === partition && offset < decoded.first + decoded.count) return { key: decoded, value };
    }
    return undefined;
  }

  checkpoint(group: string, partition: PartitionState): number | null {
    return this.#checkpoints.get(group)?.get(partition.index) ?? null;
  }

  /** Where a consumer of `group` begins: its checkpoint, else the oldest record. */
  beginning(group: string, partition: PartitionState): number {
    return this.checkpoint(group, partition) ?? partition.floor;
  }

  /** A group that is known keeps what it has not consumed from being trimmed, or yields (see `makeRoom`). Durable when this resolves. */
  async register(group: string, yields: boolean): Promise<void> {
    if (this.#checkpoints.has(group) && this.#yielding.has(group) === yields) return;
    await this.environment.writer.submit(
      () => this.#put(this.#groupTable, Buffer.from(group), yields ? YIELDS : HOLDS),
      () => {
        if (!this.#checkpoints.has(group)) this.#checkpoints.set(group, new Map());
        if (yields) this.#yielding.add(group);
        else this.#yielding.delete(group);
      },
    );
  }

  /** Moves the group's checkpoint to `next`, never backwards, and trims what every group has consumed. */
  async moveCheckpoint(group: string, partition: PartitionState, next: number): Promise<void> {
    let moved = next;
    let trim: () => void = () => undefined;
    await this.environment.writer.submit(
      () => {
        moved = Math.max(next, this.checkpoint(group, partition) ?? 0);
        this.#put(this.#checkpointTable, checkpointKey(group, partition.index), u64(moved));
        trim = this.#trim(partition, group, moved);
      },
      () => {
        this.#checkpoints.get(group)?.set(partition.index, moved);
        trim();
      },
    );
  }

  #trim(partition: PartitionState, moving: string, moved: number): () => void {
    let consumed = moved;
    for (const group of this.#checkpoints.keys()) {
      if (group !== moving) consumed = Math.min(consumed, this.beginning(group, partition));
    }
    return this.#drop(partition, consumed, Number.POSITIVE_INFINITY).committed;
  }

  /**
   * Drops, oldest first, what only groups that yield have not consumed, until `bytes` are free
   * or nothing more may go; to be called while a transaction is built. `committed` is for the
   * moment of its commit and tells what is gone.
   */
  makeRoom(bytes: number): { readonly freed: number; readonly committed: () => readonly { readonly partition: string; readonly records: number }[] } {
    const holding = [...this.#checkpoints.keys()].filter((group) => !this.#yielding.has(group));
    let freed = 0;
    const drops: { readonly partition: PartitionState; readonly drop: Drop }[] = [];
    if (holding.length > 0) {
      for (const partition of [...this.partitions].sort((a, b) => b.bytes - a.bytes)) {
        if (freed >= bytes) break;
        const drop = this.#drop(partition, Math.min(...holding.map((group) => this.beginning(group, partition))), bytes - freed);
        freed += drop.bytes;
        if (drop.bytes > 0) drops.push({ partition, drop });
      }
    }
    const committed = (): { readonly partition: string; readonly records: number }[] =>
      drops.map(({ partition, drop }) => {
        const records = Math.max(0, drop.floor - partition.floor);
        drop.committed();
        return { partition: partition.name, records };
      });
    return { freed, committed };
  }

  /** Removes whole chunks below `end`, oldest first, until `enough` bytes are gone. */
  #drop(partition: PartitionState, end: number, enough: number): Drop {
    const chunks: { readonly first: number; readonly bytes: number }[] = [];
    let { floor } = partition;
    let bytes = 0;
    for (const key of this.#chunks.getKeys({ start: chunkKeyFloor(partition.index, 0), end: chunkKeyFloor(partition.index, end), limit: MAX_TRIMMED_CHUNKS })) {
      const chunk = decodeChunkKey(key);
      if (chunk.first + chunk.count > end || bytes >= enough) break;
      this.#remove(this.#chunks, key);
      floor = chunk.first + chunk.count;
      bytes += chunk.bytes;
      chunks.push(chunk);
    }
    if (chunks.length > 0) {
      partition.builtFloor = Math.max(partition.builtFloor, floor);
      this.#put(this.#floors, partitionKey(partition.index), u64(partition.builtFloor));
    }
    const committed = (): void => {
      // Another write of the same transaction may have dropped the first of them as well.
      for (const chunk of chunks) if (chunk.first >= partition.floor) partition.bytes -= chunk.bytes;
      partition.floor = Math.max(partition.floor, floor);
    };
    return { bytes, floor, committed };
  }

  async addDead(record: DeadRecord): Promise<void> {
    let committed: () => void = () => undefined;
    await this.environment.writer.submit(
      () => {
        committed = this.#dead.add(encodeDeadRecord(record));
      },
      () => committed(),
    );
  }

  /** The newest first. */
  deadRecords(limit: number): DeadRecord[] {
    return this.#dead.newest(limit).map(decodeDeadRecord);
  }

  // A put inside a transaction being built has no outcome of its own: the transaction's is what counts.
  #put(into: Table, key: Buffer, value: Buffer): void {
    void into.put(key, value);
  }

  #remove(from: Table, key: Buffer): void {
    void from.remove(key);
  }
}

function table(environment: OpenEnvironment, name: string): Table {
  return environment.root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
}
