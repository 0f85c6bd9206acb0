import { randomBytes, randomUUID } from 'node:crypto';
import { DynamoDBClient, QueryCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, DeleteStreamCommand, DescribeStreamSummaryCommand, KinesisClient, ListShardsCommand, MergeShardsCommand, PutRecordsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { eventually, quietLogger, systemClock } from '@cave/conformance';
import type { Clock, ConsumedBatch, Logger, StreamConsumer, StreamRecord } from '@cave/core';
import { encodeAggregate } from '../../src/kinesis/aggregate.js';
import { clientSettings } from '../../src/client.js';
import { DeadLetters } from '../../src/kinesis/reading/dead-letters.js';
import type { AwsConnectionOptions } from '../../src/options.js';
import { joinGroup, type KinesisConsumer } from '../../src/kinesis/reading/stream-consumer.js';
import { KinesisStream } from '../../src/kinesis/stream.js';

export const PATIENCE_MS = 60_000;
/** Short, so that tests do not wait for long; a machine that stands still for longer only makes shards move. */
export const LEASE_MS = 1_500;

export const connection = (endpoint: string): AwsConnectionOptions => ({ region: 'eu-west-1', endpoint, 'access-key': 'test', 'secret-key': 'test', 'connection-timeout-ms': 1_000, 'request-timeout-ms': 3_000 });

/** A logger that keeps what it was told, as `level event`. */
export function listening(): { readonly logger: Logger; readonly lines: { readonly level: string; readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[]; readonly count: (event: string) => number } {
  const lines: { level: string; event: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const at = (level: string) => (event: string, fields = {}) => void lines.push({ level, event, fields });
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => logger };
  return { logger, lines, count: (event) => lines.filter((line) => line.event === event).length };
}

export interface JoinOptions {
  readonly group?: string;
  readonly leaseMs?: number;
  readonly maxRecords?: number;
  readonly maxBytes?: number;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** A stream of its own on these emulators, with members of groups that read it. */
export class TestStream {
  readonly name = `s-${randomBytes(5).toString('hex')}`;
  readonly table = `t-${randomBytes(5).toString('hex')}`;
  readonly kinesis: KinesisClient;
  readonly dynamo: DynamoDBClient;
  readonly #members: KinesisConsumer[] = [];
  readonly #streams: KinesisStream[] = [];

  constructor(kinesisUrl: string, dynamoUrl: string) {
    this.kinesis = new KinesisClient(clientSettings(connection(kinesisUrl)));
    this.dynamo = new DynamoDBClient(clientSettings(connection(dynamoUrl)));
  }

  async create(shards: number): Promise<this> {
    await this.kinesis.send(new CreateStreamCommand({ StreamName: this.name, ShardCount: shards }));
    await this.settled();
    return this;
  }

  /** Until no creation and no change of shards is under way. */
  settled(): Promise<unknown> {
    return eventually('the stream is active', PATIENCE_MS, async () => (await this.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: this.name }))).StreamDescriptionSummary?.StreamStatus === 'ACTIVE');
  }

  async join(options: JoinOptions = {}): Promise<KinesisConsumer> {
    const { group = 'g', leaseMs = LEASE_MS, maxRecords = 100, maxBytes = 1_000_000, logger = quietLogger, clock = systemClock } = options;
    const stream = new KinesisStream(this.kinesis, this.name);
    await stream.look();
    this.#streams.push(stream);
    const deps = { stream, dynamo: this.dynamo, table: this.table, deadLetters: this.deadLetters(), leaseMs, member: randomUUID(), logger, clock, closed: () => undefined };
    const member = await joinGroup(deps, { group, maxRecords, maxBytes });
    this.#members.push(member);
    return member;
  }

  deadLetters(): DeadLetters {
    return new DeadLetters(this.dynamo, this.table, this.name, systemClock);
  }

  /** One Kinesis record for each of ours; answers the shards they went to. */
  async put(records: readonly StreamRecord[]): Promise<readonly string[]> {
    const shards: string[] = [];
    for (let at = 0; at < records.length; at += 500) {
      const Records = records.slice(at, at + 500).map((record) => ({ PartitionKey: record.key, Data: encodeAggregate([record]) }));
      const answer = await this.kinesis.send(new PutRecordsCommand({ StreamName: this.name, Records }));
      if (answer.FailedRecordCount !== 0) throw new Error('Some records were refused.');
      shards.push(...(answer.Records ?? []).map(({ ShardId }) => ShardId ?? ''));
    }
    return shards;
  }

  /** In the middle of its hash keys. */
  async split(shard: string): Promise<void> {
    const { StartingHashKey = '0', EndingHashKey = '0' } = (await this.shards()).find(({ ShardId }) => ShardId === shard)?.HashKeyRange ?? {};
    const middle = (BigInt(StartingHashKey) + BigInt(EndingHashKey)) / 2n;
    await this.kinesis.send(new SplitShardCommand({ StreamName: this.name, ShardToSplit: shard, NewStartingHashKey: String(middle) }));
    await this.settled();
  }

  async merge(shard: string, neighbour: string): Promise<void> {
    await this.kinesis.send(new MergeShardsCommand({ StreamName: this.name, ShardToMerge: shard, AdjacentShardToMerge: neighbour }));
    await this.settled();
  }

  /** Deletes it and makes another one of the same name. */
  async recreate(shards: number): Promise<void> {
    // Creation times are whole seconds, and the emulator's 2 s too early; AWS takes longer than that to delete a stream.
    const { StreamDescriptionSummary: before } = await this.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: this.name }));
    await eventually('another one has another creation time', PATIENCE_MS, () => Date.now() - Number(before?.StreamCreationTimestamp) > 3_000);
    await this.kinesis.send(new DeleteStreamCommand({ StreamName: this.name }));
    await eventually('the stream is gone', PATIENCE_MS, () => this.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: this.name })).then(() => false, (error: unknown) => (error as Error).name === 'ResourceNotFoundException'));
    await this.create(shards);
    // As the raw stream does now and then.
    await Promise.all(this.#streams.map((stream) => stream.look()));
  }

  async incarnation(): Promise<string> {
    const stream = new KinesisStream(this.kinesis, this.name);
    await stream.look();
    return stream.incarnation;
  }

  /** The items of a group's leases. */
  async leases(group = 'g'): Promise<readonly Record<string, AttributeValue>[]> {
    const values = { ':scope': { S: `group:${group}:${await this.incarnation()}` } };
    const { Items = [] } = await this.dynamo.send(new QueryCommand({ TableName: this.table, KeyConditionExpression: '#scope = :scope', ExpressionAttributeNames: { '#scope': 'scope' }, ExpressionAttributeValues: values }));
    return Items;
  }

  async shards() {
    return (await this.kinesis.send(new ListShardsCommand({ StreamName: this.name }))).Shards ?? [];
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.close()));
    this.kinesis.destroy();
    this.dynamo.destroy();
  }
}

export const text = (record: { readonly body: Uint8Array }): string => Buffer.from(record.body).toString();

export const records = (name: string, count: number, keys = 1): StreamRecord[] => Array.from({ length: count }, (_, i) => ({ key: `${name}-${i % keys}`, body: Buffer.from(`${name}/${i}`) }));

/** Polls, and acknowledges where told to, until `done` says so. */
export async function readUntil(consumer: StreamConsumer, done: (batches: readonly ConsumedBatch[]) => boolean, acknowledge = true): Promise<readonly ConsumedBatch[]> {
  const batches: ConsumedBatch[] = [];
  await eventually('enough is read', PATIENCE_MS, async () => {
    const batch = await consumer.poll(100);
    if (batch !== null) batches.push(batch);
    const last = batch?.records.at(-1);
    if (acknowledge && batch !== null && last !== undefined) await consumer.checkpoint(batch.partition, last.offset);
    return done(batches);
  });
  return batches;
}

export const bodiesOf = (batches: readonly ConsumedBatch[]): string[] => batches.flatMap((batch) => batch.records.map(text));

export const holds = (consumer: StreamConsumer, count: number): Promise<unknown> => eventually(`${count} shards are held`, PATIENCE_MS, () => consumer.assignment().length === count);
