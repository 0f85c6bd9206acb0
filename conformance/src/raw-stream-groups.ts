import assert from 'node:assert/strict';
import { BOUNDS, FOUR, ONE, opened, publish, records, sameBodies, take, takeAll, text, type At, type RawStreamCase, type Read } from './raw-stream-tools.js';

/** Groups, checkpoints, and what happens when members come and go. */
export const rawStreamGroupCases: readonly RawStreamCase[] = [
  {
    id: 'RS-12',
    title: 'two groups each get every record',
    async run(at: At) {
      const stream = await at.open(FOUR);
      const one = await stream.consume({ group: 'one', ...BOUNDS });
      const two = await stream.consume({ group: 'two', ...BOUNDS });
      const list = records('a', 100, 9);
      await publish(stream, list);
      sameBodies(await take(at, one, 100, true), list, 'group one');
      sameBodies(await take(at, two, 100, true), list, 'group two');
    },
  },
  {
    id: 'RS-13',
    title: 'the members of one group share the partitions, none held twice',
    async run(at: At) {
      const stream = await at.open(FOUR);
      const members = [await stream.consume({ group: 'g', ...BOUNDS }), await stream.consume({ group: 'g', ...BOUNDS })];
      await at.eventually('both hold two partitions', () => members.every((member) => member.assignment().length === 2));
      assert.deepEqual(members.flatMap((member) => member.assignment()).sort(), [...(await stream.partitions())].sort());
      const list = records('a', 200, 40);
      await publish(stream, list);
      const read = await Promise.all(members.map((member) => takeAll(at, member)));
      sameBodies(read.flat(), list, 'both members together');
      assert.ok(read.every((part) => part.length > 0), 'each member gets some of 40 keys');
    },
  },
  {
    id: 'RS-14',
    title: 'a rebalance loses nothing: members join and leave while records flow',
    async run(at: At) {
      const stream = await at.open(FOUR);
      const list = records('a', 300, 30);
      const seen = new Set<string>();
      const first = await stream.consume({ group: 'g', ...BOUNDS, maxRecords: 5 });
      const work = async (consumer: typeof first): Promise<void> => {
        const batch = await consumer.poll(at.tickMs);
        const last = batch?.records.at(-1);
        if (batch === null || last === undefined) return;
        if ((await consumer.checkpoint(batch.partition, last.offset)) === 'ok') for (const record of batch.records) seen.add(text(record));
      };
      await publish(stream, list.slice(0, 100));
      await work(first);
      const second = await stream.consume({ group: 'g', ...BOUNDS, maxRecords: 5 });
      await publish(stream, list.slice(100, 200));
      await work(first);
      await work(second);
      await second.poll(at.tickMs); // handed out and never acknowledged
      await second.close();
      await publish(stream, list.slice(200));
      await at.eventually('every record is done by somebody', async () => {
        await work(first);
        return seen.size === list.length;
      });
      assert.equal(first.assignment().length, 4);
    },
  },
  {
    id: 'RS-15',
    title: 'a checkpoint is exactly where it was put: what was handed out beyond it comes again',
    async run(at: At) {
      const stream = await at.open(ONE);
      await publish(stream, records('a', 10));
      const consumer = await stream.consume({ group: 'g', ...BOUNDS });
      const read = await take(at, consumer, 10, false);
      const fifth = read[4];
      assert.ok(fifth);
      assert.equal(await consumer.checkpoint(fifth.partition, fifth.offset), 'ok');
      await consumer.close();
      const again = await at.reopen(stream, ONE);
      const rest = await takeAll(at, await again.consume({ group: 'g', ...BOUNDS }));
      assert.deepEqual(rest.map(text), read.slice(5).map(text));
    },
  },
  {
    id: 'RS-16',
    title: 'after a restart reading resumes behind the checkpoint',
    async run(at: At) {
      const stream = await at.open(FOUR);
      await publish(stream, records('a', 40, 8));
      const consumer = await stream.consume({ group: 'g', ...BOUNDS });
      await take(at, consumer, 40, true);
      const again = await at.reopen(stream, FOUR);
      await publish(again, records('b', 10, 8));
      sameBodies(await takeAll(at, await again.consume({ group: 'g', ...BOUNDS })), records('b', 10, 8), 'only what came after the checkpoint');
    },
  },
  {
    id: 'RS-18',
    title: 'the checkpoint of an owner whose partition moved is lost and changes nothing',
    async run(at: At) {
      const stream = await at.open(ONE);
      await publish(stream, records('a', 4));
      const first = await stream.consume({ group: 'g', ...BOUNDS });
      const read = await take(at, first, 4, false);
      const last = read.at(-1);
      assert.ok(last);
      await first.close();
      const second = await stream.consume({ group: 'g', ...BOUNDS });
      await at.eventually('the other member holds the partition', () => second.assignment().length === 1);
      assert.equal(await at.within('the stale checkpoint', first.checkpoint(last.partition, last.offset)), 'lost');
      assert.equal((await stream.positions('g'))[0]?.checkpoint, null);
      assert.equal((await take(at, second, 4, false)).length, 4);
    },
  },
  {
    id: 'RS-19',
    title: 'a poison record is put aside durably with key, body and reason, and the stream goes on',
    async run(at: At) {
      const stream = await at.open(ONE);
      await publish(stream, [...records('a', 1), { key: 'bad', body: Buffer.from([0, 255, 1]) }, ...records('b', 1)]);
      const consumer = await stream.consume({ group: 'g', ...BOUNDS });
      const [, poison, good] = await take(at, consumer, 3, false);
      assert.ok(poison && good);
      await consumer.deadLetter(poison.partition, poison, 'cannot be decoded: ünexpected byte');
      assert.equal(await consumer.checkpoint(good.partition, good.offset), 'ok');
      const again = await at.reopen(stream, ONE);
      const [dead, ...others] = await again.deadLetters(10);
      assert.deepEqual(others, []);
      assert.ok(dead, 'the dead letter is gone');
      assert.deepEqual(
        { ...dead, body: Buffer.from(dead.body).toString('hex') },
        { partition: poison.partition, offset: poison.offset, key: 'bad', body: '00ff01', reason: 'cannot be decoded: ünexpected byte' },
      );
      assert.deepEqual(await takeAll(at, await again.consume({ group: 'g', ...BOUNDS })), []);
    },
  },
  {
    id: 'RS-20',
    title: 'a backlog that nobody acknowledged is delivered again after a restart',
    async run(at: At) {
      const stream = await at.open(FOUR);
      const list = records('a', 60, 12);
      await publish(stream, list);
      await take(at, await stream.consume({ group: 'g', ...BOUNDS }), 60, false);
      const again = await at.reopen(stream, FOUR);
      sameBodies(await takeAll(at, await again.consume({ group: 'g', ...BOUNDS })), list, 'all of the backlog');
    },
  },
  {
    id: 'RS-21',
    title: 'lag counts the records beyond the checkpoint, or says that it cannot',
    async run(at: At) {
      const stream = await at.open(ONE);
      const counts = stream.capabilities.countsLag;
      const lag = async (): Promise<(number | null)[]> => (await stream.positions('g')).map((position) => position.lag);
      const told = (records: number): (number | null)[] => [counts ? records : null];
      const consumer = await stream.consume({ group: 'g', ...BOUNDS });
      await at.eventually('the partition is held', () => consumer.assignment().length === 1);
      assert.deepEqual(await lag(), told(0));
      await publish(stream, records('a', 10));
      assert.deepEqual(await lag(), told(10));
      const read = await take(at, consumer, 10, false);
      assert.deepEqual(await lag(), told(10), 'reading alone is no progress');
      const fourth = read[3];
      assert.ok(fourth);
      await consumer.checkpoint(fourth.partition, fourth.offset);
      assert.deepEqual(await lag(), told(6));
      const next = (await stream.positions('g'))[0]?.checkpoint;
      assert.equal(next, read[4]?.offset, 'the checkpoint is the next offset to be read');
    },
  },
  {
    id: 'RS-31',
    title: 'seek continues at the offset given',
    async run(at: At) {
      const stream = await at.open(ONE);
      await publish(stream, records('a', 10));
      const consumer = await stream.consume({ group: 'g', ...BOUNDS });
      const read = await take(at, consumer, 10, false);
      const third = read[2];
      assert.ok(third);
      await consumer.seek(third.partition, third.offset);
      assert.deepEqual((await take(at, consumer, 8, false)).map(text), read.slice(2).map(text));
    },
  },
  {
    id: 'RS-32',
    title: 'a checkpoint never moves backwards',
    async run(at: At) {
      const stream = await at.open(ONE);
      await publish(stream, records('a', 6));
      const consumer = await stream.consume({ group: 'g', ...BOUNDS });
      const read = await take(at, consumer, 6, true);
      const second = read[1];
      assert.ok(second);
      assert.equal(await consumer.checkpoint(second.partition, second.offset), 'ok');
      if (stream.capabilities.countsLag) assert.deepEqual((await stream.positions('g')).map((position) => position.lag), [0]);
      const again = await at.reopen(stream, ONE);
      assert.deepEqual(await takeAll(at, await again.consume({ group: 'g', ...BOUNDS })), []);
    },
  },
  {
    id: 'RS-33',
    title: 'one consumer is handed each record once, acknowledged or not',
    async run(at: At) {
      const stream = await at.open(ONE);
      const list = records('a', 20);
      await publish(stream, list);
      const consumer = await stream.consume({ group: 'g', ...BOUNDS, maxRecords: 3 });
      const read: Read[] = await take(at, consumer, 20, false);
      for (let i = 0; i < 5; i++) read.push(...opened(await consumer.poll(at.tickMs)));
      sameBodies(read, list, 'no record twice');
    },
  },
  {
    id: 'RS-34',
    title: 'a consumer\'s close is idempotent, ends its poll and gives its partitions back',
    async run(at: At) {
      const stream = await at.open(FOUR);
      const first = await stream.consume({ group: 'g', ...BOUNDS });
      const second = await stream.consume({ group: 'g', ...BOUNDS });
      const waiting = first.poll(600_000).then(
        () => null,
        (error: unknown) => error,
      );
      await at.within('two closes', Promise.all([first.close(), first.close()]));
      await first.close();
      await at.within('the poll of the closed consumer', waiting);
      await at.eventually('the other member holds everything', () => second.assignment().length === 4);
      assert.deepEqual(first.assignment(), []);
    },
  },
  {
    id: 'RS-37',
    title: 'offsets do not begin again once everything was consumed, also not after a restart',
    async run(at: At) {
      const stream = await at.open(ONE);
      const before = await publish(stream, records('a', 50));
      await take(at, await stream.consume({ group: 'g', ...BOUNDS }), 50, true);
      const again = await at.reopen(stream, ONE);
      const [next] = await publish(again, records('b', 1));
      const last = before.at(-1);
      assert.ok(next !== undefined && last !== undefined && next > last, `offset ${next} after ${last}`);
    },
  },
  {
    id: 'RS-42',
    title: 'where lag is not counted, its milliseconds tell of a backlog and of its end',
    async run(at: At) {
      const stream = await at.open(ONE);
      const lagMs = async (): Promise<number | null | undefined> => (await stream.positions('g'))[0]?.lagMs;
      const consumer = await stream.consume({ group: 'g', ...BOUNDS });
      await at.eventually('the partition is held', () => consumer.assignment().length === 1);
      await publish(stream, records('a', 1));
      const [first] = await take(at, consumer, 1, false);
      assert.ok(first);
      if (stream.capabilities.countsLag) {
        assert.equal(await lagMs(), null, 'a stream that counts tells of no milliseconds');
        return;
      }
      const began = performance.now();
      await at.eventually('the first record is a while older', () => performance.now() - began > at.tickMs);
      await publish(stream, records('b', 1));
      // Nobody polls: a store that is away is when lag matters.
      await at.eventually('the milliseconds between the unacknowledged record and the newest', async () => Number(await lagMs()) >= at.tickMs / 2);
      assert.equal(await consumer.checkpoint(first.partition, first.offset), 'ok');
      await take(at, consumer, 1, true);
      await at.eventually('no backlog', async () => (await lagMs()) === 0);
    },
  },
];
