import type { StreamRecord } from '@cave/core';

/**
 * Layout on disk. Records are kept in chunks: what one commit appended to one partition, cut
 * at about 64 KiB. One entry per chunk instead of one per record makes a commit of small
 * records several times cheaper, and trimming removes whole entries.
 *
 *   key    partition u16 · first offset u64 · records u32 · bytes u32   (big endian, so they sort)
 *   value  for each record: key length u16 · body length u32 · key · body
 *
 * Count and size stand in the key, so that opening a stream reads keys only.
 */
export interface ChunkKey {
  readonly partition: number;
  readonly first: number;
  readonly count: number;
  readonly bytes: number;
}

export interface EncodedRecord {
  readonly key: Buffer;
  readonly body: Uint8Array;
}

const KEY_BYTES = 18;
const HEADER_BYTES = 6;
export const TARGET_CHUNK_BYTES = 64 * 1024;

export const encodedSize = (record: EncodedRecord): number => HEADER_BYTES + record.key.length + record.body.length;

export function encodeChunkKey(key: ChunkKey): Buffer {
  const buffer = Buffer.allocUnsafe(KEY_BYTES);
  buffer.writeUInt16BE(key.partition, 0);
  buffer.writeBigUInt64BE(BigInt(key.first), 2);
  buffer.writeUInt32BE(key.count, 10);
  buffer.writeUInt32BE(key.bytes, 14);
  return buffer;
}

/** The lowest key of a chunk of `partition` that begins at `first`. */
export const chunkKeyFloor = (partition: number, first: number): Buffer => encodeChunkKey({ partition, first, count: 0, bytes: 0 });

export function decodeChunkKey(buffer: Buffer): ChunkKey {
  return {
    partition: buffer.readUInt16BE(0),
    first: Number(buffer.readBigUInt64BE(2)),
    count: buffer.readUInt32BE(10),
    bytes: buffer.readUInt32BE(14),
  };
}

export function encodeChunk(records: readonly EncodedRecord[], bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const { key, body } of records) {
    buffer.writeUInt16BE(key.length, at);
    buffer.writeUInt32BE(body.length, at + 2);
    buffer.set(key, at + HEADER_BYTES);
    buffer.set(body, at + HEADER_BYTES + key.length);
    at += HEADER_BYTES + key.length + body.length;
  }
  return buffer;
}

/** The chunk's records; bodies are views into `value`. */
export function decodeChunk(value: Buffer, count: number): StreamRecord[] {
  const records: StreamRecord[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const keyLength = value.readUInt16BE(at);
    const bodyLength = value.readUInt32BE(at + 2);
    const body = at + HEADER_BYTES + keyLength;
    records.push({ key: value.toString('utf8', at + HEADER_BYTES, body), body: value.subarray(body, body + bodyLength) });
    at = body + bodyLength;
  }
  return records;
}
