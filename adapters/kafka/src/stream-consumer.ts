import { CaveError, type ConsumedBatch, type ConsumedRecord, type ConsumerOptions, type Logger, type StreamConsumer } from '@cave/core';
import type { KafkaClient } from './client.js';
import { GroupMember } from './group-member.js';
import { boundaries, checkpoints, offsetOf, type Offsets } from './offsets.js';
import { PartitionReader } from './partition-reader.js';
import type { TopicView } from './topic.js';

/** A partition while it is held. A new one wherever it is taken anew, and when its topic is made anew. */
interface Holding {
  readonly incarnation: string;
  /** First offset beyond all that was handed out. */
  handed: bigint;
  /** The group's checkpoint; null when there is none. */
  committed: bigint | null;
  /** The checkpoint under way: they move one after the other, so that none goes backwards. */
  moving: Promise<unknown>;
}

export interface StreamConsumerDependencies {
  readonly client: KafkaClient;
  readonly topic: TopicView;
  readonly logger: Logger;
  readonly sessionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Unique within the client. */
  readonly name: string;
  deadLetter(partition: string, record: ConsumedRecord, reason: string): Promise<void>;
  closed(consumer: StreamConsumer): void;
}

/** One member of a group: a membership, which says what is held, and a reader of it; see StreamConsumer for what it promises. */
export class KafkaStreamConsumer implements StreamConsumer {
  readonly #member: GroupMember;
  readonly #reader: PartitionReader;
  #held: readonly number[] = [];
  /** Of those held partitions whose reading has begun. */
  #holdings = new Map<number, Holding>();
  #closing: Promise<void> | null = null;

  constructor(private readonly deps: StreamConsumerDependencies, private readonly options: ConsumerOptions) {
    const { client, topic, logger, name, requestTimeoutMs, sessionTimeoutMs } = deps;
    this.#reader = new PartitionReader(client, topic, {
      lane: `${name} reads`,
      maxRecords: options.maxRecords,
      maxBytes: options.maxBytes,
      requestTimeoutMs,
      locate: (partitions) => this.#locate(partitions),
    });
    this.#member = new GroupMember(
      client,
      topic,
      { group: options.group, sessionTimeoutMs, requestTimeoutMs, lane: `${name} lives` },
      { assigned: (partitions, kept) => this.#hold(partitions, kept), lost: () => this.#hold([], false), held: () => this.#held },
      logger,
    );
  }

  /** Throws what keeps it from joining the group. */
  start(): Promise<void> {
    return this.#member.start();
  }

  /** Why it is not a member just now, or cannot read what it holds; null when all is well. */
  get trouble(): string | null {
    return this.#member.trouble ?? this.#reader.trouble;
  }

  assignment(): readonly string[] {
    return this.#held.map(String);
  }

  async poll(waitMs: number, signal?: AbortSignal): Promise<ConsumedBatch | null> {
    const batch = await this.#reader.poll(waitMs, signal);
    if (batch === null) {
      if (this.trouble !== null) throw new CaveError('unavailable', this.trouble);
      return null;
    }
    const last = batch.records.at(-1);
    const holding = this.#holdings.get(batch.partition);
    if (last !== undefined && holding?.incarnation === batch.incarnation && last.offset >= holding.handed) holding.handed = last.offset + 1n;
    return { ...batch, partition: String(batch.partition) };
  }

  async seek(partition: string, offset: bigint): Promise<void> {
    this.#mustBeOpen();
    const number = this.#heldNumber(partition);
    if (number === null) throw new CaveError('lost', `This consumer does not hold partition ${partition}.`);
    const { client, topic } = this.deps;
    const begin = offsetOf(await boundaries(client, topic, [number], 'earliest'), number);
    if (offset < begin) throw new CaveError('data_loss', `Partition ${partition} of the topic "${topic.name}" begins at offset ${begin}; offset ${offset} was deleted.`);
    const end = offsetOf(await boundaries(client, topic, [number], 'latest'), number);
    if (offset > end) throw new CaveError('invalid_argument', `Partition ${partition} of the topic "${topic.name}" ends before offset ${end}; there is nothing at ${offset}.`);
    // What the group's checkpoint is must be known before one can be moved.
    if (this.#holdings.get(number)?.incarnation !== topic.id) await this.#locate([number]);
    if (this.#heldNumber(partition) === null) throw new CaveError('lost', `This consumer does not hold partition ${partition} any more.`);
    this.#reader.moveTo(number, offset);
  }

  /**
   * An offset beyond what was handed out while the partition was held this time is from an earlier
   * time, or from a topic that was deleted: `lost` as well.
   */
  async checkpoint(partition: string, offset: bigint): Promise<'ok' | 'lost'> {
    const number = this.#heldNumber(partition);
    const holding = number === null ? undefined : this.#holdings.get(number);
    if (number === null || holding === undefined || offset >= holding.handed) return 'lost';
    const moved = holding.moving.then(() => this.#move(number, holding, offset + 1n));
    holding.moving = moved.catch(() => undefined); // told to whoever asked for it
    return moved;
  }

  async #move(partition: number, holding: Holding, next: bigint): Promise<'ok' | 'lost'> {
    const holds = (): boolean => this.#holdings.get(partition) === holding;
    if (!holds()) return 'lost';
    if (holding.committed !== null && next <= holding.committed) return 'ok';
    const outcome = await this.#member.commit(partition, next, holding.incarnation, holds);
    if (outcome === 'ok') holding.committed = next;
    return outcome;
  }

  async deadLetter(partition: string, record: ConsumedRecord, reason: string): Promise<void> {
    this.#mustBeOpen();
    await this.deps.deadLetter(partition, record, reason);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#hold([], false);
    this.#reader.close();
    await this.#member.close();
    this.deps.closed(this);
  }

  #mustBeOpen(): void {
    if (this.#closing !== null) throw new CaveError('closed', 'The consumer is closed.');
  }

  #heldNumber(partition: string): number | null {
    return this.#held.find((held) => String(held) === partition) ?? null;
  }

  #hold(partitions: readonly number[], kept: boolean): void {
    if (this.#closing !== null && partitions.length > 0) return;
    this.#held = [...partitions].sort((a, b) => a - b);
    this.#holdings = new Map(kept ? [...this.#holdings].filter(([partition]) => partitions.includes(partition)) : []);
    this.#reader.hold(this.#held, kept);
  }

  /** Reading begins at the group's checkpoint, or at the oldest record when there is none. */
  async #locate(partitions: readonly number[]): Promise<Offsets> {
    const { client, topic } = this.deps;
    const incarnation = topic.id;
    const committed = await checkpoints(client, topic, this.options.group, partitions);
    const without = partitions.filter((partition) => !committed.has(partition));
    const oldest = without.length === 0 ? new Map<number, bigint>() : await boundaries(client, topic, without, 'earliest');
    for (const partition of partitions) {
      if (!this.#held.includes(partition)) continue; // moved away meanwhile
      this.#holdings.set(partition, { incarnation, handed: 0n, committed: committed.get(partition) ?? null, moving: Promise.resolve() });
    }
    return new Map([...oldest, ...committed]);
  }
}
