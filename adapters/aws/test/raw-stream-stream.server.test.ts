import { randomBytes } from 'node:crypto';
import { CreateStreamCommand, DescribeStreamSummaryCommand, DeleteStreamCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { eventually, failsWith, testContext } from '@cave/conformance';
import type { RawStream } from '@cave/core';
import { AwsGateway, awsError, describeOnServer, type AwsAnswer, type AwsCall, type AwsHandler } from '@cave/test-servers';
import { assert } from 'chai';
import type { KinesisRawStreamOptions } from '../src/raw-stream-options.js';
import rawStream from '../src/raw-stream.js';
import { asKinesis, inStream, rawStreamOptions, removeStreams } from './support/kinesis.js';

const PATIENCE_MS = 15_000;

const changed = (answer: AwsAnswer, change: (told: Record<string, unknown>) => object): AwsAnswer => ({ ...answer, body: Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString()) as Record<string, unknown>))) });

describeOnServer('kinesis', 'the stream of Kinesis', (server) => {
  let gateway: AwsGateway;
  let name = '';
  let open: RawStream[] = [];

  beforeEach(async () => {
    gateway = await AwsGateway.start({ kinesis: server().url });
    name = `stream-${randomBytes(5).toString('hex')}`;
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((stream) => stream.close(AbortSignal.abort())));
    await gateway.close();
    await removeStreams(server().url, name);
  });

  const create = (changes: Partial<KinesisRawStreamOptions> = {}): RawStream => {
    const stream = rawStream.create(rawStreamOptions({ endpoint: gateway.url, stream: name, shards: 1, ...changes }), testContext());
    open.push(stream);
    return stream;
  };
  const start = async (changes: Partial<KinesisRawStreamOptions> = {}): Promise<RawStream> => {
    const stream = create(changes);
    await stream.start();
    return stream;
  };
  const on = (action: string, answer: (call: AwsCall, pass: Parameters<AwsHandler>[1]) => Promise<AwsAnswer | null>): (() => void) => gateway.handle((call, pass) => (call.action === action ? answer(call, pass) : pass()));
  const deny = (action: string): (() => void) => on(action, (call) => Promise.resolve(awsError(call, 'AccessDeniedException', 400, `User: cave is not authorized to perform: kinesis:${action}`)));
  const calls = (action: string): number => gateway.calls.filter((call) => call.action === action).length;
  const summary = () => asKinesis(server().url, async (client) => (await client.send(new DescribeStreamSummaryCommand({ StreamName: name }))).StreamDescriptionSummary);
  const make = (): Promise<unknown> => asKinesis(server().url, (client) => client.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 })));
  const remove = async (): Promise<void> => {
    await asKinesis(server().url, (client) => client.send(new DeleteStreamCommand({ StreamName: name })));
    await eventually('the stream is gone', PATIENCE_MS, () => summary().then(() => false, (error: Error) => error.name === 'ResourceNotFoundException'));
  };

  const createdAt = async (): Promise<number> => (await summary())?.StreamCreationTimestamp?.getTime() ?? 0;
  /** Times of creation are whole seconds; AWS takes longer to delete a stream, the emulator does not. */
  const makeAfter = (createdBefore: number): Promise<unknown> =>
    eventually('the stream is made in another second', PATIENCE_MS, async () => {
      await make();
      if ((await createdAt()) > createdBefore) return true;
      await remove();
      return false;
    });

  describe('at the start', () => {
    it('is made when it is missing, by one of two that start at once', async () => {
      const [one, two] = await Promise.all([start({ shards: 3 }), start({ shards: 3 })]);
      assert.equal(one.incarnation(), two.incarnation());
      assert.lengthOf(await one.partitions(), 3);
      assert.equal((await summary())?.OpenShardCount, 3);
    });

    it('is asked for in on-demand mode with 0 shards', async () => {
      let asked: Readonly<Record<string, unknown>> = {};
      on('CreateStream', async (call, pass) => {
        asked = call.input;
        return pass({ StreamName: name, ShardCount: 1 }); // the emulator knows provisioned streams only
      });
      await start({ shards: 0 });
      assert.deepEqual(asked, { StreamName: name, StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
    });

    it('missing, and not to be made with these credentials: one sentence says so', async () => {
      deny('CreateStream');
      await failsWith('configuration', 'start', () => start());
      const message = await start().then(() => '', (error: Error) => error.message);
      assert.match(message, new RegExp(`The Kinesis stream "${name}" is missing.*kinesis:CreateStream.*raw-stream\\.stream`));
    });

    it('not to be looked at: likewise', async () => {
      deny('DescribeStreamSummary');
      const message = await start().then(() => '', (error: Error) => error.message);
      assert.match(message, /allow kinesis:DescribeStreamSummary on the stream/);
    });

    it('there already, nothing but DescribeStreamSummary is needed', async () => {
      await make();
      deny('CreateStream');
      deny('IncreaseStreamRetentionPeriod');
      await start();
      assert.deepEqual([...new Set(gateway.calls.map(({ action }) => action))], ['DescribeStreamSummary']);
    });

    it('looks that AWS refuses, because there were too many, are taken again', async () => {
      let refused = 0;
      on('DescribeStreamSummary', (call, pass) => (refused++ < 3 ? Promise.resolve(awsError(call, 'LimitExceededException')) : pass()));
      await start();
      assert.isAbove(refused, 3);
    });

    it('keeps records as long as asked; where it may not be raised, a sentence says what to do', async () => {
      await start({ 'retention-hours': 72 });
      assert.equal((await summary())?.RetentionPeriodHours, 72);
      await start({ 'retention-hours': 24 });
      assert.equal((await summary())?.RetentionPeriodHours, 72, 'it is not lowered');
      deny('IncreaseStreamRetentionPeriod');
      const message = await start({ 'retention-hours': 168 }).then(() => '', (error: Error) => error.message);
      assert.match(message, /keeps records for 72 hours.*raise it, or set raw-stream\.retention-hours to 72/);
    });

    it('that distributes records by itself is refused, and makes a running service sick', async () => {
      const running = await start();
      on('DescribeStreamSummary', async (_, pass) => changed(await pass(), (told) => ({ StreamDescriptionSummary: { ...(told['StreamDescriptionSummary'] as object), RecordDistributionStrategy: 'AUTO' } })));
      await failsWith('configuration', 'start', () => start());
      assert.match((await running.health()).detail ?? '', /set its record distribution strategy to USER_PARTITION_KEY/);
    });

    it('out of reach is unavailable, and the same driver may be started again', async () => {
      const stream = create();
      const heal = gateway.handle(() => Promise.resolve(null));
      await failsWith('unavailable', 'start', () => stream.start());
      heal();
      await stream.start();
      assert.deepEqual(await stream.health(), { healthy: true });
    });
  });

  describe('its shards', () => {
    it('are all told, page by page', async () => {
      const stream = await start({ shards: 5 });
      on('ListShards', async (call, pass) => {
        const from = Number(call.input['NextToken'] ?? '0');
        if (from > 0 && call.input['StreamName'] !== undefined) return awsError(call, 'InvalidArgumentException', 400, 'NextToken and StreamName cannot be provided together.');
        return changed(await pass({ StreamName: name }), ({ Shards: shards }) => ({ Shards: (shards as object[]).slice(from, from + 2), ...(from + 2 < 5 && { NextToken: String(from + 2) }) }));
      });
      assert.lengthOf(new Set(await stream.partitions()), 5);
      assert.equal(calls('ListShards'), 3);
    });

    it('split under a publisher: children are told at once, the parent still, and each key goes on in one shard, in order', async () => {
      const stream = await start();
      const publish = async (from: number): Promise<void> => {
        for (let i = from; i < from + 60; i += 10) await stream.publish(Array.from({ length: 10 }, (_, j) => ({ key: `key-${j}`, body: Buffer.from(`${i + j}`) })));
      };
      await publish(0);
      const [parent = ''] = await stream.partitions();
      await asKinesis(server().url, (client) => client.send(new SplitShardCommand({ StreamName: name, ShardToSplit: parent, NewStartingHashKey: String(2n ** 127n) })));
      await eventually('the children are told', PATIENCE_MS, async () => (await stream.partitions()).length === 3);
      await publish(60);
      assert.include(await stream.partitions(), parent);
      const there = await inStream(server().url, name);
      assert.lengthOf(there, 120);
      const shards = new Map<string, Set<string>>();
      const last = new Map<string, number>();
      for (const { key, partition, text } of there) {
        if (partition !== parent) shards.set(key, (shards.get(key) ?? new Set()).add(partition));
        assert.isAbove(Number(text), last.get(key) ?? -1);
        last.set(key, Number(text));
      }
      assert.isTrue([...shards.values()].every(({ size }) => size === 1));
      assert.equal(new Set([...shards.values()].flatMap((some) => [...some])).size, 2, 'both children get some of ten keys');
    });
  });

  describe('deleted under a service', () => {
    it('shows in health and in what is told of a publish; made anew, it is another incarnation and serves', async () => {
      const stream = await start({ 'stream-refresh-ms': 200 });
      const before = stream.incarnation();
      const createdBefore = await createdAt();
      await remove();
      const [result] = await stream.publish([{ key: 'k', body: Buffer.from('a') }]);
      assert.ok(result?.status === 'not_appended' && result.error.code === 'unavailable');
      const health = await eventually('health is bad', PATIENCE_MS, async () => {
        const told = await stream.health();
        return told.healthy ? false : told;
      });
      assert.match(health.detail ?? '', new RegExp(`no Kinesis stream "${name}" any more`));
      await failsWith('unavailable', 'partitions', () => stream.partitions());
      await makeAfter(createdBefore);
      await eventually('health is good', PATIENCE_MS, async () => (await stream.health()).healthy);
      assert.notEqual(stream.incarnation(), before);
      assert.equal((await stream.publish([{ key: 'k', body: Buffer.from('b') }]))[0]?.status, 'appended');
      assert.deepEqual((await inStream(server().url, name)).map(({ text }) => text), ['b']);
    });

    it('and made anew between two looks: the next look tells', async () => {
      const stream = await start({ 'stream-refresh-ms': 200 });
      const before = stream.incarnation();
      const createdBefore = await createdAt();
      await remove();
      await makeAfter(createdBefore);
      await eventually('the incarnation is another', PATIENCE_MS, () => stream.incarnation() !== before);
    });
  });

  it('made anew while nobody looked: whoever asks for its shards is told of them under the new incarnation', async () => {
    const stream = await start({ 'stream-refresh-ms': 600_000 });
    const before = stream.incarnation();
    await stream.partitions();
    const createdBefore = await createdAt();
    await remove();
    await makeAfter(createdBefore);
    await eventually('the stream is active', PATIENCE_MS, async () => (await summary())?.StreamStatus === 'ACTIVE');
    assert.lengthOf(await stream.partitions(), 1);
    assert.notEqual(stream.incarnation(), before);
  });

  it('that lists no shard is unavailable, not a stream of which everything has been stored', async () => {
    const stream = await start();
    on('ListShards', async (_, pass) => changed(await pass(), () => ({ Shards: [] })));
    await failsWith('unavailable', 'partitions', () => stream.partitions());
  });

  describe('health', () => {
    it('is told to many who ask at once by one look, and a throttled look is no sickness', async () => {
      const stream = await start();
      const before = calls('DescribeStreamSummary');
      assert.isTrue((await Promise.all(Array.from({ length: 50 }, () => stream.health()))).every(({ healthy }) => healthy));
      assert.equal(calls('DescribeStreamSummary') - before, 1);
      on('DescribeStreamSummary', (call) => Promise.resolve(awsError(call, 'LimitExceededException')));
      await eventually('another look was taken', PATIENCE_MS, async () => {
        assert.deepEqual(await stream.health(), { healthy: true });
        return calls('DescribeStreamSummary') - before > 1;
      });
    });

    it('is bad within 2 s when nobody answers', async () => {
      const stream = await start();
      on('DescribeStreamSummary', () => new Promise(() => undefined));
      const health = await Promise.race([stream.health(), new Promise<null>((resolve) => setTimeout(resolve, 2_000, null))]);
      assert.match(health?.detail ?? '', /has not answered within/);
    });
  });
});
