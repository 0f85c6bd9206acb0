import assert from 'node:assert/strict';
import { failsWith } from '../wait.js';
import { Tenant, nowSeconds, tenant } from './means.js';
import type { MetricsStoreCase, P } from './means.js';

const DAY = 86_400;

export const writeCases: readonly MetricsStoreCase[] = [
  {
    id: 'MS-06',
    title: 'a call in flight settles with aborted when its signal fires, and writing again stores once',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 1_000;
      const batch = t.batch(Array.from({ length: 5_000 }, (_, i) => ({ name: 'aborted', time: base, value: i })));
      await failsWith('aborted', 'a write whose signal has fired', () => t.store.write([batch], AbortSignal.abort()));
      await failsWith('aborted', 'a query whose signal has fired', () => t.store.query([t.points('aborted', 0, base)], AbortSignal.abort()));
      const control = new AbortController();
      const writing = t.store.write([batch], control.signal);
      const asking = t.store.query([t.points('aborted', 0, base)], control.signal);
      asking.catch(() => undefined); // looked at below, perhaps after it has failed
      control.abort();
      await failsWith('aborted', 'the write in flight', () => at.within('the write in flight', writing));
      await failsWith('aborted', 'the query in flight', () => at.within('the query in flight', asking));
      const [result] = await t.write([batch]);
      assert.ok(result?.status === 'stored' || result?.status === 'duplicate', JSON.stringify(result));
      assert.equal(await t.count('aborted', base, 1), 5_000);
    },
  },
  {
    id: 'MS-12',
    title: 'a redelivered batch changes nothing, in the same call, later, after a restart, and not out of order either',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 1_000;
      const first = t.batch([{ name: 'once', time: base, value: 1 }, { name: 'once', time: base, value: 2 }]);
      const second = t.batch([{ name: 'once', time: base + 1, value: 3 }]);
      const again = t.store.capabilities.keepsMarks ? 'duplicate' : 'stored';
      assert.deepEqual((await t.write([first, first, second])).map((result) => result.status), ['stored', again, 'stored']);
      assert.deepEqual((await t.write([second, first])).map((result) => result.status), [again, again]);
      t.store = await at.reopen(t.store, {});
      assert.deepEqual((await t.write([first, second])).map((result) => result.status), [again, again]);
      assert.equal(await t.count('once', base, 10), 3);
      assert.deepEqual(await t.values(t.windows('once', 'sum', base, 10)), [6]);
    },
  },
  {
    id: 'MS-13',
    title: 'two points of one series in the same second are two points, also when they are equal and come in two batches',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 1_000;
      const point: P = { name: 'twice', tags: { host: 'a' }, time: base, value: 7 };
      await t.put([point, point]);
      await t.put([point]);
      assert.equal(await t.count('twice', base, 1), 3);
      assert.deepEqual(await t.pairs(t.points('twice', base, base + 1)), [[base, 7], [base, 7], [base, 7]]);
    },
  },
  {
    id: 'MS-14',
    title: '100,000 points of one series in one second all count',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 1_000;
      const n = 100_000;
      for (let from = 0; from < n; from += 20_000) await t.put(Array.from({ length: 20_000 }, (_, i) => ({ name: 'crowd', time: base, value: from + i })));
      assert.equal(await t.count('crowd', base, 1), n);
      assert.deepEqual(await t.values(t.windows('crowd', 'sum', base, 1)), [(n * (n - 1)) / 2]);
    },
  },
  {
    id: 'MS-15',
    title: 'a keyed point is stored once however often it is relayed, and a later one replaces it',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 1_000;
      const keyed = { kind: 'keyed' } as const;
      const history = (value: number, second = 0): P => ({ name: 'history', tags: { alert: '17' }, time: base + second, value });
      await t.put([history(1), history(1, 5)], keyed);
      await t.put([history(1), history(0)], keyed);
      await t.put([history(-1), { ...history(1), tags: { alert: '18' } }], keyed);
      const expected = [[base + 5, 1], [base, -1]];
      assert.deepEqual(await t.pairs(t.points('history', base, base + 10, 100, { alert: '17' })), expected);
      assert.equal(await t.count('history', base, 1), 2, 'another series has its own point');
      t.store = await at.reopen(t.store, {});
      await t.put([history(-1)], keyed);
      assert.deepEqual(await t.pairs(t.points('history', base, base + 10, 100, { alert: '17' })), expected);
    },
  },
  {
    id: 'MS-16',
    title: 'late and out-of-order points are where their time puts them',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 20 * DAY;
      const seconds = Array.from({ length: 300 }, (_, i) => (i * 7_919) % 300);
      for (let from = 0; from < 300; from += 50) await t.put(seconds.slice(from, from + 50).map((second) => ({ name: 'late', time: base + second, value: second })));
      await t.put([{ name: 'late', time: nowSeconds() - 5, value: -1 }]);
      await t.put([{ name: 'late', time: base + 1_000, value: 1_000 }]);
      assert.deepEqual((await t.pairs(t.points('late', base, base + 300))).map(([, value]) => value), Array.from({ length: 300 }, (_, i) => 299 - i));
      assert.deepEqual(await t.values(t.windows('late', 'count', base, 100, 3)), [100, 100, 100]);
      assert.deepEqual(await t.values(t.windows('late', 'last', base, 50, 2)), [49, 99]);
      assert.equal(await t.count('late', base + 1_000, 1), 1);
    },
  },
  {
    id: 'MS-23',
    title: 'points beyond the retention are refused one by one',
    async run(at) {
      const t = await tenant(at, { retentionDays: 1 });
      const now = nowSeconds();
      const points = [{ name: 'old', time: now - 10, value: 1 }, { name: 'old', time: now - 2 * DAY, value: 2 }, { name: 'old', time: now - DAY + 600, value: 3 }, { name: 'ancient', time: 0, value: 4 }];
      assert.deepEqual(await t.write([t.batch(points)]), [{ status: 'stored', refused: [{ index: 1, reason: 'too_old' }, { index: 3, reason: 'too_old' }] }]);
      assert.equal(await t.count('old', now - 3 * DAY, 3 * DAY), 2);
      assert.equal((await t.ask(t.points('ancient', 0, now))).kind, 'unknown_series', 'a series of which nothing was stored was never seen');
    },
  },
  {
    id: 'MS-38',
    title: 'points that grow older than the retention are gone',
    needs: ['advanceTime'],
    async run(at) {
      const t = await tenant(at, { retentionDays: 1 });
      const now = nowSeconds();
      await t.put([{ name: 'fading', time: now - DAY + 600, value: 1 }, { name: 'fading', time: now - 10, value: 2 }]);
      await at.harness.advanceTime?.(700_000);
      await at.eventually('the older point is gone', async () => (await t.count('fading', now - 2 * DAY, 2 * DAY)) === 1);
      assert.deepEqual(await t.pairs(t.points('fading', 0, now)), [[now - 10, 2]]);
    },
  },
  {
    id: 'MS-24',
    title: 'what was written is visible within the declared time',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      for (let i = 1; i <= 20; i += 1) {
        await at.within('write', t.store.write([t.batch([{ name: 'fresh', time: base, value: i }])]));
        const acknowledged = performance.now();
        const bound = t.store.capabilities.readAfterWriteMs;
        for (;;) {
          const asked = performance.now();
          const answer = await t.ask(t.windows('fresh', 'count', base, 1));
          if (answer.kind === 'windows' && answer.values[0] === i) break;
          assert.ok(asked - acknowledged <= bound, `point ${i} was not visible to a query asked ${Math.round(asked - acknowledged)} ms after the acknowledgement; declared are ${bound} ms`);
        }
      }
    },
  },
  {
    id: 'MS-28',
    title: 'the mark is the highest offset stored, of each partition of each incarnation, also after a restart',
    async run(at) {
      const t = await tenant(at);
      const point: P = { name: 'marked', time: nowSeconds() - 100, value: 1 };
      assert.equal(await t.store.mark(t.incarnation, '0'), null);
      const batches = [t.batch([point]), t.batch([point]), t.batch([point])];
      await t.write(batches);
      const elsewhere = { ...t.batch([point]), origin: { incarnation: at.unique('other'), partition: '0', offset: 0n } };
      assert.deepEqual((await t.write([elsewhere])).map((result) => result.status), ['stored'], 'offset 0 of another incarnation is another batch');
      const expected = t.store.capabilities.keepsMarks ? 2n : null;
      assert.equal(await t.store.mark(t.incarnation, '0'), expected);
      assert.equal(await t.store.mark(t.incarnation, '1'), null);
      t.store = await at.reopen(t.store, {});
      assert.equal(await t.store.mark(t.incarnation, '0'), expected);
    },
  },
  {
    id: 'MS-29',
    title: 'stored up to never moves backwards, also over a restart',
    async run(at) {
      const t = await tenant(at);
      const mark = (timeMs: number, partition = '0') => ({ incarnation: t.incarnation, partition, timeMs });
      const read = async (): Promise<Record<string, number>> => Object.fromEntries((await t.store.storedUpTo()).filter((m) => m.incarnation === t.incarnation).map((m) => [m.partition, m.timeMs]));
      await t.store.setStoredUpTo([mark(5_000), mark(7_000, '1')]);
      await t.store.setStoredUpTo([mark(4_000), mark(8_000, '1')]);
      assert.deepEqual(await read(), { 0: 5_000, 1: 8_000 });
      t.store = await at.reopen(t.store, {});
      await t.store.setStoredUpTo([mark(1)]);
      assert.deepEqual(await read(), { 0: 5_000, 1: 8_000 });
    },
  },
  {
    id: 'MS-30',
    title: 'points of series beyond the limit are refused one by one; known series and other databases go on',
    async run(at) {
      const t = await tenant(at, { seriesLimit: 3 });
      const base = nowSeconds() - 100;
      const limit = t.store.capabilities.seriesLimit;
      assert.equal(limit, 3, 'the driver tells the limit that it was given');
      const hosts = ['a', 'b', 'c', 'd', 'a', 'e'].map((host): P => ({ name: 'limited', tags: { host }, time: base, value: 1 }));
      assert.deepEqual(await t.write([t.batch(hosts)]), [{ status: 'stored', refused: [{ index: 3, reason: 'series_limit' }, { index: 5, reason: 'series_limit' }] }]);
      assert.equal(await t.count('limited', base, 1), 4);
      await t.put([{ name: 'limited', tags: { host: 'b' }, time: base, value: 1 }]);
      await new Tenant(at, t.store).put([{ name: 'limited', tags: { host: 'd' }, time: base, value: 1 }]);
    },
  },
  {
    id: 'MS-31',
    title: 'one call takes batches of many databases and partitions',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      const others = Array.from({ length: 30 }, () => new Tenant(at, t.store));
      const batches = others.flatMap((other, i) => [other.batch([{ name: 'shared', time: base, value: i }]), other.batch([{ name: 'shared', time: base, value: i + 1 }])]);
      assert.ok((await t.write(batches)).every((result) => result.status === 'stored'));
      for (const [i, other] of others.entries()) assert.deepEqual(await other.values(other.windows('shared', 'sum', base, 1)), [2 * i + 1]);
      assert.deepEqual(await t.write([]), []);
    },
  },
  {
    id: 'MS-34',
    title: 'what was acknowledged is there after a restart, in the order of writing',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      for (let i = 0; i < 20; i += 1) await t.put([{ name: 'kept', tags: { host: `h${i % 3}` }, time: base, value: i }]);
      t.store = await at.reopen(t.store, {});
      const expected = Array.from({ length: 20 }, (_, i) => [base, 19 - i]);
      assert.deepEqual(await t.pairs(t.points('kept', base, base + 1)), expected);
      assert.deepEqual(await t.store.tagValues(t.database, 'kept', 'host'), ['h0', 'h1', 'h2']);
    },
  },
  {
    id: 'MS-37',
    title: 'acknowledged points survive the sudden death of the store',
    needs: ['killBroker', 'restartBroker'],
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      await t.put([{ name: 'survivor', time: base, value: 1 }, { name: 'survivor', time: base, value: 2 }]);
      await at.harness.killBroker?.();
      await at.harness.restartBroker?.();
      await at.eventually('the points are there again', async () => (await t.count('survivor', base, 1)) === 2);
    },
  },
  {
    id: 'MS-60',
    title: 'a series whose points have all grown older than the retention is still one that was seen',
    needs: ['advanceTime'],
    async run(at) {
      const t = await tenant(at, { retentionDays: 1 });
      const now = nowSeconds();
      await t.put([{ name: 'faded', tags: { host: 'a' }, time: now - 10, value: 1 }]);
      await at.harness.advanceTime?.(2 * DAY * 1000);
      await at.eventually('the point is gone', async () => (await t.pairs(t.points('faded', 0, now))).length === 0);
      assert.deepEqual(await t.values(t.windows('faded', 'count', now - DAY, DAY, 2, { host: 'a' })), [null, null]);
      assert.equal((await t.ask(t.windows('faded', 'count', now - DAY, DAY, 2, { host: 'b' }))).kind, 'unknown_series');
      assert.deepEqual(await t.store.listMetrics(t.database), [{ name: 'faded', tags: ['host'] }]);
    },
  },
  {
    id: 'MS-61',
    title: 'without a network every call fails in bounded time; what is written again afterwards is stored once',
    needs: ['cutNetwork'],
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      await t.put([{ name: 'cut', time: base, value: 1 }]);
      const batches = Array.from({ length: 10 }, (_, b) => t.batch(Array.from({ length: 300 }, (__, i): P => ({ name: 'cut', tags: { host: `h${i % 5}` }, time: base, value: b * 300 + i }))));
      const writing = Promise.allSettled(batches.map((batch) => t.store.write([batch])));
      const heal = await at.harness.cutNetwork?.();
      await at.within('the writes under way', writing);
      await failsWith('unavailable', 'a write without a network', () => at.within('a write without a network', t.store.write(batches.slice(0, 1))));
      await failsWith('unavailable', 'a query without a network', () => at.within('a query without a network', t.store.query([t.points('cut', base, base + 1)])));
      assert.equal((await at.within('health without a network', t.store.health())).healthy, false);
      await heal?.();
      await at.eventually('the store is healthy again', async () => (await t.store.health()).healthy);
      for (const batch of batches) await t.write([batch]);
      assert.equal(await t.count('cut', base, 1), 3_001);
    },
  },
  {
    id: 'MS-62',
    title: 'what a process had acknowledged when it was killed is there, and written again by another it is there once',
    needs: ['spawnProcess'],
    async run(at) {
      const process = await at.harness.spawnProcess?.(at.place, {});
      assert.ok(process);
      at.cleanup(() => process.kill());
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      const batches = Array.from({ length: 40 }, (_, b) => t.batch(Array.from({ length: 100 }, (__, i): P => ({ name: 'orphaned', time: base, value: b * 100 + i }))));
      let acknowledged = 0;
      const writing = (async (): Promise<void> => {
        for (const batch of batches) {
          await process.driver.write([batch]);
          acknowledged += 1;
        }
      })().catch(() => undefined); // the process is killed under it
      await at.eventually('some batches are acknowledged', () => acknowledged >= 5);
      await process.kill();
      await writing;
      assert.ok(((await t.count('orphaned', base, 1)) ?? 0) >= acknowledged * 100);
      for (const batch of batches) await t.write([batch]);
      assert.deepEqual(await t.pairs(t.points('orphaned', base, base + 1, 10_000)), Array.from({ length: 4_000 }, (_, i) => [base, 3_999 - i]));
    },
  },
];
