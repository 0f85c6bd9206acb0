import type { DeadRecord } from '@cave/core';

/** On disk: header length u32 · header as JSON · body. */
export function encodeDeadRecord(record: DeadRecord): Buffer {
  const header = Buffer.from(JSON.stringify({ partition: record.partition, offset: String(record.offset), key: record.key, reason: record.reason }));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, record.body]);
}

export function decodeDeadRecord(value: Buffer): DeadRecord {
  const end = 4 + value.readUInt32BE(0);
  const header = JSON.parse(value.toString('utf8', 4, end)) as { partition: string; offset: string; key: string; reason: string };
  return { partition: header.partition, offset: BigInt(header.offset), key: header.key, reason: header.reason, body: value.subarray(end) };
}
