import type { DeadJob, Job } from '@cave/core';

/*
 * Layout on disk.
 *   job       format u8 = 1 · id length u16 · id · body
 *   delivery  attempt u32 · hidden until f64 (wall ms, 0: not hidden) · hidden for f64 (ms) · reason
 *   dead      header length u32 · header as JSON · body
 */
const FORMAT = 1;
const JOB_HEADER_BYTES = 3;
const DELIVERY_HEADER_BYTES = 20;

export interface Delivery {
  readonly attempt: number;
  /** Wall clock, milliseconds; 0 when the job is not hidden. */
  readonly hiddenUntil: number;
  /** What was asked for, so that a wall clock that stepped back cannot hide the job for longer. */
  readonly hiddenFor: number;
  /** Of the last nack; empty when there was none. */
  readonly reason: string;
}

export const sequenceKey = (sequence: number): Buffer => {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(sequence));
  return key;
};
export const readSequence = (key: Buffer): number => Number(key.readBigUInt64BE(0));

export function encodeJob(job: Job): Buffer {
  const id = Buffer.from(job.id);
  const value = Buffer.allocUnsafe(JOB_HEADER_BYTES + id.length + job.body.length);
  value.writeUInt8(FORMAT, 0);
  value.writeUInt16BE(id.length, 1);
  value.set(id, JOB_HEADER_BYTES);
  value.set(job.body, JOB_HEADER_BYTES + id.length);
  return value;
}

/** Null when the envelope cannot be parsed. The body is a view into `value`. */
export function decodeJob(value: Buffer): Job | null {
  if (value.length < JOB_HEADER_BYTES || value.readUInt8(0) !== FORMAT) return null;
  const body = JOB_HEADER_BYTES + value.readUInt16BE(1);
  if (body > value.length || body === JOB_HEADER_BYTES) return null;
  return { id: value.toString('utf8', JOB_HEADER_BYTES, body), body: value.subarray(body) };
}

export function encodeDelivery(delivery: Delivery): Buffer {
  const reason = Buffer.from(delivery.reason);
  const value = Buffer.allocUnsafe(DELIVERY_HEADER_BYTES + reason.length);
  value.writeUInt32BE(delivery.attempt, 0);
  value.writeDoubleBE(delivery.hiddenUntil, 4);
  value.writeDoubleBE(delivery.hiddenFor, 12);
  value.set(reason, DELIVERY_HEADER_BYTES);
  return value;
}

export function decodeDelivery(value: Buffer): Delivery {
  return {
    attempt: value.readUInt32BE(0),
    hiddenUntil: value.readDoubleBE(4),
    hiddenFor: value.readDoubleBE(12),
    reason: value.toString('utf8', DELIVERY_HEADER_BYTES),
  };
}

export function encodeDeadJob(job: DeadJob): Buffer {
  const header = Buffer.from(JSON.stringify({ id: job.id, attempts: job.attempts, reason: job.reason }));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, job.body]);
}

export function decodeDeadJob(value: Buffer): DeadJob {
  const end = 4 + value.readUInt32BE(0);
  const header = JSON.parse(value.toString('utf8', 4, end)) as { id: string; attempts: number; reason: string };
  return { ...header, body: value.subarray(end) };
}
