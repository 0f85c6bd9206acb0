import { randomBytes } from 'node:crypto';
import { DescribeStreamSummaryCommand, ListShardsCommand, MergeShardsCommand, SplitShardCommand, type KinesisClient, type Shard } from '@aws-sdk/client-kinesis';
import { eventually, testContext } from '@cave/conformance';
import type { RawStream, StreamConsumer } from '@cave/core';
import { AwsGateway, describeOnServer } from '@cave/test-servers';
import { assert } from 'chai';
import type { KinesisRawStreamOptions } from '../src/raw-stream-options.js';
import rawStream from '../src/raw-stream.js';
import { asKinesis, rawStreamOptions, removeStreams } from './support/kinesis.js';

const PATIENCE_MS = 60_000;
const KEYS = 24;
const BOUNDS = { group: 'g', maxRecords: 50, maxBytes: 1_000_000 };

describeOnServer('kinesis', 'publishers and consumers together', (kinesis) => {
  describeOnServer('dynamodb', 'on Kinesis and DynamoDB', (dynamo) => {
    let gateway: AwsGateway;
    let name = '';
    let open: RawStream[] = [];

    beforeEach(async () => {
      gateway = await AwsGateway.start({ kinesis: kinesis().url, dynamodb: dynamo().url });
      name = `both-${randomBytes(5).toString('hex')}`;
      open = [];
    });
    afterEach(async () => {
      await Promise.all(open.map((stream) => stream.close(AbortSignal.abort())));
      await gateway.close();
      await removeStreams(kinesis().url, name);
    });

    const start = async (changes: Partial<KinesisRawStreamOptions> = {}): Promise<RawStream> => {
      const stream = rawStream.create(rawStreamOptions({ endpoint: gateway.url, 'table-endpoint': gateway.url, stream: name, table: `${name}-table`, 'lease-ms': 3_000, ...changes }), testContext());
      open.push(stream);
      await stream.start();
      return stream;
    };

    /** Once the change before has come to its end. */
    const reshard = (change: (client: KinesisClient, shards: readonly Shard[]) => Promise<unknown>): Promise<void> =>
      asKinesis(kinesis().url, async (client) => {
        const { Shards: shards = [] } = await client.send(new ListShardsCommand({ StreamName: name }));
        await change(client, shards.filter(({ SequenceNumberRange: range }) => range?.EndingSequenceNumber === undefined));
        await eventually('the stream is active again', PATIENCE_MS, async () => (await client.send(new DescribeStreamSummaryCommand({ StreamName: name }))).StreamDescriptionSummary?.StreamStatus === 'ACTIVE');
      });

    it('split and merged while two members read and one service publishes: nothing is lost or doubled, each key stays in order, and all shards are told drained', async () => {
      const stream = await start({ shards: 2 });
      const members = [await stream.consume(BOUNDS), await (await start({ shards: 2 })).consume(BOUNDS)];
      const done = new Map<string, number[]>();
      const drained = new Set<string>();
      let stop = false;
      const work = async (member: StreamConsumer): Promise<void> => {
        while (!stop) {
          const batch = await member.poll(50);
          if (batch === null) continue;
          const last = batch.records.at(-1);
          // Only what is checkpointed counts: what a member lost is read again by the next.
          if (last === undefined ? false : (await member.checkpoint(batch.partition, last.offset)) === 'ok') {
            for (const { key, body } of batch.records) done.set(key, [...(done.get(key) ?? []), Number(Buffer.from(body).toString())]);
          }
          if (batch.drained) drained.add(batch.partition);
          else drained.delete(batch.partition);
        }
      };
      const working = Promise.all(members.map(work));

      let published = 0;
      const publish = async (rounds: number): Promise<void> => {
        for (let i = 0; i < rounds; i++) {
          const results = await stream.publish(Array.from({ length: KEYS }, (_, key) => ({ key: `key-${key}`, body: Buffer.from(String(published)) })));
          assert.isTrue(results.every(({ status }) => status === 'appended'));
          published++;
        }
      };
      const middle = ({ HashKeyRange: range }: Shard): string => String((BigInt(range?.StartingHashKey ?? '0') + BigInt(range?.EndingHashKey ?? '0')) / 2n);

      await publish(10);
      await Promise.all([publish(20), reshard((client, [first]) => client.send(new SplitShardCommand({ StreamName: name, ShardToSplit: first?.ShardId, NewStartingHashKey: first === undefined ? '' : middle(first) })))]);
      await publish(10);
      await Promise.all([
        publish(20),
        reshard((client, shards) => {
          const [one, two] = [...shards].sort((a, b) => (BigInt(a.HashKeyRange?.StartingHashKey ?? '0') < BigInt(b.HashKeyRange?.StartingHashKey ?? '0') ? -1 : 1));
          return client.send(new MergeShardsCommand({ StreamName: name, ShardToMerge: one?.ShardId, AdjacentShardToMerge: two?.ShardId }));
        }),
      ]);
      await publish(10);

      const partitions = await stream.partitions();
      assert.lengthOf(partitions, 5, 'two, two children, and one of both');
      await eventually('everything was done', PATIENCE_MS, () => [...done.values()].reduce((sum, list) => sum + list.length, 0) >= published * KEYS);
      drained.clear();
      await eventually('every shard is told drained, closed ones too', PATIENCE_MS, () => partitions.every((partition) => drained.has(partition)));
      stop = true;
      await working;
      const all = Array.from({ length: published }, (_, i) => i);
      assert.equal(done.size, KEYS);
      for (const [key, numbers] of done) assert.deepEqual(numbers, all, key);
    });

    it('forty shards, read and written at once, make Node warn of nothing', async () => {
      const warnings: Error[] = [];
      const warn = (warning: Error): void => void warnings.push(warning);
      process.on('warning', warn);
      try {
        const stream = await start({ shards: 40, slots: 400, 'linger-ms': 0 });
        const member = await stream.consume(BOUNDS);
        await eventually('all are held', PATIENCE_MS, () => member.assignment().length === 40);
        const list = Array.from({ length: 2_000 }, (_, i) => ({ key: `key-${i}`, body: Buffer.from(String(i)) }));
        const publishing = Array.from({ length: 20 }, (_, i) => stream.publish(list.slice(i * 100, (i + 1) * 100)));
        let read = 0;
        await eventually('all is read', PATIENCE_MS, async () => {
          read += (await member.poll(100))?.records.length ?? 0;
          return read === list.length;
        });
        await Promise.all(publishing);
        await stream.close();
      } finally {
        process.removeListener('warning', warn);
      }
      assert.deepEqual(warnings.map(({ message }) => message), []);
    });

    it('who only publishes calls nothing but DescribeStreamSummary and PutRecords, where the stream is there', async () => {
      await (await start()).close();
      const before = gateway.calls.length;
      const stream = await start();
      await stream.publish([{ key: 'k', body: Buffer.from('a') }]);
      await stream.health();
      await stream.close();
      assert.deepEqual([...new Set(gateway.calls.slice(before).map(({ service, action }) => `${service}:${action}`))].sort(), ['kinesis:DescribeStreamSummary', 'kinesis:PutRecords']);
    });
  });
});
