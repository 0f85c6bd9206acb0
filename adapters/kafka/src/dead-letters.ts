import { CaveError, type ConsumedRecord, type DeadRecord } from '@cave/core';
import type { Appender } from './appender.js';
import type { KafkaClient } from './client.js';
import { boundaries } from './offsets.js';
import { PartitionReader, type ReadRecord } from './partition-reader.js';
import type { TopicView } from './topic.js';

const MAX_REASON_BYTES = 8 * 1024;
const READ_BYTES = 1024 * 1024;

/** Records set aside, in a topic of their own: body and key as they were, origin and reason in headers. */
export class DeadLetters {
  #readings = 0;

  constructor(
    private readonly client: KafkaClient,
    private readonly topic: TopicView,
    private readonly appender: Appender,
    private readonly requestTimeoutMs: number,
  ) {}

  /** Resolves once it is durable. */
  async add(partition: string, record: ConsumedRecord, reason: string): Promise<void> {
    const headers = { partition, offset: record.offset.toString(), reason: shortened(reason) };
    const [result] = await this.appender.append([{ key: record.key, body: record.body, headers }]);
    if (result === undefined) throw new CaveError('internal', 'An append has no result.');
    if (result.status !== 'appended') throw result.error;
  }

  /** The newest first. */
  async newest(limit: number): Promise<readonly DeadRecord[]> {
    const { client, topic } = this;
    const lane = `dead letters ${++this.#readings}`;
    const { partitions } = topic;
    const [begin, end] = await Promise.all([boundaries(client, topic, partitions, 'earliest'), boundaries(client, topic, partitions, 'latest')]);
    const from = new Map([...end].map(([partition, last]) => [partition, later(begin.get(partition) ?? 0n, last - BigInt(limit))]));
    const reader = new PartitionReader(client, topic, { lane, maxRecords: limit, maxBytes: READ_BYTES, requestTimeoutMs: this.requestTimeoutMs, locate: () => Promise.resolve(from) });
    try {
      const unread = new Set([...end].filter(([partition, last]) => last > (from.get(partition) ?? 0n)).map(([partition]) => partition));
      reader.hold([...unread], false);
      const found: ReadRecord[] = [];
      while (unread.size > 0) {
        const batch = await reader.poll(this.requestTimeoutMs);
        if (batch === null) break;
        found.push(...batch.records);
        const last = batch.records.at(-1);
        if (batch.drained || (last !== undefined && last.offset + 1n >= (end.get(batch.partition) ?? 0n))) unread.delete(batch.partition);
      }
      return found.sort((a, b) => b.atMs - a.atMs || Number(b.offset - a.offset)).slice(0, limit).map(toDeadRecord);
    } finally {
      reader.close();
    }
  }
}

function shortened(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= MAX_REASON_BYTES ? reason : `${bytes.subarray(0, MAX_REASON_BYTES).toString()}…`;
}

function toDeadRecord({ key, body, headers }: ReadRecord): DeadRecord {
  const text = (name: string): string => headers[name]?.toString() ?? '';
  return { partition: text('partition'), offset: BigInt(text('offset')), key, body, reason: text('reason') };
}

const later = (one: bigint, other: bigint): bigint => (one > other ? one : other);
