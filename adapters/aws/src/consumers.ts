import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CaveError, throwIfAborted, type AdapterContext, type ConsumerOptions, type DeadRecord, type PartitionPosition, type StreamConsumer } from '@cave/core';
import { clientSettings } from './client.js';
import { DeadLetters } from './dead-letters.js';
import { LeaseTable } from './lease-table.js';
import { anyOf } from './stop-signals.js';
import { positionsOf } from './positions.js';
import type { KinesisRawStreamOptions } from './raw-stream-options.js';
import { mapShards } from './shard-map.js';
import { joinGroup, type KinesisConsumer } from './stream-consumer.js';
import { ensureStreamTable } from './stream-table.js';
import type { KinesisStream } from './stream.js';

/**
 * The half of the raw stream that reads: members of groups, and what their table says. The
 * table is looked for, and made, when it is needed first: who only publishes needs no right on it.
 */
export class Consumers {
  readonly #dynamo: DynamoDBClient;
  readonly #deadLetters: DeadLetters;
  readonly #members = new Set<KinesisConsumer>();
  readonly #joining = new Set<Promise<unknown>>();
  #table: Promise<void> | null = null;

  constructor(
    private readonly stream: KinesisStream,
    private readonly options: KinesisRawStreamOptions,
    private readonly context: AdapterContext,
    /** Ends what is under way. */
    private readonly closing: AbortSignal,
  ) {
    const region = options['table-region'] === '' ? options.region : options['table-region'];
    this.#dynamo = new DynamoDBClient(clientSettings({ ...options, region, endpoint: options['table-endpoint'] }));
    this.#deadLetters = new DeadLetters(this.#dynamo, options.table, options.stream, context.clock);
  }

  async join(options: ConsumerOptions, signal?: AbortSignal): Promise<StreamConsumer> {
    throwIfAborted(signal);
    if (!/^[\x21-\x7e]{1,200}$/.test(options.group)) throw new CaveError('invalid_argument', "A consumer group's name has 1 to 200 printable ASCII characters and no space.");
    if (!(options.maxRecords >= 1) || !(options.maxBytes >= 1)) throw new CaveError('invalid_argument', "A consumer's maxRecords and maxBytes are at least 1.");
    const joining = joinGroup(
      {
        stream: this.stream,
        dynamo: this.#dynamo,
        table: this.options.table,
        deadLetters: this.#deadLetters,
        leaseMs: this.options['lease-ms'],
        member: `${this.context.service}-${this.context.instanceId}-${randomUUID()}`,
        logger: this.context.logger,
        clock: this.context.clock,
        closed: (consumer) => this.#members.delete(consumer),
      },
      options,
      anyOf(signal, this.closing),
    );
    const ended = joining.then((consumer) => this.#members.add(consumer), () => undefined).finally(() => this.#joining.delete(ended));
    this.#joining.add(ended);
    const consumer = await joining;
    await ended; // a close from here on knows it
    return consumer;
  }

  async positions(group: string): Promise<readonly PartitionPosition[]> {
    await this.#ensureTable();
    const map = await mapShards(this.stream, this.closing);
    const leases = new LeaseTable(this.#dynamo, this.options.table, group, map.incarnation, '', () => this.context.clock.nowMs());
    return positionsOf(map, leases, this.closing);
  }

  async deadLetters(limit: number): Promise<readonly DeadRecord[]> {
    await this.#ensureTable();
    return this.#deadLetters.newest(limit, this.closing);
  }

  /** What a member cannot do just now; null when all is well. */
  get trouble(): string | null {
    for (const { trouble } of this.#members) if (trouble !== null) return trouble;
    return null;
  }

  async close(): Promise<void> {
    await Promise.all(this.#joining);
    await Promise.all([...this.#members].map((member) => member.close()));
    this.#dynamo.destroy();
  }

  #ensureTable(): Promise<void> {
    const ensured = (this.#table ??= ensureStreamTable(this.#dynamo, this.options.table, this.context.logger, this.closing));
    return ensured.catch((error: unknown) => {
      this.#table = null; // tried again by whoever asks next
      throw error;
    });
  }
}
