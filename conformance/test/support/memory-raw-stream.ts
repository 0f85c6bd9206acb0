import { randomUUID } from 'node:crypto';
import { CaveError, throwIfAborted, type AppendResult, type ConsumedBatch, type ConsumedRecord, type ConsumerOptions, type DeadRecord, type Health, type PartitionPosition, type RawStream, type StreamConsumer, type StreamRecord } from '@cave/core';

/** What outlives a driver: stands for the disk. */
export class MemoryLog {
  incarnation: string = randomUUID();
  readonly partitions: ConsumedRecord[][] = [];
  /** `<group>/<partition>` → next offset to be read. */
  readonly checkpoints = new Map<string, number>();
  dead: DeadRecord[] = [];
}

const MAX_RECORD_BYTES = 10_000;

/** A right raw stream, as small as the contract allows; broken ones are made from it. */
export class MemoryRawStream implements RawStream {
  readonly capabilities = { maxRecordBytes: MAX_RECORD_BYTES, idempotentAppend: false, repartitions: false, countsLag: true };
  phase: 'new' | 'open' | 'closed' = 'new';
  consumers: MemoryConsumer[] = [];

  constructor(readonly disk: MemoryLog, partitions: number) {
    while (disk.partitions.length < partitions) disk.partitions.push([]);
  }

  async start(signal?: AbortSignal): Promise<void> {
    if (this.phase === 'closed') throw new CaveError('closed', 'closed');
    throwIfAborted(signal);
    this.phase = 'open';
  }

  async close(): Promise<void> {
    this.phase = 'closed';
    for (const consumer of [...this.consumers]) await consumer.close();
  }

  async health(): Promise<Health> {
    return this.phase === 'open' ? { healthy: true } : { healthy: false, detail: this.phase };
  }

  use(): void {
    if (this.phase !== 'open') throw new CaveError('closed', this.phase);
  }

  incarnation(): string {
    this.use();
    return this.disk.incarnation;
  }

  async partitions(): Promise<readonly string[]> {
    this.use();
    return this.disk.partitions.map((_, i) => String(i));
  }

  async publish(records: readonly StreamRecord[], signal?: AbortSignal): Promise<readonly AppendResult[]> {
    this.use();
    throwIfAborted(signal);
    const results = records.map((record) => this.append(record));
    this.wake();
    return results;
  }

  append(record: StreamRecord): AppendResult {
    if (record.body.length > MAX_RECORD_BYTES || Buffer.byteLength(record.key) > 256) return { status: 'not_appended', error: new CaveError('too_large', 'record') };
    const index = [...record.key].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % this.disk.partitions.length;
    const log = this.disk.partitions[index] ?? [];
    const offset = BigInt(log.length);
    log.push({ key: record.key, body: Uint8Array.from(record.body), offset });
    return { status: 'appended', partition: String(index), offset };
  }

  wake(): void {
    for (const consumer of this.consumers) consumer.wake();
  }

  async consume(options: ConsumerOptions): Promise<StreamConsumer> {
    this.use();
    const consumer = this.consumer(options);
    this.consumers.push(consumer);
    this.rebalance(options.group);
    return consumer;
  }

  consumer(options: ConsumerOptions): MemoryConsumer {
    return new MemoryConsumer(this, options);
  }

  rebalance(group: string): void {
    const members = this.consumers.filter((consumer) => consumer.options.group === group);
    members.forEach((member, i) => member.assign(this.disk.partitions.flatMap((_, partition) => (partition % members.length === i ? [partition] : []))));
  }

  beginning(group: string, partition: number): number {
    return this.disk.checkpoints.get(`${group}/${partition}`) ?? 0;
  }

  moveCheckpoint(group: string, partition: number, next: number): void {
    this.disk.checkpoints.set(`${group}/${partition}`, Math.max(next, this.beginning(group, partition)));
  }

  async positions(group: string): Promise<readonly PartitionPosition[]> {
    this.use();
    return this.disk.partitions.map((log, i) => {
      const checkpoint = this.disk.checkpoints.get(`${group}/${i}`);
      return { partition: String(i), checkpoint: checkpoint === undefined ? null : BigInt(checkpoint), lag: log.length - this.beginning(group, i), lagMs: null };
    });
  }

  putAside(record: DeadRecord): void {
    this.disk.dead.unshift(record);
  }

  async deadLetters(limit: number): Promise<readonly DeadRecord[]> {
    this.use();
    return this.disk.dead.slice(0, limit);
  }
}

/** When each record was appended, as a stream keeps it that has ages and no count. */
const appendedMs = new WeakMap<ConsumedRecord, number>();

/** The right stream, of a kind that cannot count what a group has not consumed. */
export class UncountedRawStream extends MemoryRawStream {
  override readonly capabilities = { maxRecordBytes: MAX_RECORD_BYTES, idempotentAppend: false, repartitions: false, countsLag: false };

  override append(record: StreamRecord): AppendResult {
    const result = super.append(record);
    const last = result.status === 'appended' ? this.disk.partitions[Number(result.partition)]?.at(-1) : undefined;
    if (last !== undefined) appendedMs.set(last, performance.now());
    return result;
  }

  override async positions(group: string): Promise<readonly PartitionPosition[]> {
    return (await super.positions(group)).map((position, i) => ({ ...position, lag: null, lagMs: this.lagMs(group, i) }));
  }

  lagMs(group: string, partition: number): number {
    const log = this.disk.partitions[partition] ?? [];
    const [next, newest] = [log[this.beginning(group, partition)], log.at(-1)];
    return next === undefined || newest === undefined ? 0 : (appendedMs.get(newest) ?? 0) - (appendedMs.get(next) ?? 0);
  }
}

export class MemoryConsumer implements StreamConsumer {
  /** Partition → next offset to be read. */
  positions = new Map<number, number>();
  open = true;
  #turn = 0;
  readonly #wakes = new Set<() => void>();

  constructor(readonly stream: MemoryRawStream, readonly options: ConsumerOptions) {}

  assign(partitions: readonly number[]): void {
    this.positions = new Map(partitions.map((partition) => [partition, this.positions.get(partition) ?? this.stream.beginning(this.options.group, partition)]));
    this.wake();
  }

  wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }

  assignment(): readonly string[] {
    return [...this.positions.keys()].map(String);
  }

  async poll(waitMs: number, signal?: AbortSignal): Promise<ConsumedBatch | null> {
    const end = performance.now() + waitMs;
    for (;;) {
      throwIfAborted(signal);
      if (!this.open) return null;
      const held = [...this.positions.keys()];
      const turns = held.map((_, i) => held[(this.#turn + i) % held.length] ?? 0);
      const left = end - performance.now();
      const partition = turns.find((index) => (this.positions.get(index) ?? 0) < (this.stream.disk.partitions[index]?.length ?? 0)) ?? (left <= 0 ? turns[0] : undefined);
      if (partition !== undefined) {
        this.#turn++;
        return this.read(partition);
      }
      if (left <= 0) return null;
      await this.#change(left, signal);
    }
  }

  read(partition: number): ConsumedBatch {
    const from = this.positions.get(partition) ?? 0;
    const log = this.stream.disk.partitions[partition] ?? [];
    let bytes = 0;
    let records = log.slice(from, from + this.options.maxRecords);
    records = records.filter((record, i) => (bytes += record.body.length) <= this.options.maxBytes || i === 0);
    this.positions.set(partition, from + records.length);
    return { incarnation: this.stream.disk.incarnation, partition: String(partition), records, drained: from + records.length === log.length };
  }

  #change(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wakes.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wakes.add(done);
      signal?.addEventListener('abort', done);
    });
  }

  async seek(partition: string, offset: bigint): Promise<void> {
    this.positions.set(Number(partition), Number(offset));
  }

  async checkpoint(partition: string, offset: bigint): Promise<'ok' | 'lost'> {
    this.stream.use();
    if (!this.positions.has(Number(partition))) return 'lost';
    this.stream.moveCheckpoint(this.options.group, Number(partition), Number(offset) + 1);
    return 'ok';
  }

  async deadLetter(partition: string, record: ConsumedRecord, reason: string): Promise<void> {
    this.stream.putAside({ partition, offset: record.offset, key: record.key, body: record.body, reason });
  }

  async close(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    this.positions.clear();
    this.wake();
    this.stream.consumers = this.stream.consumers.filter((consumer) => consumer !== this);
    this.stream.rebalance(this.options.group);
  }
}
