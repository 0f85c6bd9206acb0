import type { EmulatorName } from '@cave/test-servers';
import type { Stack } from '../../src/index.js';

/** Services with a JSON protocol, and how each wants to be asked. */
const PROTOCOLS = {
  kinesis: { emulator: 'kinesis', target: 'Kinesis_20131202', type: 'application/x-amz-json-1.1' },
  dynamodb: { emulator: 'dynamodb', target: 'DynamoDB_20120810', type: 'application/x-amz-json-1.0' },
  sqs: { emulator: 'sns-sqs', target: 'AmazonSQS', type: 'application/x-amz-json-1.0' },
} as const satisfies Readonly<Record<string, { readonly emulator: EmulatorName; readonly target: string; readonly type: string }>>;

export interface OpenShard {
  readonly id: string;
  /** Hash keys. */
  readonly first: bigint;
  readonly last: bigint;
}

interface ListedShard {
  readonly ShardId: string;
  readonly HashKeyRange: { readonly StartingHashKey: string; readonly EndingHashKey: string };
  readonly SequenceNumberRange: { readonly EndingSequenceNumber?: string };
}

/** The account as its operator sees it: asks the emulators themselves, past the gateway, whose notes are of the services alone. */
export class AwsAccount {
  constructor(private readonly stack: Stack) {}

  /** Names. */
  async queues(): Promise<readonly string[]> {
    const { QueueUrls = [] } = await this.ask<{ QueueUrls?: readonly string[] }>('sqs', 'ListQueues', {});
    return QueueUrls.map((url) => url.slice(url.lastIndexOf('/') + 1));
  }

  /** Names of those that belong to one instance each while it runs. */
  async queuesOfTheBus(): Promise<readonly string[]> {
    return (await this.queues()).filter(isOfTheBus).sort();
  }

  /** ARNs of what is subscribed to any topic. */
  async subscriptions(): Promise<readonly string[]> {
    const answer = await this.#post('sns-sqs', 'sns', { 'content-type': 'application/x-www-form-urlencoded' }, new URLSearchParams({ Action: 'ListSubscriptions', Version: '2010-03-31' }).toString());
    return [...answer.matchAll(/<Endpoint>([^<]*)<\/Endpoint>/g)].map(([, endpoint = '']) => endpoint);
  }

  /** Those that take records, in the order of their hash keys. */
  async openShards(stream: string): Promise<readonly OpenShard[]> {
    const { Shards } = await this.ask<{ Shards: readonly ListedShard[] }>('kinesis', 'ListShards', { StreamName: stream });
    return Shards.filter(({ SequenceNumberRange }) => SequenceNumberRange.EndingSequenceNumber === undefined)
      .map(({ ShardId, HashKeyRange }) => ({ id: ShardId, first: BigInt(HashKeyRange.StartingHashKey), last: BigInt(HashKeyRange.EndingHashKey) }))
      .sort((a, b) => (a.first < b.first ? -1 : 1));
  }

  /** In the middle. */
  async split(stream: string, { id, first, last }: OpenShard): Promise<void> {
    await this.ask('kinesis', 'SplitShard', { StreamName: stream, ShardToSplit: id, NewStartingHashKey: String((first + last) / 2n) });
  }

  /** Two that are neighbours. */
  async merge(stream: string, one: OpenShard, next: OpenShard): Promise<void> {
    await this.ask('kinesis', 'MergeShards', { StreamName: stream, ShardToMerge: one.id, AdjacentShardToMerge: next.id });
  }

  /** A record that no service of CAVE wrote. */
  async putForeignRecord(stream: string): Promise<void> {
    await this.ask('kinesis', 'PutRecord', { StreamName: stream, PartitionKey: 'foreign', Data: Buffer.from('not a record of CAVE').toString('base64') });
  }

  /** A message that no service of CAVE sent. */
  async sendForeignMessage(queue: string): Promise<void> {
    const { QueueUrl } = await this.ask<{ QueueUrl: string }>('sqs', 'GetQueueUrl', { QueueName: queue });
    await this.ask('sqs', 'SendMessage', { QueueUrl, MessageBody: 'not a job of CAVE' });
  }

  /** A copy of some lease of a stream's shard, as one of a shard whose records have all expired. */
  async leaveExpiredLease(table: string): Promise<void> {
    const { Items } = await this.ask<{ Items: readonly Readonly<Record<string, unknown>>[] }>('dynamodb', 'Scan', { TableName: table });
    const lease = Items.find(({ scope }) => (scope as { S: string }).S.startsWith('group:'));
    if (lease === undefined) throw new Error(`There is no lease in ${table} yet.`);
    await this.ask('dynamodb', 'PutItem', { TableName: table, Item: { ...lease, item: { S: 'shardId-000000009999' }, finished: { BOOL: true } } });
  }

  /** One call of a service with a JSON protocol; throws its error. */
  async ask<T>(service: keyof typeof PROTOCOLS, action: string, input: object): Promise<T> {
    const { emulator, target, type } = PROTOCOLS[service];
    const answer = await this.#post(emulator, service, { 'content-type': type, 'x-amz-target': `${target}.${action}` }, JSON.stringify(input));
    return (answer === '' ? {} : JSON.parse(answer)) as T;
  }

  async #post(emulator: EmulatorName, service: string, headers: Readonly<Record<string, string>>, body: string): Promise<string> {
    const authorization = `AWS4-HMAC-SHA256 Credential=operator/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const response = await fetch(this.stack.server(emulator).url, { method: 'POST', headers: { ...headers, authorization, 'x-amz-date': '20260101T000000Z' }, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${service} answered ${response.status}: ${text}`);
    return text;
  }
}

/** Whether a queue is an instance's own, by the default names. */
export function isOfTheBus(queue: string): boolean {
  return queue.startsWith('configuration-changes-');
}
