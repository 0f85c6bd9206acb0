import { randomUUID } from 'node:crypto';
import type { ConsumedBatch, ConsumerOptions, DeadRecord, StreamRecord } from '@cave/core';
import { MemoryConsumer, MemoryRawStream, UncountedRawStream } from './memory-raw-stream.js';

export interface BrokenRawStream {
  readonly defect: string;
  /** The case that must fail. */
  readonly fails: string;
  readonly make: typeof MemoryRawStream;
}

/** The right stream with another consumer. */
const consuming = (consumer: typeof MemoryConsumer): typeof MemoryRawStream =>
  class extends MemoryRawStream {
    override consumer(options: ConsumerOptions): MemoryConsumer {
      return new consumer(this, options);
    }
  };

/** One defect each; everything else is inherited from the right one. */
export const brokenRawStreams: readonly BrokenRawStream[] = [
  { defect: 'loses one record in a hundred', fails: 'RS-10', make: class extends MemoryRawStream {
    #count = 0;
    override append(record: StreamRecord) { return ++this.#count % 100 === 0 ? { status: 'appended' as const, partition: '0', offset: 0n } : super.append(record); }
  } },
  { defect: 'appends twice', fails: 'RS-10', make: class extends MemoryRawStream { override append(record: StreamRecord) { super.append(record); return super.append(record); } } },
  { defect: 'appends a batch in another order', fails: 'RS-11', make: class extends MemoryRawStream { override async publish(records: readonly StreamRecord[], signal?: AbortSignal) { return [...(await super.publish([...records].reverse(), signal))].reverse(); } } },
  { defect: 'takes two groups for one', fails: 'RS-12', make: class extends MemoryRawStream {
    override rebalance() { this.consumers.forEach((member, i) => member.assign(this.disk.partitions.flatMap((_, partition) => (partition % this.consumers.length === i ? [partition] : [])))); }
  } },
  { defect: 'gives every partition to every member', fails: 'RS-13', make: class extends MemoryRawStream {
    override rebalance(group: string) { for (const member of this.consumers.filter(({ options }) => options.group === group)) member.assign(this.disk.partitions.map((_, i) => i)); }
  } },
  { defect: 'gives the partitions of a leaving member to nobody', fails: 'RS-14', make: class extends MemoryRawStream {
    #before = 0;
    override rebalance(group: string) { if (this.consumers.length > this.#before) super.rebalance(group); this.#before = this.consumers.length; }
  } },
  { defect: 'moves the checkpoint past a gap', fails: 'RS-15', make: consuming(class extends MemoryConsumer {
    override async checkpoint(partition: string) { return super.checkpoint(partition, BigInt((this.positions.get(Number(partition)) ?? 0) - 1)); }
  }) },
  { defect: 'forgets checkpoints at a restart', fails: 'RS-16', make: class extends MemoryRawStream { override async close() { this.disk.checkpoints.clear(); return super.close(); } } },
  { defect: 'takes the checkpoint of an owner that lost its partition', fails: 'RS-18', make: consuming(class extends MemoryConsumer {
    override async checkpoint(partition: string, offset: bigint) { this.stream.moveCheckpoint(this.options.group, Number(partition), Number(offset) + 1); return 'ok' as const; }
  }) },
  { defect: 'keeps dead letters without their body', fails: 'RS-19', make: class extends MemoryRawStream { override putAside(record: DeadRecord) { super.putAside({ ...record, body: Buffer.alloc(0) }); } } },
  { defect: 'forgets dead letters at a restart', fails: 'RS-19', make: class extends MemoryRawStream { override async close() { this.disk.dead = []; return super.close(); } } },
  { defect: 'takes what was handed out for done', fails: 'RS-20', make: consuming(class extends MemoryConsumer {
    override read(partition: number) { const batch = super.read(partition); this.stream.moveCheckpoint(this.options.group, partition, this.positions.get(partition) ?? 0); return batch; }
  }) },
  { defect: 'says that there is no lag', fails: 'RS-21', make: class extends MemoryRawStream { override async positions(group: string) { return (await super.positions(group)).map((position) => ({ ...position, lag: 0 })); } } },
  { defect: 'carries text only', fails: 'RS-23', make: class extends MemoryRawStream { override append(record: StreamRecord) { return super.append({ ...record, body: Buffer.from(Buffer.from(record.body).toString()) }); } } },
  { defect: 'truncates large records', fails: 'RS-24', make: class extends MemoryRawStream { override append(record: StreamRecord) { return super.append({ ...record, body: record.body.slice(0, 9_999) }); } } },
  { defect: 'tells other offsets than it hands out', fails: 'RS-26', make: class extends MemoryRawStream { override append(record: StreamRecord) { const result = super.append(record); return result.status === 'appended' ? { ...result, offset: result.offset + 1n } : result; } } },
  { defect: 'mints a new incarnation at each start', fails: 'RS-27', make: class extends MemoryRawStream { override async start(signal?: AbortSignal) { this.disk.incarnation = randomUUID(); return super.start(signal); } } },
  { defect: 'ignores maxRecords', fails: 'RS-28', make: class extends MemoryRawStream { override consumer(options: ConsumerOptions) { return super.consumer({ ...options, maxRecords: 1_000 }); } } },
  { defect: 'says that everything is drained', fails: 'RS-29', make: consuming(class extends MemoryConsumer { override read(partition: number) { return { ...super.read(partition), drained: true }; } }) },
  { defect: 'says that a partition is drained by an earlier look at it', fails: 'RS-43', make: consuming(class extends MemoryConsumer {
    #idle: ConsumedBatch | null = null;
    override async poll(waitMs: number, signal?: AbortSignal) {
      const earlier = this.#idle;
      this.#idle = null;
      if (earlier !== null) return earlier;
      const batch = await super.poll(waitMs, signal);
      if (batch?.records.length === 0) this.#idle = batch;
      return batch;
    }
  }) },
  { defect: 'names the present as the moment of an earlier look', fails: 'RS-43', make: consuming(class extends MemoryConsumer {
    #idle: ConsumedBatch | null = null;
    override async poll(waitMs: number, signal?: AbortSignal) {
      const earlier = this.#idle;
      this.#idle = null;
      if (earlier !== null) return { ...earlier, drainedAtMs: Date.now() + 1 };
      const batch = await super.poll(waitMs, signal);
      if (batch?.records.length === 0) this.#idle = batch;
      return batch;
    }
  }) },
  { defect: 'wakes nobody', fails: 'RS-30', make: consuming(class extends MemoryConsumer { override wake() { if (!this.open) super.wake(); } }) },
  { defect: 'ignores seek', fails: 'RS-31', make: consuming(class extends MemoryConsumer { override async seek() { this.stream.use(); } }) },
  { defect: 'moves checkpoints backwards', fails: 'RS-32', make: class extends MemoryRawStream { override moveCheckpoint(group: string, partition: number, next: number) { this.disk.checkpoints.set(`${group}/${partition}`, next); } } },
  { defect: 'hands a record out again while it is not acknowledged', fails: 'RS-33', make: consuming(class extends MemoryConsumer {
    override read(partition: number) { const batch = super.read(partition); this.positions.set(partition, Math.max(0, (this.positions.get(partition) ?? 0) - 1)); return batch; }
  }) },
  { defect: 'loses the last record on close', fails: 'RS-35', make: class extends MemoryRawStream { override async close() { this.disk.partitions[0]?.pop(); return super.close(); } } },
  { defect: 'begins at offset 0 again once everything is consumed', fails: 'RS-37', make: class extends MemoryRawStream {
    override async close() { for (const log of this.disk.partitions) log.length = 0; return super.close(); }
  } },
  { defect: 'cannot count its lag and tells of no backlog either', fails: 'RS-42', make: class extends UncountedRawStream { override lagMs() { return 0; } } },
  { defect: 'goes on telling of a backlog that is done', fails: 'RS-42', make: class extends UncountedRawStream {
    #worst = 0;
    override lagMs(group: string, partition: number) { return (this.#worst = Math.max(this.#worst, super.lagMs(group, partition))); }
  } },
  { defect: 'swallows the abort of a poll', fails: 'RS-06', make: consuming(class extends MemoryConsumer { override async poll(waitMs: number) { return super.poll(waitMs); } }) },
  { defect: 'serves after close', fails: 'RS-05', make: class extends MemoryRawStream { override use() { if (this.phase === 'new') super.use(); } } },
  { defect: 'serves before start', fails: 'RS-01', make: class extends MemoryRawStream { override use() { if (this.phase === 'closed') super.use(); } } },
];
