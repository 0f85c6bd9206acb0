import assert from 'node:assert/strict';
import { failsWith } from './wait.js';
import { allAppended, BOUNDS, FOUR, ONE, orderedByKey, publish, records, sameBodies, take, takeAll, text, type At, type RawStreamCase } from './raw-stream-tools.js';

/** What goes in comes out: whole, once, in order, within bounds. */
export const rawStreamDeliveryCases: readonly RawStreamCase[] = [
  {
    id: 'RS-10',
    title: 'every record of 4 concurrent publishers is delivered exactly once',
    async run(at: At) {
      const stream = await at.open(FOUR);
      const mine = [0, 1, 2, 3].map((publisher) => records(`p${publisher}`, 250, 7));
      await at.within(
        'publishing',
        Promise.all(
          mine.map(async (list) => {
            for (let i = 0; i < list.length; i += 25) await publish(stream, list.slice(i, i + 25));
          }),
        ),
      );
      const consumer = await stream.consume({ group: 'g', ...BOUNDS });
      sameBodies(await takeAll(at, consumer), mine.flat(), 'read against published');
    },
  },
  {
    id: 'RS-11',
    title: 'records with one key are delivered in the order in which they were appended',
    async run(at: At) {
      const stream = await at.open(FOUR);
      const list = records('ordered', 300, 5);
      for (let i = 0; i < list.length; i += 10) await publish(stream, list.slice(i, i + 10));
      const read = await takeAll(at, await stream.consume({ group: 'g', ...BOUNDS, maxRecords: 7 }));
      assert.equal(read.length, list.length);
      orderedByKey(read);
    },
  },
  {
    id: 'RS-22',
    title: 'publishing nothing resolves to nothing and appends nothing',
    async run(at: At) {
      const stream = await at.open(ONE);
      assert.deepEqual(await at.within('an empty publish', stream.publish([])), []);
      assert.deepEqual(await takeAll(at, await stream.consume({ group: 'g', ...BOUNDS })), []);
    },
  },
  {
    id: 'RS-23',
    title: 'keys in any script and bodies of any bytes, empty ones included, come back unchanged',
    async run(at: At) {
      const stream = await at.open(ONE);
      const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      const list = [
        { key: 'данные-資料-🚀', body: every },
        { key: 'k', body: Buffer.alloc(0) },
        { key: 'k', body: Buffer.from('line\r\nline\0ünïcode 🚀') },
      ];
      await publish(stream, list);
      const read = await take(at, await stream.consume({ group: 'g', ...BOUNDS }), list.length, false);
      assert.deepEqual(
        read.map(({ key, body }) => [key, Buffer.from(body).toString('hex')]),
        list.map(({ key, body }) => [key, body.toString('hex')]),
      );
    },
  },
  {
    id: 'RS-24',
    title: 'the largest record is accepted whole, one byte more is too_large, and its neighbours are appended',
    async run(at: At) {
      const stream = await at.open(ONE);
      const { maxRecordBytes } = stream.capabilities;
      const largest = Buffer.alloc(maxRecordBytes, 0xa5);
      largest.write('end', maxRecordBytes - 3);
      const [first, second, third] = await stream.publish([
        { key: 'k', body: largest },
        { key: 'k', body: Buffer.alloc(maxRecordBytes + 1) },
        { key: 'k', body: Buffer.from('small') },
      ]);
      assert.equal(first?.status, 'appended');
      assert.ok(second?.status === 'not_appended' && second.error.code === 'too_large', `one byte more: ${second?.status}`);
      assert.equal(third?.status, 'appended');
      const read = await take(at, await stream.consume({ group: 'g', maxRecords: 10, maxBytes: 10 * maxRecordBytes }), 2, false);
      assert.ok(Buffer.from(read[0]?.body ?? []).equals(largest), `the largest body came back with ${read[0]?.body.length} of ${maxRecordBytes} bytes, or changed`);
      assert.equal(read[1] === undefined ? '' : text(read[1]), 'small');
    },
  },
  {
    id: 'RS-25',
    title: 'a key of 256 bytes is accepted, one byte more is refused for that record alone',
    async run(at: At) {
      const stream = await at.open(ONE);
      const [longest, over] = await stream.publish([
        { key: 'é'.repeat(128), body: Buffer.from('a') },
        { key: `${'é'.repeat(128)}x`, body: Buffer.from('b') },
      ]);
      assert.equal(longest?.status, 'appended');
      assert.equal(over?.status, 'not_appended');
    },
  },
  {
    id: 'RS-26',
    title: 'offsets told by publish are those read, and they grow',
    async run(at: At) {
      const stream = await at.open(ONE);
      const told = [...(await publish(stream, records('a', 5))), ...(await publish(stream, records('b', 5)))];
      const read = await take(at, await stream.consume({ group: 'g', ...BOUNDS }), 10, false);
      assert.deepEqual(read.map(({ offset }) => offset), told);
      assert.deepEqual([...told].sort((a, b) => (a < b ? -1 : 1)), told);
      assert.equal(new Set(told).size, told.length);
    },
  },
  {
    id: 'RS-27',
    title: 'the incarnation outlives a restart, and a new stream has another one',
    async run(at: At) {
      const stream = await at.open(ONE);
      const incarnation = stream.incarnation();
      await publish(stream, records('a', 1));
      const again = await at.reopen(stream, ONE);
      assert.equal(again.incarnation(), incarnation);
      const batch = await at.eventually('a batch is read', async () => {
        const consumer = await again.consume({ group: at.unique('g'), ...BOUNDS });
        return (await consumer.poll(at.tickMs)) ?? false;
      });
      assert.equal(batch.incarnation, incarnation);
      const other = await at.open(ONE, at.unique('other'));
      assert.notEqual(other.incarnation(), incarnation);
    },
  },
  {
    id: 'RS-28',
    title: 'a batch keeps to maxRecords and maxBytes, yet holds at least one record',
    async run(at: At) {
      const stream = await at.open(ONE);
      await publish(stream, Array.from({ length: 30 }, (_, i) => ({ key: 'k', body: Buffer.alloc(1_000, i) })));
      const few = await stream.consume({ group: 'few', maxRecords: 7, maxBytes: 1_000_000 });
      const slim = await stream.consume({ group: 'slim', maxRecords: 100, maxBytes: 3_500 });
      const tiny = await stream.consume({ group: 'tiny', maxRecords: 100, maxBytes: 10 });
      const sizes = async (consumer: typeof few): Promise<number[]> => {
        const seen: number[] = [];
        await at.eventually('30 records are read', async () => {
          const count = (await consumer.poll(at.tickMs))?.records.length ?? 0;
          if (count > 0) seen.push(count);
          return seen.reduce((sum, n) => sum + n, 0) >= 30;
        });
        return seen;
      };
      assert.ok((await sizes(few)).every((count) => count <= 7));
      assert.ok((await sizes(slim)).every((count) => count <= 3));
      assert.ok((await sizes(tiny)).every((count) => count === 1));
    },
  },
  {
    id: 'RS-29',
    title: 'drained is true exactly when nothing lies beyond the batch; an idle poll tells each held partition in turn',
    async run(at: At) {
      const stream = await at.open(FOUR);
      const consumer = await stream.consume({ group: 'g', maxRecords: 3, maxBytes: 1_000_000 });
      await at.eventually('all partitions are held', () => consumer.assignment().length === 4);
      const told = new Set<string>();
      for (let i = 0; i < 4; i++) {
        const batch = await at.within('an idle poll', consumer.poll(1));
        assert.ok(batch !== null && batch.drained && batch.records.length === 0, 'an idle partition is drained and empty');
        told.add(batch.partition);
      }
      assert.deepEqual([...told].sort(), [...(await stream.partitions())].sort());
      await publish(stream, records('same', 4).map((record) => ({ ...record, key: 'one' })));
      const first = await at.eventually('the first batch', async () => {
        const batch = await consumer.poll(at.tickMs);
        return batch !== null && batch.records.length > 0 ? batch : false;
      });
      assert.equal(first.drained, first.records.length === 4, 'three of four records do not drain the partition');
      const rest = await takeAll(at, consumer);
      assert.equal(first.records.length + rest.length, 4);
    },
  },
  {
    id: 'RS-43',
    title: 'a batch that says drained leaves nothing behind that was published before its poll began, or before the moment that it names',
    async run(at: At) {
      const stream = await at.open(ONE);
      const consumer = await stream.consume({ group: 'g', ...BOUNDS });
      await at.eventually('the partition is held', () => consumer.assignment().length === 1);
      for (let i = 0; i < 8; i++) {
        assert.equal((await at.within('an idle poll', consumer.poll(1)))?.records.length, 0);
        await publish(stream, records(`a${i}`, 1));
        const publishedMs = Date.now();
        let early = 0;
        await at.eventually('the record is read', async () => {
          const batch = await consumer.poll(1);
          if (batch?.records.length === 0 && batch.drained && (batch.drainedAtMs ?? Infinity) > publishedMs) early += 1;
          return batch !== null && batch.records.length > 0;
        });
        assert.equal(early, 0, 'drained, and a record that was published before was still to come');
      }
    },
  },
  {
    id: 'RS-30',
    title: 'a poll that waits is woken by a publish',
    async run(at: At) {
      const stream = await at.open(ONE);
      const consumer = await stream.consume({ group: 'g', ...BOUNDS });
      const waiting = consumer.poll(600_000);
      await publish(stream, records('a', 1));
      assert.equal((await at.within('the poll that waited', waiting))?.records.length, 1);
    },
  },
  {
    id: 'RS-35',
    title: 'what was told appended while the stream closed is there afterwards',
    async run(at: At) {
      const stream = await at.open(ONE);
      const list = records('closing', 50);
      const told = list.map((record) => stream.publish([record]).then((results) => results[0]?.status === 'appended', () => false));
      await at.within('close', stream.close());
      const appended = await at.within('the publishes', Promise.all(told));
      const kept = list.filter((_, i) => appended[i]);
      const again = await at.open(ONE);
      const read = (await takeAll(at, await again.consume({ group: 'g', ...BOUNDS }))).map(text);
      for (const record of kept) assert.ok(read.includes(text(record)), `${text(record)} was told appended and is gone`);
    },
  },
  {
    id: 'RS-41',
    title: 'a publish whose signal has fired appends nothing',
    async run(at: At) {
      const stream = await at.open(ONE);
      await failsWith('aborted', 'publish', () => stream.publish(records('a', 1), AbortSignal.abort()));
      allAppended(await stream.publish(records('b', 1)));
      sameBodies(await takeAll(at, await stream.consume({ group: 'g', ...BOUNDS })), records('b', 1), 'only the second publish');
    },
  },
];
