import { assert } from 'chai';
import fc from 'fast-check';
import { MAX_POINT_FAULTS, PointBatchBuilder, buildPointBatch, decodePointRecord, encodePointRecord, timeBounds } from '../../src/index.js';
import type { PointBatch, PointBatchContext, PointFault, Series } from '../../src/index.js';
import { hostileName } from './arbitraries.js';

const NOW = 1_700_000_000;
const context: PointBatchContext = { database: 'gilt-k3f9q', cluster: null, identity: { kind: 'numbered', firstNumber: 7 }, bounds: timeBounds(NOW, 90 * 86_400) };
const good = { name: 'a', timestamp: NOW, value: 1, tags: { host: 'x' } };

function batchOf(input: readonly unknown[]): PointBatch {
  const result = buildPointBatch(input, context);
  if (!result.ok) return assert.fail(JSON.stringify(result.faults));
  return result.batch;
}

function faultsOf(input: readonly unknown[]): readonly PointFault[] {
  const result = buildPointBatch(input, context);
  if (result.ok) return assert.fail('nothing was wrong');
  return result.faults;
}

describe('buildPointBatch', () => {
  it('puts points into columns and each series once', () => {
    const batch = batchOf([
      { name: 'a', timestamp: NOW, value: 1.5, tags: { x: '1', y: '2' } },
      { name: 'a', timestamp: (NOW - 1) * 1_000, value: -2, tags: { y: '2', x: '1' } },
      { name: 'b', timestamp: NOW - 2, value: 0 },
      { name: 'a', timestamp: NOW, value: 1.5, tags: { x: '1', y: '2' } },
      { name: 'b', timestamp: NOW - 2.5, value: 0, tags: {} },
    ]);
    assert.deepEqual(batch.series, [{ name: 'a', tags: { x: '1', y: '2' } }, { name: 'b', tags: {} }]);
    assert.deepEqual([...batch.seriesIndex], [0, 0, 1, 0, 1]);
    assert.deepEqual([...batch.times], [NOW, NOW - 1, NOW - 2, NOW, NOW - 3]);
    assert.deepEqual([...batch.values], [1.5, -2, 0, 1.5, 0]);
    assert.deepInclude(batch, { database: 'gilt-k3f9q', cluster: null, identity: { kind: 'numbered', firstNumber: 7 } });
  });

  it('takes no points', () => assert.lengthOf(batchOf([]).times, 0));

  it('takes the edges of time, and nothing beyond', () => {
    const { oldest, newest } = context.bounds;
    batchOf([{ ...good, timestamp: oldest }, { ...good, timestamp: newest }]);
    assert.deepEqual(faultsOf([{ ...good, timestamp: oldest - 1 }, good, { ...good, timestamp: newest + 1 }]).map(({ path }) => path), ['/0/timestamp', '/2/timestamp']);
  });

  for (const [what, point, path] of [
    ['a number as point', 3, ''],
    ['null as point', null, ''],
    ['an array as point', [], ''],
    ['no name', { ...good, name: undefined }, '/name'],
    ['an empty name', { ...good, name: '' }, '/name'],
    ['a long name', { ...good, name: 'x'.repeat(128) }, '/name'],
    ['a control character', { ...good, name: 'a\u0000' }, '/name'],
    ["CAVE's own metric", { ...good, name: 'alertsHistory' }, '/name'],
    ['a text as time', { ...good, timestamp: '1700000000' }, '/timestamp'],
    ['an endless time', { ...good, timestamp: Infinity }, '/timestamp'],
    ['a negative time', { ...good, timestamp: -1 }, '/timestamp'],
    ['a text as value', { ...good, value: '1' }, '/value'],
    ['an endless value', { ...good, value: Infinity }, '/value'],
    ['no value', { ...good, value: null }, '/value'],
    ['null as tags', { ...good, tags: null }, '/tags'],
    ['an array as tags', { ...good, tags: ['x'] }, '/tags'],
    ['a number as tag', { ...good, tags: { 'a/b~': 1 } }, '/tags/a~1b~0'],
    ['an empty tag', { ...good, tags: { a: '' } }, '/tags/a'],
    ['an empty tag name', { ...good, tags: { '': 'a' } }, '/tags/'],
    ['eleven tags', { ...good, tags: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`t${i}`, 'x'])) }, '/tags'],
  ] as const) {
    it(`refuses ${what}`, () => {
      const [fault, ...more] = faultsOf([good, point, good]);
      assert.deepEqual(more, []);
      assert.deepInclude(fault, { index: 1, path: `/1${path}` });
      assert.match(fault?.message ?? '', /\.$/);
    });
  }

  it('names every fault of every point, up to a bound', () => {
    assert.deepEqual(faultsOf([{}, good, { ...good, tags: { a: 1, b: 2 } }]).map(({ path }) => path), ['/0/timestamp', '/0/value', '/0/name', '/2/tags/a', '/2/tags/b']);
    assert.lengthOf(faultsOf(new Array<unknown>(1_000).fill({})), MAX_POINT_FAULTS);
  });

  it('is not fooled into taking one series for another', () => {
    const tricky = [{ ...good, tags: { a: 'b1:c1:d' } }, { ...good, tags: { a: 'b', c: 'd' } }, { ...good, tags: { a: 'b\u0000c' } }];
    assert.deepEqual([...batchOf(tricky.slice(0, 2)).seriesIndex], [0, 1]);
    assert.deepEqual(faultsOf(tricky).map(({ path }) => path), ['/2/tags/a']);
  });

  it('keeps every legal point as it is, through the record and back', () => {
    const tags = fc.array(fc.tuple(hostileName, hostileName), { maxLength: 10 }).map((entries) => Object.fromEntries(entries));
    const point = fc.record({ name: hostileName, timestamp: fc.integer({ min: NOW - 1_000, max: NOW }), value: fc.double({ noNaN: true, noDefaultInfinity: true }), tags });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 20 }), (points) => {
        const sent = JSON.parse(JSON.stringify(points)) as typeof points;
        const { points: batch } = decodePointRecord(encodePointRecord({ points: batchOf(sent), appendedAtMs: 0 }));
        const back = Array.from(batch.seriesIndex, (series, i) => ({ ...batch.series[series], timestamp: batch.times[i], value: batch.values[i] }));
        assert.deepEqual(back, sent.map(({ name, timestamp, value, tags: own }) => ({ name, tags: own, timestamp, value })));
        assert.lengthOf([...new Set(batch.series.map(({ name, tags: own }) => JSON.stringify([name, Object.entries(own).sort()])))], batch.series.length);
      }),
    );
  });
});

describe('PointBatchBuilder', () => {
  it('answers for each body as if it were the first one', () => {
    const tag = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y', '', 1));
    const point = fc.record({ name: fc.constantFrom('m', 'n', '', 'alertsHistory'), timestamp: fc.constant(NOW), value: fc.constant(1), tags: fc.array(tag, { maxLength: 3 }).map((entries) => Object.fromEntries(entries)) });
    fc.assert(
      fc.property(fc.array(fc.array(point, { maxLength: 6 }), { maxLength: 8 }), (bodies) => {
        const builder = new PointBatchBuilder();
        for (const body of bodies) assert.deepEqual(builder.build(body, context), buildPointBatch(body, context));
      }),
    );
  });

  it('gives the same list of series as the same object, however its tags are ordered, and another one as another', () => {
    const builder = new PointBatchBuilder();
    const series = (...input: readonly unknown[]): readonly Series[] => {
      const result = builder.build(input, context);
      return result.ok ? result.batch.series : assert.fail(JSON.stringify(result.faults));
    };
    const one = { ...good, tags: { a: '1', b: '2' } };
    const sameInOtherOrder = { ...good, tags: { b: '2', a: '1' } };
    const two = { ...good, name: 'z' };
    const list = series(one, two);
    assert.strictEqual(series(sameInOtherOrder, two, one), list);
    assert.notStrictEqual(series(two, one), list);
    assert.deepEqual(series(two, one), [...list].reverse());
    assert.deepEqual(series(one), list.slice(0, 1));
  });

  it('forgets in time, and goes on', () => {
    const builder = new PointBatchBuilder();
    for (let body = 0; body < 60; body += 1) {
      const points = Array.from({ length: 1_000 }, (_, i) => ({ ...good, tags: { host: `${body}-${i}`.padEnd(90, 'x') } }));
      const result = builder.build([...points, good], context);
      if (!result.ok) return assert.fail(JSON.stringify(result.faults[0]));
      assert.lengthOf(result.batch.series, 1_001);
      assert.deepEqual(result.batch.series[1_000], { name: 'a', tags: { host: 'x' } });
    }
  });
});
