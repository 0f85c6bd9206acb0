import assert from 'node:assert/strict';
import type { AppendResult, ConsumedBatch, ConsumedRecord, RawStream, StreamConsumer, StreamRecord } from '@cave/core';
import type { Case, CaseContext } from './kit.js';
import type { RawStreamHarness, RawStreamSettings } from './raw-stream-harness.js';

export type RawStreamCase = Case<RawStream, RawStreamSettings, RawStreamHarness>;
export type At = CaseContext<RawStream, RawStreamSettings, RawStreamHarness>;

export const ONE: RawStreamSettings = { partitions: 1 };
export const FOUR: RawStreamSettings = { partitions: 4 };
export const BOUNDS = { maxRecords: 100, maxBytes: 1_000_000 };

export const text = (record: { readonly body: Uint8Array }): string => Buffer.from(record.body).toString();

/** `count` records with unique bodies `<name>/<number>`, spread over `keys` keys. */
export const records = (name: string, count: number, keys = 1): StreamRecord[] =>
  Array.from({ length: count }, (_, i) => ({ key: `${name}-key-${i % keys}`, body: Buffer.from(`${name}/${i}`) }));

export function allAppended(results: readonly AppendResult[]): bigint[] {
  return results.map((result) => {
    assert.equal(result.status, 'appended', result.status === 'appended' ? '' : result.error.message);
    return result.status === 'appended' ? result.offset : -1n;
  });
}

/** Publishes one record after the other, each `appended`. */
export async function publish(stream: RawStream, list: readonly StreamRecord[]): Promise<bigint[]> {
  return allAppended(await stream.publish(list));
}

export interface Read extends ConsumedRecord {
  readonly partition: string;
}

export const opened = (batch: ConsumedBatch | null): Read[] => (batch === null ? [] : batch.records.map((record) => ({ ...record, partition: batch.partition })));

/** Reads until `count` records were handed out, checkpointing each batch when told to. */
export async function take(at: At, consumer: StreamConsumer, count: number, checkpoint: boolean): Promise<Read[]> {
  const read: Read[] = [];
  await at.eventually(`${count} records are read`, async () => {
    const batch = await consumer.poll(at.tickMs);
    read.push(...opened(batch));
    const last = batch?.records.at(-1);
    if (checkpoint && batch !== null && last !== undefined) assert.equal(await consumer.checkpoint(batch.partition, last.offset), 'ok');
    if (read.length < count) throw new Error(`${read.length} so far`);
    return true;
  });
  return read;
}

/** Reads until every held partition says that it is drained. */
export async function takeAll(at: At, consumer: StreamConsumer): Promise<Read[]> {
  const read: Read[] = [];
  const drained = new Set<string>();
  await at.eventually('every held partition is drained', async () => {
    const batch = await consumer.poll(at.tickMs);
    read.push(...opened(batch));
    if (batch?.drained === true) drained.add(batch.partition);
    return consumer.assignment().length > 0 && consumer.assignment().every((partition) => drained.has(partition));
  });
  return read;
}

/** Same bodies, each exactly once, order aside. */
export function sameBodies(read: readonly StreamRecord[], published: readonly StreamRecord[], what: string): void {
  assert.deepEqual(read.map(text).sort(), published.map(text).sort(), what);
}

/** Records of one key arrive in the order of their numbers. */
export function orderedByKey(read: readonly StreamRecord[]): void {
  const last = new Map<string, number>();
  for (const record of read) {
    const number = Number(text(record).split('/').at(-1));
    const before = last.get(record.key) ?? -1;
    assert.ok(number > before, `key ${record.key}: ${number} came after ${before}`);
    last.set(record.key, number);
  }
}
