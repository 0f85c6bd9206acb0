import { CaveError, type AppendResult, type ConsumedBatch, type ConsumedRecord, type ConsumerOptions, type DeadRecord, type PartitionPosition, type RawStream, type StreamConsumer, type StreamRecord } from '../../../src/index.js';

/** A raw stream of one partition in memory, whose log tests can read, cut and restart. */
export class MemoryStream implements RawStream {
  readonly capabilities = { maxRecordBytes: 4_096, idempotentAppend: false, repartitions: false, countsLag: true };
  log: ConsumedRecord[] = [];
  nextOffset = 0n;
  floor = 0n;
  readonly checkpoints = new Map<string, bigint>();
  dead: DeadRecord[] = [];
  incarnationId = 'first';
  /** Told instead of appending, for each record in turn; an empty list appends. */
  outcomes: AppendResult[] = [];
  /** Asked before each look at the positions; what it throws, `positions` throws. */
  beforePositions: () => void = () => undefined;
  /** Of each group the one that holds the partition: whoever joined last. */
  readonly consumers = new Map<string, MemoryConsumer>();

  /** The checkpoint of the default cluster's writers. */
  get checkpointAt(): bigint | null {
    return this.checkpoints.get('dbwriter') ?? null;
  }
  set checkpointAt(next: bigint | null) {
    if (next === null) this.checkpoints.delete('dbwriter');
    else this.checkpoints.set('dbwriter', next);
  }
  async start(): Promise<void> {}
  async close(): Promise<void> {}
  async health(): Promise<{ healthy: boolean }> {
    return { healthy: true };
  }
  incarnation(): string {
    return this.incarnationId;
  }
  async partitions(): Promise<readonly string[]> {
    return ['0'];
  }
  async publish(records: readonly StreamRecord[]): Promise<readonly AppendResult[]> {
    return records.map((record) => {
      const scripted = this.outcomes.shift();
      if (scripted !== undefined) return scripted;
      const offset = this.nextOffset;
      this.nextOffset += 1n;
      this.log.push({ ...record, offset });
      for (const consumer of this.consumers.values()) consumer.wake();
      return { status: 'appended', partition: '0', offset };
    });
  }
  async consume(options: ConsumerOptions): Promise<StreamConsumer> {
    const consumer = new MemoryConsumer(this, options);
    const former = this.consumers.get(options.group);
    this.consumers.set(options.group, consumer);
    former?.wake();
    return consumer;
  }
  async positions(group: string): Promise<readonly PartitionPosition[]> {
    this.beforePositions();
    const checkpoint = this.checkpoints.get(group) ?? null;
    return [{ partition: '0', checkpoint, lag: Number(this.nextOffset - (checkpoint ?? this.floor)), lagMs: null }];
  }
  async deadLetters(): Promise<readonly DeadRecord[]> {
    return [...this.dead].reverse();
  }
  /** Forgets records below `floor`. */
  trim(floor: bigint): void {
    this.floor = floor;
    this.log = this.log.filter(({ offset }) => offset >= floor);
  }
}

export class MemoryConsumer implements StreamConsumer {
  #next: bigint;
  #wake: (() => void) | null = null;
  #closed = false;

  constructor(
    private readonly stream: MemoryStream,
    readonly options: ConsumerOptions,
  ) {
    this.#next = stream.checkpoints.get(options.group) ?? stream.floor;
  }
  wake(): void {
    this.#wake?.();
  }
  assignment(): readonly string[] {
    return !this.#closed && this.stream.consumers.get(this.options.group) === this ? ['0'] : [];
  }
  async poll(waitMs: number): Promise<ConsumedBatch | null> {
    if (this.#closed) throw new CaveError('closed', 'The consumer is closed.');
    if (this.#ready().length === 0 || this.assignment().length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (this.assignment().length === 0) return null;
    if (this.#next < this.stream.floor) throw new CaveError('data_loss', 'Trimmed.', { details: { partition: '0', oldest: this.stream.floor.toString() } });
    const records = this.#ready().slice(0, this.options.maxRecords);
    const last = records.at(-1);
    if (last !== undefined) this.#next = last.offset + 1n;
    return { incarnation: this.stream.incarnationId, partition: '0', records, drained: this.#next === this.stream.nextOffset };
  }
  async seek(_partition: string, offset: bigint): Promise<void> {
    if (offset < this.stream.floor) throw new CaveError('data_loss', 'Trimmed.');
    this.#next = offset;
  }
  async checkpoint(_partition: string, offset: bigint): Promise<'ok' | 'lost'> {
    if (this.assignment().length === 0) return 'lost';
    this.stream.checkpoints.set(this.options.group, offset + 1n);
    return 'ok';
  }
  async deadLetter(partition: string, record: ConsumedRecord, reason: string): Promise<void> {
    this.stream.dead.push({ partition, offset: record.offset, key: record.key, body: record.body, reason });
  }
  async close(): Promise<void> {
    this.#closed = true;
    this.wake();
  }
  #ready(): ConsumedRecord[] {
    return this.stream.log.filter(({ offset }) => offset >= this.#next);
  }
}
