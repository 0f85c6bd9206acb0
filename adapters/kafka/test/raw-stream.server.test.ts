import { randomBytes } from 'node:crypto';
import { eventually, failsWith, spawnAdapter, testContext } from '@cave/conformance';
import { type ConsumedBatch, type RawStream, type StreamConsumer } from '@cave/core';
import { describeOnServer, type Cuttable } from '@cave/test-servers';
import { expect } from 'chai';
import type { KafkaRawStreamOptions } from '../src/options.js';
import rawStream from '../src/raw-stream.js';
import { asAdmin, brokersOf, deleteRecords, isOurs, rawStreamOptions } from './support/kafka.js';

const PATIENCE_MS = 60_000;
const GROUP = { group: 'g', maxRecords: 100, maxBytes: 1_000_000 };
const keyed = (name: string, count: number): { key: string; body: Buffer }[] => Array.from({ length: count }, (_, i) => ({ key: `${name}-${i}`, body: Buffer.from(`${name}/${i}`) }));

describeOnServer('kafka', 'what only Kafka has, in the raw stream', (server) => {
  let topic = '';
  let open: RawStream[] = [];
  let consumers: StreamConsumer[] = [];

  beforeEach(() => {
    topic = `only-${randomBytes(5).toString('hex')}`;
    open = [];
    consumers = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((stream) => stream.close(AbortSignal.abort())));
  });

  const create = (changes: Partial<KafkaRawStreamOptions> = {}): RawStream => {
    const stream = rawStream.create(rawStreamOptions({ brokers: brokersOf(server().url), topic, partitions: 1, ...changes }), testContext());
    open.push(stream);
    return stream;
  };
  const start = async (changes: Partial<KafkaRawStreamOptions> = {}): Promise<RawStream> => {
    const stream = create(changes);
    await stream.start();
    return stream;
  };
  const consume = async (stream: RawStream): Promise<StreamConsumer> => {
    const consumer = await stream.consume(GROUP);
    consumers.push(consumer);
    return consumer;
  };
  const publish = async (stream: RawStream, list: { key: string; body: Buffer }[]): Promise<void> => {
    for (const result of await stream.publish(list)) expect(result.status).to.equal('appended');
  };
  /** Reads until `count` records came. */
  const take = async (consumer: StreamConsumer, count: number): Promise<ConsumedBatch[]> => {
    const batches: ConsumedBatch[] = [];
    await eventually(`${count} records are read`, PATIENCE_MS, async () => {
      const batch = await consumer.poll(100);
      if (batch !== null && batch.records.length > 0) batches.push(batch);
      return batches.reduce((sum, { records }) => sum + records.length, 0) >= count;
    });
    return batches;
  };
  const holds = (consumer: StreamConsumer, count: number): Promise<unknown> => eventually(`${count} partitions are held`, PATIENCE_MS, () => consumer.assignment().length === count);
  const way = (): Cuttable => {
    const { cuttable } = server();
    if (cuttable === null) throw new Error('This server cannot be cut off.');
    return cuttable;
  };
  const endOf = async (): Promise<number> => asAdmin(server(), async (admin) => (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0));
  const itIfOurs = (title: string, body: () => Promise<void>): void => {
    if (isOurs) it(title, body);
    else it(`${title} [not proven: the server that CAVE_TEST_KAFKA_URL names is not ours to break]`);
  };

  describe('the topic', () => {
    const makeTopic = (settings: Record<string, string>, numPartitions = 1): Promise<unknown> =>
      asAdmin(server(), (admin) => admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions, configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })) }] }));
    const good = { 'flush.messages': '1' };

    it('is made so that it flushes a single copy, keeps records as long as asked and takes the largest', async () => {
      await start({ 'retention-hours': 2 });
      const { resources } = await asAdmin(server(), (admin) => admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: topic }] }));
      const value = (name: string): unknown => resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue;
      expect([value('cleanup.policy'), value('flush.messages'), value('min.insync.replicas'), value('retention.ms')]).to.deep.equal(['delete', '1', '1', '7200000']);
      expect(Number(value('max.message.bytes'))).to.be.greaterThan(1_000_000);
    });

    for (const { title, settings, says } of [
      { title: 'that is compacted', settings: { ...good, 'cleanup.policy': 'compact' }, says: 'cleanup.policy=delete' },
      { title: 'that forgets too early', settings: { ...good, 'retention.ms': '60000' }, says: 'retention-hours' },
      { title: 'that takes only small messages', settings: { ...good, 'max.message.bytes': '5000' }, says: 'max.message.bytes=1016384' },
      { title: 'that may lose what was acknowledged', settings: { ...good, 'unclean.leader.election.enable': 'true' }, says: 'unclean.leader.election.enable=false' },
      { title: 'that acknowledges what is not on disk', settings: { 'flush.messages': '1000' }, says: 'flush.messages=1' },
    ]) {
      it(`${title} is refused with what to do`, async () => {
        await makeTopic(settings);
        const { message } = await failsWith('configuration', 'start', () => create().start());
        expect(message).to.include(`"${topic}"`).and.to.include(brokersOf(server().url)).and.to.include(says);
      });
    }

    it('with fewer partitions than asked for is refused, and one with more is used whole', async () => {
      await makeTopic(good, 3);
      const { message } = await failsWith('configuration', 'start', () => create({ partitions: 4 }).start());
      expect(message).to.include('has 3 partition(s)').and.to.include('set partitions to 3');
      const stream = await start({ partitions: 2 });
      expect(await stream.partitions()).to.deep.equal(['0', '1', '2']);
    });

    it('gets partitions while running: they are published to, held and read', async () => {
      const stream = await start({ partitions: 2 });
      const consumer = await consume(stream);
      await holds(consumer, 2);
      await publish(stream, keyed('before', 20));
      await asAdmin(server(), (admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] }));
      await holds(consumer, 5);
      await publish(stream, keyed('after', 50));
      const batches = await take(consumer, 70);
      expect(new Set(batches.map(({ partition }) => partition)).size).to.equal(5);
      expect(new Set(batches.flatMap(({ records }) => records.map(({ body }) => Buffer.from(body).toString()))).size).to.equal(70);
    });

    it('that is deleted and made anew is another incarnation, read from its beginning, and the old checkpoint is lost', async () => {
      const stream = await start();
      const consumer = await consume(stream);
      await publish(stream, keyed('old', 10));
      const [old] = await take(consumer, 10);
      if (old === undefined) throw new Error('Nothing was read.');
      expect(await consumer.checkpoint('0', 4n)).to.equal('ok');
      await asAdmin(server(), (admin) => admin.deleteTopics({ topics: [topic] }));
      await eventually('health says that the topic is gone', PATIENCE_MS, async () => (await stream.health()).detail?.includes(`no topic "${topic}"`) === true);
      await makeTopic({ ...good, 'max.message.bytes': '2000000' });
      await eventually('another incarnation', PATIENCE_MS, async () => (await stream.health()).healthy && stream.incarnation() !== old.incarnation);
      await publish(stream, keyed('new', 3));
      const batches = await take(consumer, 3);
      expect(batches.map(({ incarnation }) => incarnation)).to.deep.equal(batches.map(() => stream.incarnation()));
      expect(batches[0]?.records[0]?.offset).to.equal(0n);
      expect(await consumer.checkpoint('0', 9n), 'a checkpoint of the deleted topic').to.equal('lost');
      expect((await stream.positions('g')).map(({ checkpoint, lag }) => [checkpoint, lag])).to.deep.equal([[null, 3]]);
      expect(await consumer.checkpoint('0', 1n)).to.equal('ok');
      expect((await stream.positions('g')).map(({ checkpoint, lag }) => [checkpoint, lag])).to.deep.equal([[2n, 1]]);
    });

    it('whose records were deleted before they were read is data loss, told loudly, and seek to what is left goes on', async () => {
      const stream = await start();
      await publish(stream, keyed('a', 10));
      const first = await consume(stream);
      await take(first, 10);
      expect(await first.checkpoint('0', 2n)).to.equal('ok');
      await first.close();
      await deleteRecords(server(), topic, '7');
      const second = await consume(stream);
      await holds(second, 1);
      const { message } = await failsWith('data_loss', 'poll', () => second.poll(10_000));
      expect(message).to.include('begins at offset 7').and.to.include('3');
      await failsWith('data_loss', 'poll again', () => second.poll(1));
      await failsWith('data_loss', 'seek to what was deleted', () => second.seek('0', 6n));
      await second.seek('0', 7n);
      expect((await take(second, 3)).flatMap(({ records }) => records.map(({ offset }) => offset))).to.deep.equal([7n, 8n, 9n]);
      expect((await stream.positions('g'))[0]?.lag, 'what was deleted does not wait any more').to.equal(3);
    });
  });

  describe('the group', () => {
    it('goes on without a member that was frozen, whose late checkpoint is lost and which joins again', async () => {
      const stream = await start({ partitions: 2 });
      await publish(stream, keyed('a', 40));
      const remote = await spawnAdapter<RawStream>(import.meta.resolve('../src/raw-stream.js'), rawStreamOptions({ brokers: brokersOf(server().url), topic, partitions: 2 }));
      try {
        const frozen = await remote.driver.consume(GROUP);
        let last: { partition: string; offset: bigint } | null = null;
        await eventually('it read something', PATIENCE_MS, async () => {
          const batch = await frozen.poll(100);
          const record = batch?.records.at(-1);
          if (batch !== null && record !== undefined) last = { partition: batch.partition, offset: record.offset };
          return last !== null;
        });
        const read = last as unknown as { partition: string; offset: bigint };
        remote.freeze();
        const other = await consume(stream);
        await holds(other, 2);
        expect((await take(other, 40)).flatMap(({ records }) => records).length).to.equal(40);
        remote.thaw();
        expect(await frozen.checkpoint(read.partition, read.offset)).to.equal('lost');
        expect((await stream.positions('g')).map(({ checkpoint }) => checkpoint)).to.deep.equal([null, null]);
        await holds(other, 1);
      } finally {
        await remote.kill();
      }
    });

    it('keeps what a member holds through a rebalance: nothing that was handed out comes again to it', async () => {
      const stream = await start({ partitions: 4 });
      await publish(stream, keyed('a', 80));
      const first = await consume(stream);
      const before = await take(first, 80);
      const second = await consume(stream);
      await holds(second, 2);
      const kept = first.assignment();
      expect(kept).to.have.length(2);
      for (let i = 0; i < 4; i++) expect((await first.poll(50))?.records).to.deep.equal([]);
      for (const { partition, records } of before) {
        const offset = records.at(-1)?.offset ?? 0n;
        expect(await first.checkpoint(partition, offset)).to.equal(kept.includes(partition) ? 'ok' : 'lost');
      }
    });

    it('is the stream\'s own: two topics with one group\'s name do not share members', async () => {
      const one = await consume(await start({ partitions: 2 }));
      const two = await consume(await start({ topic: `${topic}-two`, partitions: 2 }));
      await Promise.all([holds(one, 2), holds(two, 2)]);
    });

    it('refuses a session that the brokers do not allow, naming the option', async () => {
      const stream = await start({ 'session-timeout-ms': 1_000 });
      const { message } = await failsWith('configuration', 'consume', () => stream.consume(GROUP));
      expect(message).to.include('session-timeout-ms');
    });
  });

  describe('the fate of an append', () => {
    const impatient = { 'delivery-timeout-ms': 3_000, 'request-timeout-ms': 1_000 };

    itIfOurs('whose answer was lost: repeated by the same bytes, appended once', async () => {
      const stream = await start({ brokers: brokersOf(way().url) });
      await publish(stream, keyed('before', 1));
      const heal = await way().loseAnswers();
      const published = stream.publish(keyed('lost', 5));
      await eventually('it is in the topic', PATIENCE_MS, async () => (await endOf()) === 6);
      await heal();
      expect((await published).map((result) => result.status)).to.deep.equal(Array(5).fill('appended'));
      await publish(stream, keyed('after', 5));
      expect(await endOf()).to.equal(11);
    });

    itIfOurs('whose answers stay lost is unknown, and what is published next is whole', async () => {
      const stream = await start({ brokers: brokersOf(way().url), ...impatient });
      await publish(stream, keyed('before', 1));
      const heal = await way().loseAnswers();
      const [result] = await stream.publish(keyed('lost', 1));
      expect(result?.status === 'unknown' && result.error.code).to.equal('unknown_outcome');
      await heal();
      const known = await endOf();
      expect(known).to.equal(2);
      await publish(stream, keyed('after', 1));
      expect(await endOf()).to.equal(known + 1);
    });

    itIfOurs('that never left is not appended', async () => {
      const stream = await start({ brokers: brokersOf(way().url), ...impatient });
      await publish(stream, keyed('before', 1));
      const heal = await way().cut();
      const [result] = await stream.publish(keyed('cut', 1));
      expect(result?.status === 'not_appended' && result.error.code).to.equal('unavailable');
      await heal();
      expect(await endOf()).to.equal(1);
    });

    it('is the same with and without gzip', async () => {
      const body = Buffer.alloc(100_000, 'metrics ');
      for (const compression of ['none', 'gzip'] as const) {
        const stream = await start({ topic: `${topic}-${compression}`, compression });
        await publish(stream, [{ key: 'k', body }]);
        const [batch] = await take(await consume(stream), 1);
        expect(Buffer.from(batch?.records[0]?.body ?? []).equals(body)).to.equal(true);
      }
    });
  });

  describe('the connection', () => {
    it('that nobody answers at the start is unavailable by host and port, and start may be called again', async () => {
      const stream = create({ brokers: '127.0.0.1:1' });
      for (let i = 0; i < 2; i++) {
        const { message } = await failsWith('unavailable', 'start', () => stream.start());
        expect(message).to.include('127.0.0.1:1');
      }
    });

    it('goes by whichever address answers', async () => {
      const stream = await start({ brokers: `127.0.0.1:1, ${brokersOf(server().url)}` });
      await publish(stream, keyed('a', 1));
    });

    itIfOurs('that breaks later shows in health within 2 s, frozen or cut, by host and port', async () => {
      const brokers = brokersOf(way().url);
      const stream = await start({ brokers });
      const sick = async (): Promise<string> => {
        const began = performance.now();
        const { healthy, detail } = await stream.health();
        expect(healthy).to.equal(false);
        expect(performance.now() - began).to.be.lessThan(2_000);
        return detail ?? '';
      };
      const heal = await way().cut();
      expect(await sick()).to.include(brokers);
      await heal();
      await eventually('healthy again', PATIENCE_MS, async () => (await stream.health()).healthy);
      await server().control?.freeze();
      expect(await sick()).to.include(brokers);
      await server().control?.thaw();
      await eventually('healthy again', PATIENCE_MS, async () => (await stream.health()).healthy);
    });

    describe('behind TLS and a login', () => {
      const login = (): { brokers: string; tls: 'on'; 'tls-ca': string; user: string; password: string } => {
        const { guarded } = server();
        if (guarded === null) throw new Error('This server has no place with a login.');
        const { username, password, host } = new URL(guarded.url);
        return { brokers: host, tls: 'on', 'tls-ca': guarded.certificate, user: username, password };
      };

      for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
        itIfOurs(`serves by ${mechanism}; a wrong password is a wrong setting, told without it`, async () => {
          const { brokers, user } = login();
          await publish(await start({ ...login(), 'sasl-mechanism': mechanism }), keyed('a', 1));
          const { message } = await failsWith('configuration', 'start', () => create({ ...login(), 'sasl-mechanism': mechanism, password: 'not-the-password' }).start());
          expect(message).to.include(brokers).and.to.include(`"${user}"`).and.not.to.include('not-the-password');
        });
      }

      itIfOurs('a certificate that nobody vouches for is a wrong setting, unless it is not to be verified', async () => {
        const { message } = await failsWith('configuration', 'start', () => create({ ...login(), 'sasl-mechanism': 'plain', 'tls-ca': '' }).start());
        expect(message).to.include(login().brokers).and.to.include('tls-ca');
        await start({ ...login(), 'sasl-mechanism': 'plain', 'tls-ca': '', tls: 'unverified' });
      });

      itIfOurs('without TLS or without a login it fails by host and port', async () => {
        const { brokers } = login();
        for (const changes of [{}, { tls: 'unverified' as const }]) {
          const { message } = await failsWith('unavailable', 'start', () => create({ brokers, ...changes }).start());
          expect(message).to.include(brokers);
        }
      });
    });
  });

  it('tells the newest dead letters first, up to the limit', async () => {
    const stream = await start();
    const consumer = await consume(stream);
    await publish(stream, keyed('a', 5));
    const records = (await take(consumer, 5)).flatMap((batch) => batch.records);
    for (const record of records) await consumer.deadLetter('0', record, `reason ${record.offset}`);
    expect((await stream.deadLetters(3)).map(({ offset, reason }) => [offset, reason])).to.deep.equal([[4n, 'reason 4'], [3n, 'reason 3'], [2n, 'reason 2']]);
    expect(await stream.deadLetters(100)).to.have.length(5);
  });
});
