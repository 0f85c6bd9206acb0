import type { StreamRecord } from '@cave/core';

/*
 * One Kinesis record carries many of ours: a shard takes 1,000 records a second, however
 * small they are, and each is paid for.
 *
 *   magic (4 bytes) · version (1) · number of records (4)
 *   then for each: bytes of its key (2) · bytes of its body (4) · key · body
 *
 * Numbers are unsigned and big-endian. The number of records makes one that was cut off
 * between two of them as evident as one that was cut off within.
 */
const MAGIC = Uint8Array.of(0x9a, 0x43, 0x56, 0x45);
const VERSION = 1;
const VERSION_AT = MAGIC.length;
const COUNT_AT = VERSION_AT + 1;
const KEY_LENGTH_BYTES = 2;
const BODY_LENGTH_BYTES = 4;
const RECORD_HEADER_BYTES = KEY_LENGTH_BYTES + BODY_LENGTH_BYTES;

/** Of an aggregate without any record. */
export const AGGREGATE_HEADER_BYTES = COUNT_AT + 4;
/** Bound by the 16 bits that an offset has for the index in an aggregate (offsets.ts). */
export const MAX_AGGREGATED_RECORDS = 65_536;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes that the record takes in an aggregate. */
export function aggregatedBytes(record: StreamRecord): number {
  return RECORD_HEADER_BYTES + Buffer.byteLength(record.key) + record.body.length;
}

/** 1 to 65,536 records, in their order. Throws RangeError for more, none, or a key over 65,535 bytes of UTF-8. */
export function encodeAggregate(records: readonly StreamRecord[]): Uint8Array {
  if (records.length === 0 || records.length > MAX_AGGREGATED_RECORDS) throw new RangeError(`An aggregate has 1 to ${MAX_AGGREGATED_RECORDS} records, not ${records.length}.`);
  const data = new Uint8Array(records.reduce((bytes, record) => bytes + aggregatedBytes(record), AGGREGATE_HEADER_BYTES));
  const view = new DataView(data.buffer);
  data.set(MAGIC);
  view.setUint8(VERSION_AT, VERSION);
  view.setUint32(COUNT_AT, records.length);
  let at = AGGREGATE_HEADER_BYTES;
  for (const { key, body } of records) {
    const keyBytes = encoder.encode(key);
    if (keyBytes.length >= 2 ** 16) throw new RangeError(`A key of ${keyBytes.length} bytes does not fit an aggregate.`);
    view.setUint16(at, keyBytes.length);
    view.setUint32(at + KEY_LENGTH_BYTES, body.length);
    data.set(keyBytes, at + RECORD_HEADER_BYTES);
    data.set(body, at + RECORD_HEADER_BYTES + keyBytes.length);
    at += RECORD_HEADER_BYTES + keyBytes.length + body.length;
  }
  return data;
}

/**
 * What `encodeAggregate` was given; bodies are views of `data`, not copies. Null for anything
 * else: a record that other software wrote, one of a later version, one that is damaged.
 */
export function decodeAggregate(data: Uint8Array): readonly StreamRecord[] | null {
  if (data.length < AGGREGATE_HEADER_BYTES || MAGIC.some((byte, i) => data[i] !== byte) || data[VERSION_AT] !== VERSION) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const count = view.getUint32(COUNT_AT);
  if (count === 0 || count > MAX_AGGREGATED_RECORDS) return null;
  const records: StreamRecord[] = [];
  let at = AGGREGATE_HEADER_BYTES;
  while (records.length < count) {
    if (at + RECORD_HEADER_BYTES > data.length) return null;
    const bodyAt = at + RECORD_HEADER_BYTES + view.getUint16(at);
    const end = bodyAt + view.getUint32(at + KEY_LENGTH_BYTES);
    if (end > data.length) return null;
    const key = decodeKey(data.subarray(at + RECORD_HEADER_BYTES, bodyAt));
    if (key === null) return null;
    records.push({ key, body: data.subarray(bodyAt, end) });
    at = end;
  }
  return at === data.length ? records : null;
}

function decodeKey(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null; // not UTF-8: damaged
  }
}
