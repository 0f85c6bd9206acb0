import assert from 'node:assert/strict';
import { failsWith } from '../wait.js';
import { Tenant, nowSeconds, tenant } from './means.js';
import type { MetricsStoreCase, P } from './means.js';

/** Legal for the port: the api refuses control characters, a store must cope all the same. */
const ODD = [
  'Größe', '温度', '🔥👩‍👩‍👧', 'a b', 'a.b-c_d', '"quoted"', "it's", 'back\\slash', 'ends in \\', 'new\nline', 'tab\there', '__proto__', 'constructor', 'toString', 'hasOwnProperty',
  'time', 'value', 'name', 'null', 'NaN', '0', '-1', 'a,b=c', 'a=b', '{}', '[]', '%s', '$1', '?', '*', 'İ', 'ı', 'e\u0301', '\u00e9', 'A', 'a', ' leading', 'trailing ', 'x'.repeat(127),
];

/** Each would do harm if it were ever spliced into a statement, a pattern or a line. */
const HOSTILE = [
  "'; DROP TABLE points; --", '"; DROP TABLE series; --', "' OR '1'='1", '" OR ""="', '\'); DELETE FROM points; --', "x' UNION SELECT * FROM series --", '; DROP DATABASE db', '/.*/', '.*', '%', '_',
  'a"."b', 'm,host=evil value=1 0\nm2', '\\', "\\'; --", '${1+1}', '{{7*7}}', '|> drop()', '") |> drop(', '\u0000', 'a\u0000b', '../../etc/passwd', '--', '/* */',
];

function tagsOf(...pairs: (readonly [string, string])[]): Record<string, string> {
  // `__proto__` as a key needs an object without a prototype's setter.
  return Object.fromEntries(pairs);
}

export const queryCases: readonly MetricsStoreCase[] = [
  {
    id: 'MS-17',
    title: 'tags filter: every series that has at least the given ones is covered, and no other',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      const sets = [{}, { a: '1' }, { a: '2' }, { a: '1', b: '1' }, { a: '1', b: '2' }, { b: '1' }, { a: '1', b: '1', c: '1' }];
      await t.put(sets.map((tags, i): P => ({ name: 'tagged', tags, time: base, value: 2 ** i })));
      await t.put([{ name: 'taggedToo', tags: { a: '1' }, time: base, value: 1 }]);
      const sum = async (tags: Record<string, string>): Promise<number | null> => (await t.values(t.windows('tagged', 'sum', base, 1, 1, tags)))[0] ?? null;
      assert.equal(await sum({}), 127);
      assert.equal(await sum({ a: '1' }), 2 + 8 + 16 + 64);
      assert.equal(await sum({ b: '1' }), 8 + 32 + 64);
      assert.equal(await sum({ b: '1', a: '1' }), 8 + 64);
      assert.equal(await sum({ a: '1', b: '1', c: '1' }), 64);
      for (const tags of [{ a: '3' }, { d: '1' }, { a: '2', b: '1' }, { a: '' }]) assert.equal((await t.ask(t.windows('tagged', 'sum', base, 1, 1, tags as Record<string, string>))).kind, 'unknown_series', JSON.stringify(tags));
      await t.put([{ name: 'tagged', tags: { c: '1', b: '1', a: '1' }, time: base, value: 1_000 }]);
      assert.equal(await sum({ c: '1' }), 1_064, 'the order of tags carries no meaning');
    },
  },
  {
    id: 'MS-18',
    title: 'nothing in one database is visible from another',
    async run(at) {
      const t = await tenant(at);
      const [a, b] = [new Tenant(at, t.store), new Tenant(at, t.store)];
      const base = nowSeconds() - 100;
      await a.put([{ name: 'secret', tags: { host: 'a' }, time: base, value: 1 }]);
      assert.equal((await b.ask(b.windows('secret', 'count', base, 1))).kind, 'unknown_series');
      await b.put([{ name: 'secret', tags: { host: 'b' }, time: base, value: 2 }, { name: 'other', time: base, value: 3 }]);
      assert.deepEqual(await a.values(a.windows('secret', 'sum', base, 1)), [1]);
      assert.deepEqual(await a.store.listMetrics(a.database), [{ name: 'secret', tags: ['host'] }]);
      assert.deepEqual(await a.store.tagValues(a.database, 'secret', 'host'), ['a']);
      assert.equal(await a.store.dropMetric(a.database, 'other'), false);
      assert.equal(await a.store.dropMetric(a.database, 'secret'), true);
      assert.deepEqual(await b.values(b.windows('secret', 'sum', base, 1)), [2]);
    },
  },
  {
    id: 'MS-19',
    title: 'odd but legal names, keys and values come back as they went in, and differ from each other',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      await t.put(ODD.map((odd, i): P => ({ name: odd, tags: tagsOf([odd, odd], ['common', odd]), time: base, value: i })));
      for (const [i, odd] of ODD.entries()) {
        assert.deepEqual(await t.values(t.windows(odd, 'sum', base, 1)), [i], JSON.stringify(odd));
        assert.deepEqual(await t.values(t.windows(odd, 'sum', base, 1, 1, tagsOf([odd, odd]))), [i], JSON.stringify(odd));
        assert.deepEqual(await t.store.tagValues(t.database, odd, odd), [odd]);
      }
      const listed = await t.store.listMetrics(t.database);
      assert.deepEqual(listed.map((metric) => metric.name), [...ODD].sort());
      for (const metric of listed) assert.deepEqual(metric.tags, ['common', metric.name].sort());
      t.store = await at.reopen(t.store, {});
      assert.deepEqual(await t.store.listMetrics(t.database), listed, 'after a restart');
    },
  },
  {
    id: 'MS-20',
    title: 'hostile names, keys, values and databases inject nothing',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      await t.put([{ name: 'innocent', tags: { host: 'a' }, time: base, value: 42 }]);
      for (const [i, hostile] of HOSTILE.entries()) {
        await t.put([{ name: hostile, tags: tagsOf([hostile, hostile]), time: base, value: i }]);
        assert.deepEqual(await t.values(t.windows(hostile, 'sum', base, 1, 1, tagsOf([hostile, hostile]))), [i], JSON.stringify(hostile));
        for (const question of [t.windows('innocent', 'sum', base, 1, 1, { host: hostile }), t.windows('innocent', 'sum', base, 1, 1, tagsOf([hostile, 'a'])), t.points(`innocent${hostile}`, base, base + 1)]) {
          assert.equal((await t.ask(question)).kind, 'unknown_series', JSON.stringify(question));
        }
        assert.deepEqual(await t.store.tagValues(t.database, 'innocent', hostile), []);
        assert.equal(await t.store.tagValues(t.database, `${hostile}${hostile}`, 'host'), null);
        assert.equal(await t.store.dropMetric(t.database, `innocent${hostile}`), false);
      }
      assert.deepEqual(await t.values(t.windows('innocent', 'sum', base, 1)), [42]);
      for (const hostile of HOSTILE) assert.equal(await t.store.dropMetric(t.database, hostile), true);
      assert.deepEqual(await t.store.listMetrics(t.database), [{ name: 'innocent', tags: ['host'] }]);
    },
  },
  {
    id: 'MS-21',
    title: 'dropping a metric deletes its series and points, and nothing else',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      const names = ['gone', 'gone.too', 'gon', 'Gone'];
      await t.put(names.flatMap((name) => ['a', 'b'].map((host): P => ({ name, tags: { host }, time: base, value: 1 }))));
      assert.equal(await t.store.dropMetric(t.database, 'gone'), true);
      assert.equal(await t.store.dropMetric(t.database, 'gone'), false);
      assert.equal((await t.ask(t.windows('gone', 'count', base, 1))).kind, 'unknown_series');
      assert.equal(await t.store.tagValues(t.database, 'gone', 'host'), null);
      for (const name of names.slice(1)) assert.equal(await t.count(name, base, 1), 2, name);
      await t.put([{ name: 'gone', tags: { host: 'a' }, time: base, value: 1 }]);
      assert.equal(await t.count('gone', base, 1), 1, 'written again it begins anew');
      t.store = await at.reopen(t.store, {});
      assert.equal(await t.count('gone', base, 1), 1);
    },
  },
  {
    id: 'MS-22',
    title: 'a dropped database is empty and never comes back; its marks survive',
    async run(at) {
      const t = await tenant(at);
      const other = new Tenant(at, t.store);
      const base = nowSeconds() - 100;
      await t.store.createDatabase(t.database);
      const batch = t.batch([{ name: 'doomed', time: base, value: 1 }]);
      await t.write([batch]);
      await other.put([{ name: 'doomed', time: base, value: 2 }]);
      await t.store.dropDatabase(t.database);
      await t.store.dropDatabase(t.database);
      const gone = async (when: string): Promise<void> => {
        assert.equal((await t.ask(t.windows('doomed', 'count', base, 1))).kind, 'unknown_series', when);
        assert.deepEqual(await t.store.listMetrics(t.database), [], when);
        await failsWith('conflict', `creating it again ${when}`, () => t.store.createDatabase(t.database));
        if (t.store.capabilities.keepsMarks) {
          assert.notEqual(await t.store.mark(t.incarnation, '0'), null, when);
          assert.deepEqual(await t.write([batch]), [{ status: 'duplicate' }], when);
        }
        assert.deepEqual(await t.write([t.batch([{ name: 'doomed', time: base, value: 1 }])]), [{ status: 'dropped' }], when);
        assert.deepEqual(await other.values(other.windows('doomed', 'sum', base, 1)), [2], when);
      };
      await gone('right after');
      t.store = other.store = await at.reopen(t.store, {});
      await gone('after a restart');
    },
  },
  {
    id: 'MS-25',
    title: 'a series never seen is told from one without points in the range, and no data is never 0',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      assert.equal((await t.ask(t.points('nothing', 0, base))).kind, 'unknown_series', 'a database never seen');
      await t.store.createDatabase(t.database);
      assert.equal((await t.ask(t.points('nothing', 0, base))).kind, 'unknown_series');
      assert.deepEqual(await t.store.listMetrics(t.database), []);
      await t.put([{ name: 'seen', tags: { host: 'a' }, time: base, value: 0 }]);
      for (const aggregator of ['count', 'sum', 'mean', 'p99', 'last'] as const) assert.deepEqual(await t.values(t.windows('seen', aggregator, base - 10, 5, 2)), [null, null], aggregator);
      assert.deepEqual(await t.values(t.windows('seen', 'sum', base, 1)), [0]);
      assert.deepEqual(await t.values(t.windows('seen', 'stddev', base, 1)), [null]);
      assert.deepEqual(await t.pairs(t.points('seen', base + 1, base + 5)), []);
      assert.equal((await t.ask(t.points('seen', 0, base, 10, { host: 'b' }))).kind, 'unknown_series');
    },
  },
  {
    id: 'MS-26',
    title: 'raw points come newest first, last written first on a tie, over all series covered, at most the limit',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 1_000;
      const points = Array.from({ length: 60 }, (_, i): P => ({ name: 'raw', tags: { host: `h${i % 4}` }, time: base + ((i * 7) % 20), value: i }));
      await t.put(points.slice(0, 30));
      await t.put(points.slice(30));
      const expected = points.map((point, i) => ({ ...point, i })).sort((a, b) => b.time - a.time || b.i - a.i).map((point) => [point.time, point.value]);
      assert.deepEqual(await t.pairs(t.points('raw', base, base + 20)), expected);
      assert.deepEqual(await t.pairs(t.points('raw', base, base + 20, 7)), expected.slice(0, 7));
      assert.deepEqual(await t.pairs(t.points('raw', base, base + 10, 1)), expected.filter(([time = 0]) => time < base + 10).slice(0, 1));
      assert.deepEqual(await t.pairs(t.points('raw', base, base + 20, 0)), []);
    },
  },
  {
    id: 'MS-27',
    title: 'many questions in one call are answered each on its own and in order',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 40 * 86_400;
      await t.put(Array.from({ length: 2_000 }, (_, i): P => ({ name: `many${i % 50}`, tags: { host: `h${i % 10}` }, time: base + i * 1_000, value: i })));
      const questions = Array.from({ length: 2_000 }, (_, i) => {
        if (i % 10 === 3) return t.windows(`unknown${i}`, 'sum', base, 10);
        if (i % 10 === 4) return t.points(`many${i % 50}`, base + i * 1_000, base + i * 1_000 + 1);
        return t.windows(`many${i % 50}`, 'sum', base + i * 1_000, 1_000);
      });
      questions[17] = t.windows('many1', 'sum', base, 0);
      const answers = await t.askAll(questions);
      answers.forEach((answer, i) => {
        if (i === 17) assert.ok(answer.kind === 'error' && answer.error.code === 'invalid_argument', JSON.stringify(answer));
        else if (i % 10 === 3) assert.equal(answer.kind, 'unknown_series');
        else if (i % 10 === 4) assert.deepEqual(answer, { kind: 'points', times: [base + i * 1_000], values: [i] });
        else assert.deepEqual(answer, { kind: 'windows', values: [i] });
      });
      assert.deepEqual(await t.askAll([]), []);
    },
  },
  {
    id: 'MS-32',
    title: 'metrics and the values of a tag are listed complete and sorted',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 100;
      await t.put([
        { name: 'b', tags: { zone: '2', host: 'y' }, time: base, value: 1 },
        { name: 'a', time: base, value: 1 },
        { name: 'b', tags: { host: 'x' }, time: base, value: 1 },
        { name: 'b', tags: { host: 'y', rack: '1' }, time: base, value: 1 },
      ]);
      assert.deepEqual(await t.store.listMetrics(t.database), [{ name: 'a', tags: [] }, { name: 'b', tags: ['host', 'rack', 'zone'] }]);
      assert.deepEqual(await t.store.tagValues(t.database, 'b', 'host'), ['x', 'y']);
      assert.deepEqual(await t.store.tagValues(t.database, 'b', 'nothing'), []);
      assert.equal(await t.store.tagValues(t.database, 'c', 'host'), null);
      assert.deepEqual(await t.store.listMetrics(at.unique('never')), []);
    },
  },
];
