import { DeleteStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient, ListShardsCommand, ListStreamsCommand } from '@aws-sdk/client-kinesis';
import type { OptionsSchema } from '@cave/core';
import { decodeAggregate } from '../../src/kinesis/aggregate.js';
import { clientSettings } from '../../src/client.js';
import { toOffset } from '../../src/kinesis/offsets.js';
import { RAW_STREAM_OPTIONS, type KinesisRawStreamOptions } from '../../src/raw-stream-options.js';

const PAGE = 10_000;

const defaults = ({ properties }: OptionsSchema): object => Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, property.default]));

/** As the runtime would fill them in, with credentials that emulators take. */
export const rawStreamOptions = (changes: Partial<KinesisRawStreamOptions>): KinesisRawStreamOptions =>
  ({ ...defaults(RAW_STREAM_OPTIONS), region: 'eu-west-1', 'access-key': 'cave', 'secret-key': 'cave', ...changes }) as KinesisRawStreamOptions;

/** The SDK's own client, straight to the server. */
export async function asKinesis<T>(url: string, use: (client: KinesisClient) => Promise<T>): Promise<T> {
  const client = new KinesisClient(clientSettings(rawStreamOptions({ endpoint: url })));
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

export interface Found {
  readonly partition: string;
  readonly offset: bigint;
  readonly key: string;
  readonly text: string;
}

/** All that is in the stream, read without the adapter: shard by shard, in their order. */
export function inStream(url: string, stream: string): Promise<readonly Found[]> {
  return asKinesis(url, async (client) => {
    const { Shards: shards = [] } = await client.send(new ListShardsCommand({ StreamName: stream }));
    const found: Found[] = [];
    for (const { ShardId: partition = '' } of shards) {
      let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand({ StreamName: stream, ShardId: partition, ShardIteratorType: 'TRIM_HORIZON' }));
      while (iterator !== undefined) {
        const { Records: records = [], NextShardIterator: next, MillisBehindLatest: behind } = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: PAGE }));
        for (const { Data: data = new Uint8Array(), SequenceNumber: sequenceNumber = '' } of records) {
          for (const [index, { key, body }] of (decodeAggregate(data) ?? []).entries()) found.push({ partition, offset: toOffset(sequenceNumber, index), key, text: Buffer.from(body).toString() });
        }
        iterator = records.length === 0 && behind === 0 ? undefined : next;
      }
    }
    return found;
  });
}

export async function removeStreams(url: string, prefix: string): Promise<void> {
  await asKinesis(url, async (client) => {
    const { StreamNames: names = [] } = await client.send(new ListStreamsCommand({ Limit: 100 }));
    for (const name of names) if (name.startsWith(prefix)) await client.send(new DeleteStreamCommand({ StreamName: name }));
  });
}
