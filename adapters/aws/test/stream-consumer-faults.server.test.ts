import { DeleteTableCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { eventually, failsWith, systemClock } from '@cave/conformance';
import type { Clock, StreamConsumer } from '@cave/core';
import { AwsGateway, awsError, describeOnServer, testServer, type AwsAnswer, type AwsCall, type AwsHandler, type TestServer } from '@cave/test-servers';
import { expect } from 'chai';
import { bodiesOf, holds, LEASE_MS, listening, PATIENCE_MS, readUntil, records, TestStream, text } from './support/shards.js';

const HOUR_MS = 3_600_000;
const changed = async (pass: () => Promise<AwsAnswer>, change: (answer: Record<string, any>) => object): Promise<AwsAnswer> => {
  const answer = await pass();
  return { ...answer, body: Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString())))) };
};
const only = (action: string, handler: AwsHandler): AwsHandler => (call, pass) => (call.action === action ? handler(call, pass) : pass());

describeOnServer('kinesis', 'a consumer while Kinesis or DynamoDB misbehave', (kinesis) => {
  let dynamo: TestServer;
  let gateway: AwsGateway;
  let stream: TestStream;
  before(async () => {
    dynamo = await testServer('dynamodb');
  });
  after(() => dynamo.stop());
  beforeEach(async () => {
    gateway = await AwsGateway.start({ kinesis: kinesis().url, dynamodb: dynamo.url });
    stream = await new TestStream(gateway.url, gateway.url).create(1);
  });
  afterEach(async () => {
    await stream.close();
    await gateway.close();
  });
  const count = (action: string): number => gateway.calls.filter((call: AwsCall) => call.action === action).length;
  const all = (consumer: StreamConsumer, number: number) => readUntil(consumer, (batches) => bodiesOf(batches).length >= number);

  it('goes on behind an iterator that has expired, without a gap and without a repetition', async () => {
    await stream.put(records('a', 5));
    const consumer = await stream.join();
    await all(consumer, 5);
    let expired = 0;
    gateway.handle(only('GetRecords', async (call, pass) => (++expired % 2 === 1 ? awsError(call, 'ExpiredIteratorException') : pass())));
    await stream.put(records('b', 5));
    expect(bodiesOf(await all(consumer, 5))).to.deep.equal(records('b', 5).map(text));
    await eventually('it read on', PATIENCE_MS, async () => {
      expect((await consumer.poll(1))?.records ?? []).to.deep.equal([]);
      return expired >= 6;
    });
  });

  it('reads more slowly where a shard pushes back, and says nothing of it when it passes', async () => {
    await stream.put(records('a', 20));
    const { logger, lines } = listening();
    let refused = 0;
    const end = gateway.handle(only('GetRecords', async (call, pass) => (++refused <= 3 ? awsError(call, 'ProvisionedThroughputExceededException') : pass())));
    const consumer = await stream.join({ logger });
    await readUntil(consumer, (batches) => bodiesOf(batches).length === 20).catch(() => undefined);
    end();
    expect(lines.filter(({ level }) => level === 'warn' || level === 'error')).to.deep.equal([]);
    expect(refused).to.be.at.least(4);
  });

  it('says that nothing is drained while Kinesis says that it is behind, also with empty answers', async () => {
    const consumer = await stream.join();
    let behindMs = 5_000;
    gateway.handle(only('GetRecords', (_, pass) => changed(pass, (answer) => ({ ...answer, MillisBehindLatest: behindMs }))));
    let idle = false;
    const polled = eventually('a poll', PATIENCE_MS, async () => (await consumer.poll(1)) ?? false).then((batch) => {
      idle = true;
      return batch;
    });
    await eventually('several reads', PATIENCE_MS, () => count('GetRecords') >= 4);
    expect(idle).to.equal(false);
    behindMs = 0;
    const batch = await polled;
    expect(batch.drained && batch.records.length === 0).to.equal(true);
  });

  it('gives its shard up when leases cannot be renewed, and takes it again: one line when sick, one when well', async () => {
    await stream.put(records('a', 4));
    const { logger, lines, count: told } = listening();
    const consumer = await stream.join({ logger });
    await readUntil(consumer, (batches) => bodiesOf(batches).length === 4, false);
    const heal = gateway.handle(async (call, pass) => (call.service === 'dynamodb' ? awsError(call, 'InternalServerError', 500) : pass()));
    await eventually('it holds nothing', PATIENCE_MS, () => consumer.assignment().length === 0);
    await eventually('it says so', PATIENCE_MS, () => consumer.trouble !== null);
    await failsWith('unavailable', 'a poll', () => consumer.poll(1));
    heal();
    await holds(consumer, 1);
    expect(bodiesOf(await all(consumer, 4))).to.have.length(4);
    await eventually('all is well', PATIENCE_MS, () => consumer.trouble === null);
    for (const what of ['renewing leases', 'sharing out shards']) {
      const about = lines.filter(({ fields }) => fields['what'] === what).map(({ event }) => event);
      expect(about).to.deep.equal(['raw_stream_troubled', 'raw_stream_recovered'], what);
    }
    expect(told('shard_lost')).to.equal(1);
  });

  it('keeps its shard while DynamoDB pushes back for a moment, and says nothing of it', async () => {
    await stream.put(records('a', 4));
    const { logger, lines, count: told } = listening();
    const consumer = await stream.join({ logger, leaseMs: 6_000 });
    await all(consumer, 4);
    const refused = new Map<string, number>();
    gateway.handle(async (call, pass) => {
      const number = (refused.get(call.action) ?? 0) + 1;
      refused.set(call.action, number);
      return call.service === 'dynamodb' && number <= 2 ? awsError(call, number === 1 ? 'ProvisionedThroughputExceededException' : 'ThrottlingException') : pass();
    });
    await eventually('leases are renewed and listed again', PATIENCE_MS, () => (refused.get('UpdateItem') ?? 0) >= 3 && (refused.get('Query') ?? 0) >= 3);
    expect(consumer.assignment()).to.have.length(1);
    expect(told('shard_lost')).to.equal(0);
    expect(lines.filter(({ level }) => level === 'warn' || level === 'error')).to.deep.equal([]);
  });

  it('goes on by itself once Kinesis is back', async () => {
    await stream.put(records('a', 2));
    const { logger, lines } = listening();
    const consumer = await stream.join({ logger });
    await all(consumer, 2);
    const heal = gateway.handle(async (call, pass) => (call.service === 'kinesis' ? null : pass()));
    await eventually('a poll says it', PATIENCE_MS, async () => {
      await failsWith('unavailable', 'a poll', () => consumer.poll(1));
      return true;
    });
    heal();
    await stream.put(records('b', 2));
    const read: string[] = [];
    await eventually('the rest is read', PATIENCE_MS, async () => {
      read.push(...bodiesOf([await consumer.poll(100)].filter((batch) => batch !== null)));
      return read.length === 2;
    });
    await eventually('it says that it is well', PATIENCE_MS, () => consumer.trouble === null);
    const reading = lines.filter(({ fields }) => String(fields['what']).startsWith('reading')).map(({ event }) => event);
    expect(reading).to.deep.equal(['raw_stream_troubled', 'raw_stream_recovered']);
  });

  it('repeats a checkpoint whose answer was lost', async () => {
    await stream.put(records('a', 3));
    const consumer = await stream.join({ leaseMs: 60_000 });
    const batches = await readUntil(consumer, (read) => bodiesOf(read).length === 3, false);
    const last = batches.flatMap((batch) => batch.records).at(-1)?.offset ?? 0n;
    const [shard = ''] = consumer.assignment();
    const heal = gateway.handle(only('UpdateItem', async (_, pass) => {
      await pass();
      return null;
    }));
    await failsWith('unknown_outcome', 'a checkpoint without an answer', () => consumer.checkpoint(shard, last));
    heal();
    expect(await consumer.checkpoint(shard, last)).to.equal('ok');
    await consumer.close();
    await stream.put(records('b', 1));
    expect(bodiesOf(await all(await stream.join(), 1))).to.deep.equal(['b/0']);
  });

  it('makes the table anew when somebody deleted it, says so once, and reads from the oldest record', async () => {
    await stream.put(records('a', 3));
    const { logger, count: told } = listening();
    const consumer = await stream.join({ logger });
    await all(consumer, 3);
    await stream.dynamo.send(new DeleteTableCommand({ TableName: stream.table }));
    expect(bodiesOf(await all(consumer, 3)).slice(0, 3)).to.deep.equal(records('a', 3).map(text));
    await stream.put(records('b', 1));
    expect(bodiesOf(await all(consumer, 1)).at(-1)).to.equal('b/0');
    expect(told('lease_table_missing')).to.equal(1);
  });

  it('holds nothing any more after it stood still for as long as a lease lasts, and its checkpoint is refused', async () => {
    await stream.put(records('a', 3));
    let aheadMs = 0;
    const clock: Clock = { nowMs: () => systemClock.nowMs(), monotonicMs: () => systemClock.monotonicMs() + aheadMs };
    const consumer = await stream.join({ clock, leaseMs: 60_000 });
    const batches = await readUntil(consumer, (read) => bodiesOf(read).length === 3, false);
    const [batch] = batches;
    aheadMs = 60_000;
    expect(consumer.assignment()).to.deep.equal([]);
    expect(await consumer.checkpoint(batch?.partition ?? '', batch?.records.at(-1)?.offset ?? 0n)).to.equal('lost');
  });

  it('moves at once to a stream that was made anew under the same name, and inherits nothing from the old one', async () => {
    await stream.put(records('old', 3));
    const consumer = await stream.join();
    const [before] = await all(consumer, 3);
    await stream.recreate(1);
    await stream.put(records('new', 2));
    const read: { readonly incarnation: string; readonly bodies: readonly string[] }[] = [];
    await eventually('the new stream is read', PATIENCE_MS, async () => {
      const batch = await consumer.poll(100);
      if (batch !== null && batch.records.length > 0) read.push({ incarnation: batch.incarnation, bodies: batch.records.map(text) });
      return read.flatMap(({ bodies }) => bodies).length >= 2;
    });
    expect(read.flatMap(({ bodies }) => bodies)).to.deep.equal(['new/0', 'new/1']);
    expect(read[0]?.incarnation).to.not.equal(before?.incarnation);
  });

  describe('one of whose shards has expired', () => {
    let aheadMs = 0;
    const clock: Clock = { nowMs: () => systemClock.nowMs(), monotonicMs: () => systemClock.monotonicMs() + aheadMs };
    /** The parent is not listed any more, and a minute later that is certain. */
    async function expire(): Promise<void> {
      gateway.handle(only('ListShards', (_, pass) => changed(pass, ({ Shards }) => ({ Shards: Shards.filter(({ ShardId }: { ShardId: string }) => ShardId !== 'shardId-000000000000') }))));
      const before = count('ListShards');
      await eventually('it was not listed', PATIENCE_MS, () => count('ListShards') >= before + 3);
      expect(await leased()).to.include('shardId-000000000000', 'one answer may be an old one');
      aheadMs = 61_000;
      await eventually('its lease is gone', PATIENCE_MS, async () => !(await leased()).includes('shardId-000000000000'));
    }
    const leased = async (): Promise<readonly string[]> => (await stream.leases()).map((lease) => lease['item']?.S ?? '');
    beforeEach(() => {
      aheadMs = 0;
    });

    it('holds it no more, and says nothing when all of it was done', async () => {
      const { logger, lines } = listening();
      const consumer = await stream.join({ logger, clock });
      await stream.split('shardId-000000000000');
      await readUntil(consumer, () => consumer.assignment().length === 3);
      await expire();
      await holds(consumer, 2);
      expect(lines.filter(({ level }) => level === 'warn' || level === 'error')).to.deep.equal([]);
    });

    it('reads its children, and says that it was not read to its end', async () => {
      const { logger, count: told } = listening();
      await stream.put(records('a', 3));
      const consumer = await stream.join({ logger, clock });
      await readUntil(consumer, (batches) => bodiesOf(batches).length === 3, false);
      await stream.split('shardId-000000000000');
      await stream.put(records('b', 6, 6));
      await expire();
      expect(bodiesOf(await readUntil(consumer, (batches) => bodiesOf(batches).length === 6)).sort()).to.deep.equal(records('b', 6).map(text));
      expect(told('shard_expired_unread')).to.equal(1);
    });
  });

  describe('whose position has expired', () => {
    /** A stream that is younger than the time it keeps records for has lost nothing to anybody. */
    const pretendOld = (): void => void gateway.handle(only('DescribeStreamSummary', (_, pass) => changed(pass, ({ StreamDescriptionSummary: summary }) => ({ StreamDescriptionSummary: { ...summary, StreamCreationTimestamp: 1_500_000_000 } }))));

    /** As if the group had stopped for this long behind the first three of six records, and those and the next had expired. */
    async function away(hours: number, oldestHours: number): Promise<{ consumer: () => ReturnType<TestStream['join']>; log: ReturnType<typeof listening> }> {
      await stream.put(records('a', 3));
      const first = await stream.join();
      await all(first, 3);
      const [shard = ''] = first.assignment();
      await first.close();
      await stream.put(records('b', 3));
      await stream.dynamo.send(
        new UpdateItemCommand({
          TableName: stream.table,
          Key: { scope: { S: `group:g:${await stream.incarnation()}` }, item: { S: shard } },
          UpdateExpression: 'SET doneUpToMs = :then',
          ExpressionAttributeValues: { ':then': { N: String(Date.now() - hours * HOUR_MS) } },
        }),
      );
      gateway.handle(only('GetRecords', (_, pass) => changed(pass, ({ Records, ...rest }) => ({
        ...rest,
        Records: Records.filter(({ Data }: { Data: string }) => /b\/[12]$/.test(Buffer.from(Data, 'base64').toString())).map((record: object) => ({ ...record, ApproximateArrivalTimestamp: (Date.now() - oldestHours * HOUR_MS) / 1000 })),
      }))));
      const log = listening();
      return { consumer: () => stream.join({ logger: log.logger }), log };
    }

    it('has lost nothing when it had read everything within the time that records are kept', async () => {
      const { consumer, log } = await away(23, 23);
      expect(bodiesOf(await all(await consumer(), 2))).to.deep.equal(['b/1', 'b/2']);
      expect(log.count('position_expired')).to.equal(0);
    });

    it('is told of the loss by every poll, with shard and oldest offset, until it seeks', async () => {
      pretendOld();
      const { consumer } = await away(48, 23.9);
      const reader = await consumer();
      const loss = await failsWith('data_loss', 'a poll', () => reader.poll(PATIENCE_MS));
      expect(loss.details['partition']).to.equal('shardId-000000000000');
      await failsWith('data_loss', 'another poll', () => reader.poll(PATIENCE_MS));
      await reader.seek(String(loss.details['partition']), BigInt(String(loss.details['oldest'])));
      expect(bodiesOf(await all(reader, 2))).to.deep.equal(['b/1', 'b/2']);
    });

    it('is told of it too where Kinesis answers with nothing, for ever, instead of with the oldest record', async () => {
      pretendOld();
      const { consumer } = await away(48, 23.9);
      let type = '';
      gateway.handle(only('GetShardIterator', (call, pass) => {
        type = String(call.input['ShardIteratorType']);
        return pass();
      }));
      gateway.handle(only('GetRecords', (_, pass) => changed(pass, (answer) => (type === 'TRIM_HORIZON' ? answer : { ...answer, Records: [], MillisBehindLatest: 24 * HOUR_MS }))));
      const reader = await consumer();
      await failsWith('data_loss', 'a poll', () => reader.poll(PATIENCE_MS));
    });

    it('writes it to the log where the shard was silent, so that perhaps nothing was lost', async () => {
      pretendOld();
      const { consumer, log } = await away(48, 1);
      expect(bodiesOf(await all(await consumer(), 2))).to.deep.equal(['b/1', 'b/2']);
      expect(log.count('position_expired')).to.equal(1);
    });
  });

  it('leaves the shards of one that vanished to others once its leases have expired, and not before', async () => {
    const vanished = await stream.join({ leaseMs: LEASE_MS });
    expect(vanished.assignment()).to.have.length(1);
    let gone = false;
    // All that the first member sends is lost from now on: to others it is dead.
    const owner = (await stream.leases())[0]?.['owner']?.S ?? '';
    gateway.handle(async (call, pass) => (call.service === 'dynamodb' && gone && JSON.stringify(call.input).includes(owner) ? awsError(call, 'InternalServerError', 500) : pass()));
    gone = true;
    const began = performance.now();
    const second = await stream.join({ leaseMs: LEASE_MS });
    expect(second.assignment()).to.deep.equal([]);
    await holds(second, 1);
    expect(performance.now() - began).to.be.at.least(LEASE_MS);
    expect(vanished.assignment()).to.deep.equal([]);
  });
});
