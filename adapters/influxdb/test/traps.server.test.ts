import { describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import { AGGREGATORS, aggregate, type MetricsStore, type WindowAggregator } from '@cave/core';
import { BASE, batch, points, put, windows } from './support/batches.js';
import { Operator, createStore, optionsFor } from './support/server.js';

/* Each thing that InfluxDB does otherwise than one would think, and what the adapter makes of it. */
describeOnServer('influxdb', 'what InfluxDB does otherwise', (server) => {
  const prefix = 'traps_';
  let store: MetricsStore;
  let operator: Operator;
  let made = 0;
  const fresh = (): string => `d${(made += 1)}`;
  const again = async (): Promise<MetricsStore> => {
    const other = createStore(optionsFor(server().url, { 'database-prefix': prefix }));
    await other.start();
    return other;
  };
  const valuesOf = async (database: string, metric: string, aggregator: WindowAggregator, tags: Record<string, string> = {}, width?: number, count?: number) => {
    const [answer] = await store.query([windows(database, metric, aggregator, tags, BASE, width, count)]);
    return answer?.kind === 'windows' ? answer.values : answer;
  };

  before(async () => {
    operator = new Operator(server());
    store = await again();
  });
  after(async () => {
    await store.close();
    await operator.remove(prefix);
  });

  describe('writing', () => {
    it('a request with a bad point is answered 400 although the good ones are kept: only the bad ones are told, one by one', async () => {
      const database = fresh();
      await store.createDatabase(database);
      // Somebody else made the field of this measurement a whole number.
      await operator.write(`${prefix}${database}`, `stubborn value=1i ${BASE}000000000\n`);
      const mixed = Array.from({ length: 100 }, (_, i) => ({ name: i % 10 === 3 ? 'stubborn' : 'willing', value: i + 0.5 }));
      const result = await put(store, database, mixed);
      if (result.status !== 'stored') throw new Error(result.status);
      expect(result.refused.map(({ index }) => index)).to.deep.equal([3, 13, 23, 33, 43, 53, 63, 73, 83, 93]);
      for (const { reason } of result.refused) expect(reason).to.match(/field type conflict/);
      expect(await valuesOf(database, 'willing', 'count')).to.deep.equal([90]);
      expect(await valuesOf(database, 'stubborn', 'count')).to.deep.equal([1]);
    });

    it('a request of which every point is refused takes no search for them', async () => {
      const database = fresh();
      await store.createDatabase(database);
      await operator.write(`${prefix}${database}`, `stubborn value=1i ${BASE}000000000\n`);
      const began = performance.now();
      const result = await put(store, database, Array.from({ length: 5_000 }, () => ({ name: 'stubborn', value: 0.5 })));
      expect(result.status === 'stored' && result.refused.length).to.equal(5_000);
      expect(performance.now() - began).to.be.below(5_000);
    });

    it('metrics of another type, spread over a request, are found by their names', async () => {
      const database = fresh();
      await store.createDatabase(database);
      for (const name of ['stubborn', 'so\\ is\\,this']) await operator.write(`${prefix}${database}`, `${name} value=1i ${BASE}000000000\n`);
      const began = performance.now();
      const result = await put(store, database, Array.from({ length: 9_000 }, (_, i) => ({ name: i % 3 === 0 ? 'stubborn' : i % 3 === 1 ? 'so is,this' : `willing${i % 10}`, value: i + 0.5 })));
      if (result.status !== 'stored') throw new Error(result.status);
      expect(result.refused.map(({ index }) => index)).to.deep.equal(Array.from({ length: 9_000 }, (_, i) => i).filter((i) => i % 3 < 2));
      expect(performance.now() - began).to.be.below(5_000);
    });

    it('points that only the server finds too old are told as too old', async () => {
      const database = fresh();
      await operator.rows(`CREATE DATABASE "${prefix}${database}" WITH DURATION 2d REPLICATION 1 NAME "short"`);
      const now = Math.floor(Date.now() / 1000);
      const result = await put(store, database, [0, 5, 1, 20, 0].map((days) => ({ time: now - days * 86_400 - 10 })));
      expect(result).to.deep.equal({ status: 'stored', refused: [{ index: 1, reason: 'too_old' }, { index: 3, reason: 'too_old' }] });
    });

    it('a point with the time and tags of another replaces it: the number in the nanoseconds keeps them apart, and never shows', async () => {
      const database = fresh();
      await put(store, database, [{ value: 1 }, { value: 2 }], { kind: 'numbered', firstNumber: 5_000_000_007 });
      await put(store, database, [{ value: 2 }], { kind: 'numbered', firstNumber: 5_000_000_008 });
      const stored = await operator.rows(`SELECT "value" FROM "${prefix}${database}".."m"`);
      expect(stored.map(([, value]) => value)).to.deep.equal([1, 2]);
      expect(await store.query([points(database, 'm')])).to.deep.equal([{ kind: 'points', times: [BASE, BASE], values: [2, 1] }]);
    });

    it('numbers that end in nines stay within their second', async () => {
      const database = fresh();
      await put(store, database, [{ value: 1 }, { value: 2 }, { value: 3 }], { kind: 'numbered', firstNumber: 3_999_999_998 });
      expect(await valuesOf(database, 'm', 'count', {}, 1, 2)).to.deep.equal([3, null]);
      const [answer] = await store.query([points(database, 'm')]);
      expect(answer?.kind === 'points' && answer.times).to.deep.equal([BASE, BASE, BASE]);
    });

    it('keyed points have no nanoseconds, so the last of one request wins too', async () => {
      const database = fresh();
      await put(store, database, [{ value: 1 }, { value: 2 }, { value: 3 }], { kind: 'keyed' });
      expect(await operator.rows(`SELECT "value" FROM "${prefix}${database}".."m"`)).to.have.length(1);
      expect(await valuesOf(database, 'm', 'sum')).to.deep.equal([3]);
    });

    it('tag keys time and value in any case, values that end in a backslash, line breaks and empty texts come back as they went in', async () => {
      const database = fresh();
      const odd: Record<string, string>[] = [
        { time: 'a' }, { Time: 'b' }, { TIME: 'c' }, { value: 'd' }, { Value: 'e' }, { _name: 'f' }, { _field: 'g' }, { x: 'ends in \\' }, { x: '\\' }, { x: 'a\\,b' }, { x: 'a\\ b=c' }, { 'k\\': 'v\\' },
        { x: 'two\nlines' }, { 'two\nlines': 'y' }, { x: '' }, { '': 'empty' }, { '': '' }, { x: '%' }, { x: '%00' }, { x: '%5C' }, { x: '# no comment' }, { x: '"' }, { x: "'" }, { x: '\ud800' }, { x: '\ud801' },
        { a: '\\', b: '\\', c: '\\' }, { 'a,b=c d': 'a,b=c d' }, { database: '1' }, { from: '1' }, { x: 'Größe 温度 🔥' },
      ];
      expect(await put(store, database, odd.map((tags, i) => ({ tags, value: 2 ** i })))).to.deep.equal({ status: 'stored', refused: [] });
      const asked = await store.query(odd.map((tags) => windows(database, 'm', 'sum', tags)));
      odd.forEach((tags, i) => {
        const covered = odd.flatMap((other, j) => (Object.entries(tags).every(([key, value]) => other[key] === value) ? [2 ** j] : []));
        expect(asked[i], JSON.stringify(tags)).to.deep.equal({ kind: 'windows', values: [covered.reduce((a, b) => a + b)] });
      });
      const names = ['# no comment', '', '%', 'ends in \\', 'two\nlines', 'a,b=c d', '"', 'time', 'value', '_x'];
      await put(store, database, names.map((name, i) => ({ name, value: i })));
      const listed = (await store.listMetrics(database)).map(({ name }) => name);
      expect(listed).to.deep.equal(['m', ...names].sort());
      for (const [i, name] of names.entries()) expect(await valuesOf(database, name, 'sum'), name).to.deep.equal([i]);
      expect(await store.tagValues(database, 'm', 'x')).to.deep.equal([...new Set(odd.flatMap(({ x }) => (x === undefined ? [] : [x])))].sort());
    });
  });

  describe('asking', () => {
    it('a tag that nobody has, compared with an empty text, matches nothing', async () => {
      const database = fresh();
      await put(store, database, [{ tags: { host: 'a' } }, { tags: {} }]);
      for (const tags of [{ nobody: '' }, { host: '' }] as Record<string, string>[]) expect(await store.query([windows(database, 'm', 'count', tags), points(database, 'm', tags)])).to.deep.equal([{ kind: 'unknown_series' }, { kind: 'unknown_series' }]);
    });

    it('tags are looked for in one series, not each in any', async () => {
      const database = fresh();
      await put(store, database, [{ tags: { a: '1' } }, { tags: { b: '1' } }]);
      expect(await store.query([windows(database, 'm', 'count', { a: '1', b: '1' })])).to.deep.equal([{ kind: 'unknown_series' }]);
    });

    it('the limit 0 is no point, not all', async () => {
      const database = fresh();
      await put(store, database, [{}]);
      expect(await store.query([points(database, 'm', {}, BASE, BASE + 10, 0)])).to.deep.equal([{ kind: 'points', times: [], values: [] }]);
    });

    it('a statement that fails stops those behind it: they are asked again, and a failure comes as success', async () => {
      const [here, gone, there] = [fresh(), fresh(), fresh()];
      for (const database of [here, gone, there]) await put(store, database, [{ value: 4 }]);
      const questions = [here, gone, there, gone, here].map((database) => windows(database, 'm', 'sum'));
      await store.query(questions); // all three are known to be there now
      await operator.rows(`DROP DATABASE "${prefix}${gone}"`);
      const [four, unknown] = [{ kind: 'windows', values: [4] }, { kind: 'unknown_series' }];
      expect(await store.query(questions)).to.deep.equal([four, unknown, four, unknown, four]);
    });

    it('names are no statements', async () => {
      const [database, innocent] = [fresh(), fresh()];
      await put(store, innocent, [{ value: 1 }]);
      const target = `${prefix}${innocent}`;
      const attempts = [`m"; DROP DATABASE "${target}`, `m" ; DROP DATABASE "${target}" --`, `m\\"; DROP DATABASE "${target}`, `'; DROP DATABASE "${target}"; --`, `" OR 1=1; DROP MEASUREMENT "m`, `$p0`, `/.*/`, `m"; DROP USER cave; --`, `"${target}".."m`];
      await put(store, database, attempts.map((name, i) => ({ name, tags: { [name]: name }, value: i })));
      const answers = await store.query(attempts.map((name) => windows(database, name, 'sum', { [name]: name })));
      expect(answers).to.deep.equal(attempts.map((_, i) => ({ kind: 'windows', values: [i] })));
      for (const name of attempts) {
        expect(await store.query([windows(database, 'm', 'sum', { [name]: 'x', y: name }), points(name, 'm')])).to.deep.equal([{ kind: 'unknown_series' }, { kind: 'unknown_series' }]);
        expect(await store.tagValues(database, name, name)).to.deep.equal([name]);
        expect(await store.dropMetric(database, name)).to.equal(true);
        await store.dropDatabase(name);
        expect(await store.listMetrics(name)).to.deep.equal([]);
      }
      expect(await valuesOf(innocent, 'm', 'sum')).to.deep.equal([1]);
      expect((await operator.rows('SHOW USERS')).map(([name]) => name)).to.include('cave');
    });

    it('each aggregator agrees with core at sizes where ranks change over, over several series', async () => {
      const database = fresh();
      const sizes = [1, 2, 3, 4, 5, 10, 50, 499, 500, 501, 1_000, 1_500, 2_500];
      const width = 200;
      const written = sizes.map((size, w) => Array.from({ length: size }, (_, i) => ({ name: 'sized', tags: { host: `h${i % 3}` }, time: BASE + w * width + (i % width), value: ((i * 7_919) % size) + 0.25 })));
      for (const group of written) await put(store, database, group);
      for (const aggregator of [...AGGREGATORS, 'last'] as const) {
        const values = await valuesOf(database, 'sized', aggregator, {}, width, sizes.length);
        written.forEach((group, w) => {
          const inOrder = group.map((point, i) => ({ ...point, i })).sort((a, b) => a.time - b.time || a.i - b.i).map(({ value }) => value);
          const wanted = aggregator === 'last' ? (inOrder.at(-1) ?? null) : aggregate(aggregator, inOrder);
          const got = (values as (number | null)[])[w] ?? null;
          if (wanted === null || got === null) expect(got, `${aggregator} of ${sizes[w]}`).to.equal(wanted);
          else expect(Math.abs(got - wanted), `${aggregator} of ${sizes[w]}: ${got} for ${wanted}`).to.be.below(1e-9 * Math.max(1, Math.abs(wanted)));
        });
      }
    });

    it('where all values differ, the mode is the earliest and not the smallest', async () => {
      const database = fresh();
      await put(store, database, [9, 1, 5].map((value, i) => ({ time: BASE + i, value })));
      expect(await valuesOf(database, 'm', 'mode')).to.deep.equal([9]);
    });

    it('a sum beyond the largest number has no JSON; the other questions of the request are answered all the same', async () => {
      const database = fresh();
      await put(store, database, [{ name: 'huge', value: Number.MAX_VALUE }, { name: 'huge', value: Number.MAX_VALUE }, { name: 'small', value: 3 }]);
      const aggregators = ['sum', 'mean', 'median', 'stddev', 'max'] as const;
      const answers = await store.query([windows(database, 'small', 'sum'), ...aggregators.map((one) => windows(database, 'huge', one)), windows(database, 'small', 'count')]);
      expect(answers[0]).to.deep.equal({ kind: 'windows', values: [3] });
      expect(answers.at(-1)).to.deep.equal({ kind: 'windows', values: [1] });
      // Median and deviation are computed by differences, and have a value.
      const wanted = { sum: null, mean: null, median: Number.MAX_VALUE, stddev: 0, max: Number.MAX_VALUE };
      aggregators.forEach((one, i) => expect(answers[i + 1], one).to.deep.equal({ kind: 'windows', values: [wanted[one]] }));
    });

    it('windows begin where they are asked to, in any width', async () => {
      const database = fresh();
      await put(store, database, Array.from({ length: 50 }, (_, i) => ({ time: BASE + i, value: i })));
      for (const [from, width] of [[0, 7], [3, 7], [5, 13], [1, 1], [17, 100]] as const) {
        const [answer] = await store.query([windows(database, 'm', 'count', {}, BASE + from, width, 4)]);
        const wanted = Array.from({ length: 4 }, (_, w) => Array.from({ length: 50 }, (__, i) => i).filter((i) => i >= from + w * width && i < from + (w + 1) * width).length || null);
        expect(answer, `${from} ${width}`).to.deep.equal({ kind: 'windows', values: wanted });
      }
    });

    it('many rows come in parts and none is lost', async () => {
      const database = fresh();
      const count = 45_000;
      await store.write([batch(database, []), { ...batch(database, []), points: { ...batch(database, []).points, identity: { kind: 'numbered', firstNumber: 0 }, series: [{ name: 'many', tags: {} }], seriesIndex: new Uint32Array(count), times: new Float64Array(count).fill(BASE), values: Float64Array.from({ length: count }, (_, i) => i) } }]);
      const [answer] = await store.query([points(database, 'many')]);
      expect(answer?.kind === 'points' && answer.values).to.deep.equal(Array.from({ length: count }, (_, i) => count - 1 - i));
    });
  });

  describe('what is there', () => {
    it('a series whose points have all expired is known; one never seen is not', async () => {
      const database = fresh();
      await put(store, database, [{ tags: { host: 'a' } }]);
      // What the server does when the retention is over: the shards of the points go.
      for (const [shard] of (await operator.rows('SHOW SHARDS')).filter(([, inDatabase, policy]) => inDatabase === `${prefix}${database}` && policy === 'points')) await operator.rows(`DROP SHARD ${String(shard)}`);
      const other = await again();
      try {
        expect(await other.query([windows(database, 'm', 'count', { host: 'a' }), windows(database, 'm', 'count', { host: 'b' })])).to.deep.equal([{ kind: 'windows', values: [null] }, { kind: 'unknown_series' }]);
        expect(await other.listMetrics(database)).to.deep.equal([{ name: 'm', tags: ['host'] }]);
      } finally {
        await other.close();
      }
    });

    it('a database dropped by one process is dropped for all that have written to it, and made away with by hand it comes back', async () => {
      const [dropped, lost] = [fresh(), fresh()];
      const other = await again();
      try {
        for (const one of [store, other]) for (const database of [dropped, lost]) await put(one, database, [{}]);
        await other.dropDatabase(dropped);
        await operator.rows(`DROP DATABASE "${prefix}${lost}"`);
        expect(await put(store, dropped, [{}])).to.deep.equal({ status: 'dropped' });
        expect(await operator.databases(`${prefix}${dropped}`)).to.deep.equal([]);
        expect(await put(store, lost, [{ value: 8 }])).to.deep.equal({ status: 'stored', refused: [] });
        expect(await valuesOf(lost, 'm', 'sum')).to.deep.equal([8]);
      } finally {
        await other.close();
      }
    });

    it('a drop and first writes by others at the same moment leave no database behind', async () => {
      const others = await Promise.all([again(), again()]);
      try {
        for (let round = 0; round < 8; round += 1) {
          const database = fresh();
          const outcomes = await Promise.all([store.dropDatabase(database), ...others.map((other) => put(other, database, [{}]))]);
          for (const outcome of outcomes.slice(1)) expect(outcome?.status).to.be.oneOf(['stored', 'dropped']);
          for (const other of others) expect(await put(other, database, [{}])).to.deep.equal({ status: 'dropped' });
          expect(await operator.databases(`${prefix}${database}`)).to.deep.equal([]);
        }
      } finally {
        await Promise.all(others.map((other) => other.close()));
      }
    });

    it('databases of others are neither seen nor touched', async () => {
      await operator.rows('CREATE DATABASE "theirs"');
      await operator.write('theirs', `m,host=a value=5 ${BASE}000000000\n`);
      try {
        const database = fresh();
        await put(store, database, [{}]);
        expect(await store.query([points('theirs', 'm'), points('../theirs', 'm')])).to.deep.equal([{ kind: 'unknown_series' }, { kind: 'unknown_series' }]);
        expect(await store.dropMetric('theirs', 'm')).to.equal(false);
        expect(await store.listMetrics('theirs')).to.deep.equal([]);
        await store.dropDatabase('theirs');
        await store.dropDatabase(database);
        expect((await operator.rows('SELECT "value" FROM "theirs".."m"')).map(([, value]) => value)).to.deep.equal([5]);
      } finally {
        await operator.rows('DROP DATABASE "theirs"');
      }
    });

    it('two writers each go on where InfluxDB stands, and neither forgets the series that are there', async () => {
      const database = fresh();
      const limited = { 'database-prefix': prefix, 'series-limit': 10 };
      const [one, two] = [createStore(optionsFor(server().url, limited)), createStore(optionsFor(server().url, limited))];
      try {
        await Promise.all([one.start(), two.start()]);
        const hosts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ tags: { host: `h${from + i}` } }));
        expect(await put(one, database, hosts(0, 8))).to.deep.equal({ status: 'stored', refused: [] });
        expect(await put(two, database, hosts(4, 12))).to.deep.equal({ status: 'stored', refused: [{ index: 6, reason: 'series_limit' }, { index: 7, reason: 'series_limit' }] });
        expect(await put(two, database, hosts(0, 10))).to.deep.equal({ status: 'stored', refused: [] });
        expect((await operator.rows(`SHOW SERIES ON "${prefix}${database}"`)).length).to.equal(10);
      } finally {
        await Promise.all([one.close(), two.close()]);
      }
    });

    it('a series of which every point was refused was never seen', async () => {
      const database = fresh();
      await store.createDatabase(database);
      await operator.write(`${prefix}${database}`, `stubborn value=1i ${BASE}000000000\n`);
      await put(store, database, [{ name: 'stubborn', tags: { host: 'a' }, value: 0.5 }, { name: 'willing', tags: { host: 'a' } }]);
      const seen = await operator.rows(`SELECT "value" FROM "${prefix}${database}"."seen"./.*/ GROUP BY *`);
      expect(seen).to.have.length(1);
    });

    it('what keeps the series is made again when somebody took it away', async () => {
      const database = fresh();
      await put(store, database, [{ tags: { host: 'a' } }]);
      await operator.rows(`DROP RETENTION POLICY "seen" ON "${prefix}${database}"`);
      expect(await put(store, database, [{ tags: { host: 'b' } }])).to.deep.equal({ status: 'stored', refused: [] });
      expect(await operator.rows(`SELECT "value" FROM "${prefix}${database}"."seen"."m"`)).to.have.length(1);
    });

    it('what is no point is refused alone', async () => {
      const database = fresh();
      const result = await put(store, database, [{ value: NaN }, { value: 1 }, { value: -Infinity }, { time: BASE + 0.5 }, { time: 1e15 }, { time: -1 }]);
      expect(result).to.deep.equal({ status: 'stored', refused: [{ index: 0, reason: 'not_finite' }, { index: 2, reason: 'not_finite' }, { index: 3, reason: 'no_whole_second' }, { index: 4, reason: 'too_new' }, { index: 5, reason: 'too_old' }] });
    });

    it('another retention is applied to a database that is there', async () => {
      const database = fresh();
      await put(store, database, [{}]);
      const longer = createStore(optionsFor(server().url, { 'database-prefix': prefix, 'retention-days': 200 }));
      try {
        await longer.start();
        await put(longer, database, [{ time: BASE - 150 * 86_400 }]);
        const policies = await operator.rows(`SHOW RETENTION POLICIES ON "${prefix}${database}"`);
        expect(policies.map(([name, duration]) => [name, duration])).to.have.deep.members([['points', `${201 * 24}h0m0s`], ['seen', '0s']]);
      } finally {
        await longer.close();
      }
    });

    it('marks of several writers: the greatest counts, and one small series holds them', async () => {
      const mark = (timeMs: number) => ({ incarnation: 'i=1, "x"', partition: 'p\\', timeMs });
      const other = await again();
      try {
        await store.setStoredUpTo([mark(2_000)]);
        await other.setStoredUpTo([mark(9_000)]);
        await store.setStoredUpTo([mark(3_000)]);
        for (let i = 0; i < 20; i += 1) await other.setStoredUpTo([mark(9_000 - i)]);
        const read = (await store.storedUpTo()).filter(({ incarnation }) => incarnation === 'i=1, "x"');
        expect(read).to.deep.equal([mark(9_000)]);
        expect(await operator.rows(`SELECT count("value") FROM "${prefix}~meta".."stored_up_to" WHERE "partition" = 'p%5C'`)).to.deep.equal([[0, 2]]);
      } finally {
        await other.close();
      }
    });
  });
});
