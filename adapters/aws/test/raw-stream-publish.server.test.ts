import { randomBytes } from 'node:crypto';
import { eventually, testContext } from '@cave/conformance';
import type { AppendResult, RawStream, StreamRecord } from '@cave/core';
import { AwsGateway, awsError, describeOnServer, type AwsAnswer, type AwsCall, type AwsHandler } from '@cave/test-servers';
import { assert } from 'chai';
import { decodeAggregate } from '../src/aggregate.js';
import type { KinesisRawStreamOptions } from '../src/raw-stream-options.js';
import rawStream from '../src/raw-stream.js';
import { inStream, rawStreamOptions, removeStreams, type Found } from './support/kinesis.js';

const MIB = 1024 * 1024;
const PATIENCE_MS = 5_000;

interface Entry {
  readonly PartitionKey: string;
  readonly Data: string;
}

const entriesOf = (call: AwsCall): readonly Entry[] => call.input['Records'] as Entry[];
const bodiesOf = ({ Data: data }: Entry): readonly string[] => (decodeAggregate(Buffer.from(data, 'base64')) ?? []).map(({ body }) => Buffer.from(body).toString());
const json = (answer: object): AwsAnswer => ({ status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: Buffer.from(JSON.stringify(answer)) });
const records = (name: string, count: number, keys: number): StreamRecord[] => Array.from({ length: count }, (_, i) => ({ key: `key-${i % keys}`, body: Buffer.from(`${name}/${i}`) }));
const statuses = (results: readonly AppendResult[]): string[] => results.map((result) => (result.status === 'not_appended' ? `not_appended ${result.error.code}` : result.status));
const textOf = ({ body }: StreamRecord): string => Buffer.from(body).toString();
const numberOf = ({ text }: Found): number => Number(text.split('/')[1]);

describeOnServer('kinesis', 'publishing to Kinesis', (server) => {
  let gateway: AwsGateway;
  let name = '';
  let open: RawStream[] = [];

  beforeEach(async () => {
    gateway = await AwsGateway.start({ kinesis: server().url });
    name = `publish-${randomBytes(5).toString('hex')}`;
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((stream) => stream.close(AbortSignal.abort())));
    await gateway.close();
    await removeStreams(server().url, name);
  });

  const start = async (changes: Partial<KinesisRawStreamOptions> = {}): Promise<RawStream> => {
    const stream = rawStream.create(rawStreamOptions({ endpoint: gateway.url, stream: name, shards: 2, ...changes }), testContext());
    open.push(stream);
    await stream.start();
    return stream;
  };
  const found = (): Promise<readonly Found[]> => inStream(server().url, name);
  /** Answers PutRecords, by its number from 0; undefined: as the emulator does. */
  const onPut = (answer: (call: AwsCall, number: number, pass: Parameters<AwsHandler>[1]) => Promise<AwsAnswer | null> | undefined): void => {
    let number = 0;
    gateway.handle((call, pass) => (call.action === 'PutRecords' ? answer(call, number++, pass) : undefined) ?? pass());
  };
  const puts = (): readonly AwsCall[] => gateway.calls.filter(({ action }) => action === 'PutRecords');
  const underWay = (): Promise<unknown> => eventually('a call is under way', PATIENCE_MS, () => puts().length > 0);

  describe('what is told', () => {
    it('partition and offset of each record are those at which it is read', async () => {
      const stream = await start();
      const list = records('a', 500, 40);
      const told = await stream.publish(list);
      const there = new Map((await found()).map((one) => [one.text, one]));
      assert.equal(there.size, list.length);
      for (const [i, record] of list.entries()) {
        const result = told[i];
        const one = there.get(textOf(record));
        assert.ok(result?.status === 'appended' && one !== undefined);
        assert.deepEqual([result.partition, result.offset, record.key], [one.partition, one.offset, one.key]);
      }
    });

    it('records of one slot share Kinesis records, keys spread over the shards, and each key keeps to one', async () => {
      const stream = await start({ shards: 4 });
      assert.isTrue((await stream.publish(records('a', 1_000, 200))).every(({ status }) => status === 'appended'));
      assert.isAtMost(puts().reduce((sum, call) => sum + entriesOf(call).length, 0), 128);
      const shardsOfKey = new Map<string, Set<string>>();
      for (const { key, partition } of await found()) shardsOfKey.set(key, (shardsOfKey.get(key) ?? new Set()).add(partition));
      assert.isTrue([...shardsOfKey.values()].every((shards) => shards.size === 1));
      assert.equal(new Set([...shardsOfKey.values()].flatMap((shards) => [...shards])).size, 4);
    });
  });

  describe('what was told to have failed', () => {
    it('is sent again, it alone, and records with one key stay in order', async () => {
      const stream = await start();
      const taken: string[] = [];
      onPut((call, number, pass) => {
        const entries = entriesOf(call);
        // Another third of the Kinesis records is refused each time, six times over.
        const isRefused = (i: number): boolean => number < 6 && i % 3 !== number % 3;
        const passed = entries.filter((_, i) => !isRefused(i));
        taken.push(...passed.flatMap(bodiesOf));
        if (passed.length === entries.length) return undefined;
        return (async () => {
          const answers = passed.length === 0 ? [] : (JSON.parse((await pass({ ...call.input, Records: passed })).body.toString()) as { Records: object[] }).Records;
          return json({
            FailedRecordCount: entries.length - passed.length,
            Records: entries.map((_, i) =>
              isRefused(i) ? (i % 2 === 0 ? { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: `Rate exceeded for shard shardId-000000000000 in stream ${name} under account 000000000000.` } : { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal service failure.' }) : answers.shift(),
            ),
          });
        })();
      });
      const list = records('a', 400, 25);
      const results: AppendResult[] = [];
      const publishing: Promise<unknown>[] = [];
      for (let i = 0; i < list.length; i += 20) {
        publishing.push(stream.publish(list.slice(i, i + 20)).then((some) => results.push(...some)));
        await new Promise((resolve) => setImmediate(resolve)); // more comes in while calls are under way
      }
      await Promise.all(publishing);
      assert.isAtLeast(puts().length, 6);
      assert.isTrue(results.every(({ status }) => status === 'appended'));
      const there = await found();
      assert.deepEqual(there.map(({ text }) => text).sort(), list.map(textOf).sort(), 'each once');
      assert.deepEqual(taken.sort(), list.map(textOf).sort(), 'what was taken was sent no more');
      const last = new Map<string, number>();
      for (const one of there) {
        assert.isAbove(numberOf(one), last.get(one.key) ?? -1, one.key);
        last.set(one.key, numberOf(one));
      }
    });

    it('goes before what came in behind it', async () => {
      const stream = await start({ slots: 1 });
      let refuse = (): void => undefined;
      const held = new Promise<void>((resolve) => (refuse = resolve));
      onPut((call, number) => (number < 2 ? held.then(() => awsError(call, 'ProvisionedThroughputExceededException')) : undefined));
      const list = records('a', 6, 2);
      const publishing = list.slice(0, 3).map((record) => stream.publish([record]));
      await underWay();
      publishing.push(...list.slice(3).map((record) => stream.publish([record])));
      refuse();
      assert.isTrue((await Promise.all(publishing)).flat().every(({ status }) => status === 'appended'));
      assert.deepEqual((await found()).map(({ text }) => text), list.map(textOf));
    });

    it('a call that was throttled as a whole is sent again', async () => {
      const stream = await start();
      onPut((call, number) => (number < 3 ? Promise.resolve(awsError(call, ['ProvisionedThroughputExceededException', 'ThrottlingException', 'LimitExceededException'][number] ?? '')) : undefined));
      const list = records('a', 30, 1);
      assert.isTrue((await stream.publish(list)).every(({ status }) => status === 'appended'));
      assert.equal(puts().length, 4);
      assert.deepEqual((await found()).map(({ text }) => text), list.map(textOf));
    });

    it('is not_appended once it is too old: resource_exhausted, and nothing is there', async () => {
      const stream = await start({ 'delivery-timeout-ms': 1_000 });
      onPut((call) => Promise.resolve(awsError(call, 'ProvisionedThroughputExceededException')));
      assert.deepEqual([...new Set(statuses(await stream.publish(records('a', 30, 10))))], ['not_appended resource_exhausted']);
      assert.isAbove(puts().length, 1);
      assert.deepEqual(await found(), []);
    });

    it('is unavailable where nothing was sent, because nobody listens', async () => {
      const stream = await start({ 'delivery-timeout-ms': 1_000 });
      await gateway.close();
      assert.deepEqual(statuses(await stream.publish(records('a', 2, 2))), ['not_appended unavailable', 'not_appended unavailable']);
      gateway = await AwsGateway.start({}); // for the hook behind
    });

    it('is told at once where sending it again does not help', async () => {
      const stream = await start();
      onPut((call) => Promise.resolve(awsError(call, 'AccessDeniedException', 400, 'not authorized to perform: kinesis:PutRecords')));
      const [result] = await stream.publish(records('a', 1, 1));
      assert.ok(result?.status === 'not_appended' && result.error.code === 'unavailable');
      assert.match(result.error.message, /policy of these credentials does not allow it.*kinesis:PutRecords/);
      assert.equal(puts().length, 1);
    });
  });

  describe('what nobody knows', () => {
    /** The first call is done and its outcome lost; the second goes its way meanwhile. */
    const lost = async (answer: (call: AwsCall) => AwsAnswer | null): Promise<void> => {
      const stream = await start({ 'linger-ms': 0 });
      let seen: string[] = [];
      onPut((call, number, pass) => {
        if (number > 0) return undefined;
        seen = entriesOf(call).flatMap(bodiesOf);
        return pass().then(() => answer(call));
      });
      const list = records('a', 20, 20);
      const first = stream.publish(list.slice(0, 10));
      await underWay();
      const second = stream.publish(list.slice(10));
      const told = [...(await first), ...(await second)];
      assert.deepEqual(seen.sort(), list.slice(0, 10).map(textOf).sort());
      assert.deepEqual(statuses(told), list.map((_, i) => (i < 10 ? 'unknown' : 'appended')), 'unknown are those of that call, and no others');
      assert.isTrue(told.every((result) => result.status !== 'unknown' || result.error.code === 'unknown_outcome'));
      // Whatever would have been sent again has been by now: these go behind it.
      await stream.publish(records('b', 40, 40));
      assert.deepEqual((await found()).map(({ text }) => text).filter((text) => text.startsWith('a')).sort(), list.map(textOf).sort(), 'each is there once');
    };

    it('a connection that breaks before the answer: unknown, and nothing is sent again', () => lost(() => null));
    it('an internal error of the service: likewise', () => lost((call) => awsError(call, 'InternalFailure', 500)));
    it('a service that is unavailable: likewise', () => lost((call) => awsError(call, 'ServiceUnavailable', 503)));
    it("a proxy's page instead of an answer: likewise", () => lost(() => ({ status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>Welcome</html>') })));
    it('an answer that says nothing of the records: likewise', () => lost(() => json({ FailedRecordCount: 0, Records: [] })));

    it('an answer with fewer entries than records: unknown for the rest', async () => {
      const stream = await start();
      onPut(async (_, __, pass) => {
        const answer = JSON.parse((await pass()).body.toString()) as { Records: object[] };
        return json({ ...answer, Records: answer.Records.slice(0, 2) });
      });
      const list = records('a', 5, 5);
      const told = statuses(await stream.publish(list));
      assert.equal(puts().length, 1);
      assert.equal(told.filter((status) => status === 'appended').length, 2);
      assert.equal(told.filter((status) => status === 'unknown').length, 3);
      assert.equal((await found()).length, 5);
    });

    it('no answer at all: unknown when the request times out', async () => {
      const stream = await start({ 'request-timeout-ms': 1_000 });
      onPut(() => new Promise(() => undefined));
      assert.deepEqual(statuses(await stream.publish(records('a', 1, 1))), ['unknown']);
      assert.equal(puts().length, 1);
    });
  });

  describe('limits', () => {
    it('a call has at most 500 Kinesis records, and a slot one under way', async () => {
      const stream = await start({ slots: 1_500 });
      const busy = new Set<string>();
      let twice = 0;
      onPut((call, _, pass) => {
        const slots = entriesOf(call).map(({ PartitionKey: slot }) => slot);
        for (const slot of slots) {
          if (busy.has(slot)) twice++;
          busy.add(slot);
        }
        return pass().finally(() => slots.forEach((slot) => busy.delete(slot)));
      });
      const list = records('small', 6_000, 3_000);
      const told = await Promise.all([stream.publish(list.slice(0, 4_000)), stream.publish(list.slice(4_000))]);
      assert.isTrue(told.flat().every(({ status }) => status === 'appended'));
      for (const call of puts()) assert.isAtMost(entriesOf(call).length, 500);
      assert.isAbove(Math.max(...puts().map((call) => entriesOf(call).length)), 400, 'calls are filled');
      assert.equal(twice, 0);
      assert.equal((await found()).length, list.length);
    });

    it('a call has at most 5 MiB, and a Kinesis record at most 1 MiB', async () => {
      const stream = await start();
      const list = Array.from({ length: 24 }, (_, i) => ({ key: `key-${i}`, body: Buffer.alloc(MIB / 2 - 100, i) }));
      assert.isTrue((await stream.publish(list)).every(({ status }) => status === 'appended'));
      const sizes = puts().map((call) => entriesOf(call).map(({ PartitionKey: key, Data: data }) => key.length + Buffer.from(data, 'base64').length));
      assert.isAtMost(Math.max(...sizes.flat()), MIB);
      const calls = sizes.map((some) => some.reduce((sum, size) => sum + size, 0));
      assert.isAtMost(Math.max(...calls), 5 * MIB);
      assert.isAbove(Math.max(...calls), 4 * MIB, 'calls are filled');
      assert.equal((await found()).length, list.length);
    });

    it('what waits is bounded: beyond it resource_exhausted, and room comes back', async () => {
      const stream = await start({ slots: 4 });
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      onPut((_, number, pass) => (number < 4 ? held.then(() => pass()) : undefined));
      const body = Buffer.alloc(MIB - 2_000);
      const publishing = Array.from({ length: 70 }, (_, i) => stream.publish([{ key: `key-${i}`, body }]));
      const over = (await Promise.race(publishing.slice(-1))) ?? [];
      assert.deepEqual(statuses(over), ['not_appended resource_exhausted']);
      release();
      const told = (await Promise.all(publishing)).flatMap(statuses);
      assert.isAtLeast(told.filter((status) => status === 'appended').length, 60);
      assert.deepEqual(statuses(await stream.publish([{ key: 'k', body }])), ['appended']);
    });
  });

  describe('signals and close', () => {
    const holding = async (): Promise<RawStream> => {
      const stream = await start({ slots: 1 });
      onPut(() => new Promise(() => undefined));
      return stream;
    };

    it('a publish settles with aborted when its signal fires', async () => {
      const stream = await holding();
      const control = new AbortController();
      const publishing = stream.publish(records('a', 1, 1), control.signal).then(() => 'settled', (error: { code: string }) => error.code);
      await underWay();
      control.abort();
      assert.equal(await publishing, 'aborted');
    });

    it('close lets finish what was taken; when patience ends, what is under way is unknown and what waits not appended', async () => {
      const stream = await holding();
      const first = stream.publish(records('a', 1, 1));
      await underWay();
      const second = stream.publish(records('b', 1, 1));
      const patience = new AbortController();
      const closing = stream.close(patience.signal);
      patience.abort();
      await closing;
      assert.deepEqual(statuses(await first), ['unknown']);
      assert.deepEqual(statuses(await second), ['not_appended unavailable']);
    });

    it('close waits for what lingers', async () => {
      const stream = await start({ 'linger-ms': 1_000 });
      const publishing = stream.publish(records('a', 3, 3));
      await stream.close();
      assert.deepEqual(statuses(await publishing), ['appended', 'appended', 'appended']);
    });
  });
});
