import { assert } from 'chai';
import fc from 'fast-check';
import { AGGREGATORS, CaveError, check, evaluate, followUpQuestions, lookbackSeconds, parseCondition, planQuestions, readKey, relatedMetrics, settledBy } from '../../src/index.js';
import type { Answer, CheckResult, Condition, Question, SimpleSource } from '../../src/index.js';
import { operator } from './arbitraries.js';
import { answer, naiveVerdict } from './oracle.js';
import type { RawData } from './oracle.js';

const T = 100_000;
const scope = { database: 'gilt-k3f9q', lookbackSeconds: 3_600 };
const series = (name: string, points: readonly (readonly [number, number])[], tags = {}): RawData => points.map(([ago, value]) => ({ name, tags, time: T - ago, value }));

async function checkOn(text: string, data: RawData): Promise<CheckResult> {
  return check(parseCondition(text), T, scope, (questions) => Promise.resolve(questions.map((question) => answer(question, data))));
}

describe('planQuestions', () => {
  const plan = (text: string): readonly Question[] => planQuestions(parseCondition(text), T, scope);

  it('asks nothing for numbers', () => assert.deepEqual(plan('3 > 2 at least 5 times'), []));

  it('asks for the newest N points within the look-back', () => {
    assert.deepEqual(plan('a [b: c] > 3 at least 4 times delayed by 1m'), [
      { kind: 'points', database: 'gilt-k3f9q', metric: 'a', tags: { b: 'c' }, range: { from: T - 60 - 3_600, to: T - 60 }, limit: 4 },
    ]);
  });

  it('asks for a metric in the windows of the aggregate beside it', () => {
    assert.deepEqual(plan('a[].p99.5m > b at least 3 times'), [
      { kind: 'windows', database: 'gilt-k3f9q', metric: 'a', tags: {}, aggregator: 'p99', from: T - 900, width: 300, count: 3 },
      { kind: 'windows', database: 'gilt-k3f9q', metric: 'b', tags: {}, aggregator: 'last', from: T - 900, width: 300, count: 3 },
    ]);
  });

  it('gives each aggregate its own windows', () => {
    assert.deepEqual(
      plan('a[].sum.5m > a[].sum.1h at least 2 times').map((question) => question.kind === 'windows' && [question.from, question.width, question.count]),
      [[T - 600, 300, 2], [T - 7_200, 3_600, 2]],
    );
  });

  it('asks the same question once', () => assert.lengthOf(plan('a[].sum.5m > 2 * a[].sum.5m'), 1));

  it('asks one point of missing', () => {
    assert.deepEqual(plan('a missing for 10m'), [{ kind: 'points', database: 'gilt-k3f9q', metric: 'a', tags: {}, range: { from: T - 600, to: T }, limit: 1 }]);
  });
});

describe('evaluate', () => {
  it('compares the newest points, newest first', async () => {
    const data = series('a', [[30, 5], [20, 6], [10, 7]]);
    const result = await checkOn('a > 5 at least 2 times', data);
    assert.deepEqual(result, { verdict: { kind: 'true' }, values: [{ time: T - 10, left: 7, right: 5 }, { time: T - 20, left: 6, right: 5 }] });
    assert.equal((await checkOn('a > 5 at least 3 times', data)).verdict.kind, 'false');
    assert.deepEqual((await checkOn('a > 5 at least 4 times', data)).verdict, { kind: 'no_data', reason: 'too_few_values' });
  });

  it('reads neither at e nor before the look-back', async () => {
    assert.equal((await checkOn('a > 0', series('a', [[0, 1], [3_601, 1]]))).verdict.kind, 'no_data');
    assert.equal((await checkOn('a > 0', series('a', [[3_600, 1]]))).verdict.kind, 'true');
  });

  it('counts an empty window of a known series as 0 for count and sum only', async () => {
    const old = series('a', [[50_000, 1]]);
    assert.deepEqual(await checkOn('a[].count.5m < 1 at least 2 times', old), { verdict: { kind: 'true' }, values: [{ time: T - 300, left: 0, right: 1 }, { time: T - 600, left: 0, right: 1 }] });
    assert.equal((await checkOn('a[].sum.5m == 0', old)).verdict.kind, 'true');
    assert.equal((await checkOn('a[].mean.5m == 0', old)).verdict.kind, 'no_data');
    assert.deepEqual((await checkOn('b[].count.5m < 1', old)).verdict, { kind: 'error', reason: 'unknown_series' });
    assert.deepEqual((await checkOn('a [x: y] > 1', old)).verdict, { kind: 'error', reason: 'unknown_series' });
  });

  it('has no stddev of one point', async () => {
    assert.equal((await checkOn('a[].stddev.5m >= 0', series('a', [[10, 1]]))).verdict.kind, 'no_data');
    assert.equal((await checkOn('a[].stddev.5m >= 0', series('a', [[10, 1], [20, 1]]))).verdict.kind, 'true');
  });

  it('pairs a metric with the newest point at or before it', async () => {
    const data = [...series('a', [[40, 1], [20, 2]]), ...series('b', [[41, 10], [30, 20], [20, 30], [10, 40]])];
    const { values } = await checkOn('a < b at least 2 times', data);
    assert.deepEqual(values, [{ time: T - 20, left: 2, right: 30 }, { time: T - 40, left: 1, right: 10 }]);
  });

  it('asks again when the right side is much denser than the left', async () => {
    const data = [...series('a', [[3_000, 7]]), ...series('b', Array.from({ length: 500 }, (_, i) => [i + 1, i] as const)), ...series('b', [[3_001, 6]])];
    const rounds: number[] = [];
    const result = await check(parseCondition('a > b'), T, scope, (questions) => {
      rounds.push(questions.length);
      return Promise.resolve(questions.map((question) => answer(question, data)));
    });
    assert.deepEqual(rounds, [2, 1]);
    assert.deepEqual(result, { verdict: { kind: 'true' }, values: [{ time: T - 3_000, left: 7, right: 6 }] });
  });

  it('takes numbers N times', async () => {
    assert.deepEqual(await checkOn('2 * 3 > 5 at least 2 times', []), { verdict: { kind: 'true' }, values: [{ time: null, left: 6, right: 5 }, { time: null, left: 6, right: 5 }] });
  });

  it('finds missing true for a source never seen, and only in [t − d, t)', async () => {
    assert.deepEqual(await checkOn('a missing for 5m', []), { verdict: { kind: 'true' }, values: [] });
    assert.equal((await checkOn('a missing for 5m', series('a', [[0, 1], [301, 1]]))).verdict.kind, 'true');
    assert.deepEqual(await checkOn('a missing for 5m', series('a', [[300, 4]])), { verdict: { kind: 'false' }, values: [{ time: T - 300, left: 4, right: null }] });
  });

  it('tells a store that cannot answer from everything else', () => {
    const broken: Answer = { kind: 'error', error: new CaveError('unavailable', 'The store is down.') };
    for (const text of ['a > 3', 'a missing for 5m', 'a[].sum.5m > b']) {
      const condition = parseCondition(text);
      const answers = planQuestions(condition, T, scope).map((_, i): Answer => (i === 0 ? broken : { kind: 'unknown_series' }));
      assert.deepEqual(evaluate(condition, T, scope, answers).verdict, { kind: 'error', reason: 'store' });
    }
  });

  it('refuses answers that do not fit', () => {
    const condition = parseCondition('a > 3');
    assert.throws(() => evaluate(condition, T, scope, []), CaveError, /needs 1 answers/);
    assert.throws(() => evaluate(condition, T, scope, [{ kind: 'windows', values: [1] }]), CaveError, /does not fit/);
  });

  it('agrees with the prose on random points and conditions', async () => {
    const tags = fc.constantFrom({}, { x: '1' }, { x: '2' }, { x: '1', y: '2' });
    const metric = fc.record({ name: fc.constantFrom('a', 'b'), tags: fc.constantFrom({}, { x: '1' }, { y: '2' }) });
    const simple: fc.Arbitrary<SimpleSource> = fc.oneof(
      fc.record({ kind: fc.constant('number' as const), value: fc.integer({ min: -3, max: 6 }) }),
      fc.record({ kind: fc.constant('metric' as const), metric }),
      fc.record({ kind: fc.constant('aggregate' as const), metric, aggregator: fc.constantFrom(...AGGREGATORS), windowSeconds: fc.integer({ min: 1, max: 30 }) }),
    );
    const source = fc.record({ simple, factor: fc.option(fc.constantFrom(-1, 0.5, 2)) });
    const condition: fc.Arbitrary<Condition> = fc.oneof(
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('comparison' as const), left: source, operator, right: source, times: fc.integer({ min: 1, max: 4 }), delaySeconds: fc.constantFrom(0, 0, 7) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('missing' as const), metric, forSeconds: fc.integer({ min: 1, max: 40 }) }) },
    );
    const point = fc.record({ name: fc.constantFrom('a', 'b'), tags, time: fc.integer({ min: T - 80, max: T + 3 }), value: fc.integer({ min: -3, max: 5 }) });
    const dense = fc.array(fc.record({ name: fc.constant('b'), tags, time: fc.integer({ min: T - 30, max: T }), value: fc.integer({ min: -3, max: 5 }) }), { minLength: 110, maxLength: 130 });
    const data = fc.oneof({ weight: 9, arbitrary: fc.array(point, { maxLength: 60 }) }, { weight: 1, arbitrary: fc.tuple(fc.array(point, { maxLength: 10 }), dense).map(([some, more]) => [...some, ...more]) });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(condition, fc.integer({ min: 10, max: 90 }), data, async (one, lookback, points) => {
        const { verdict } = await check(one, T, { database: 'd', lookbackSeconds: lookback }, (questions) => Promise.resolve(questions.map((question) => answer(question, points))));
        seen.add(verdict.kind);
        assert.deepEqual(verdict, naiveVerdict(one, T, lookback, points));
      }),
      { numRuns: 3_000 },
    );
    assert.sameMembers([...seen], ['true', 'false', 'no_data', 'error']);
  });

  it('needs no second round while the first reached far enough', () => {
    const condition = parseCondition('a > b');
    const points = (times: readonly number[]): Answer => ({ kind: 'points', times, values: times });
    assert.deepEqual(followUpQuestions(condition, T, scope, [points([T - 50]), points([T - 10, T - 20])]), []);
    const full = points(new Array<number>(101).fill(T - 10));
    assert.deepEqual(followUpQuestions(condition, T, scope, [points([T - 10]), full]), []);
    assert.deepEqual(followUpQuestions(condition, T, scope, [points([T - 11]), full]), [
      { kind: 'points', database: 'gilt-k3f9q', metric: 'b', tags: {}, range: { from: T - 3_600, to: T - 10 }, limit: 1 },
    ]);
  });
});

describe('lookbackSeconds, settledBy, relatedMetrics, readKey', () => {
  it('looks back ten periods, at least an hour, unless the alert says otherwise', () => {
    assert.deepEqual([lookbackSeconds(null, 60), lookbackSeconds(null, 600), lookbackSeconds(30, 600)], [3_600, 6_000, 30]);
  });

  it('needs data up to t − delay', () => {
    assert.equal(settledBy(parseCondition('a > 3 delayed by 5m'), T), T - 300);
    assert.equal(settledBy(parseCondition('a missing for 5m'), T), T);
  });

  it('lists what a condition reads', () => {
    assert.deepEqual(relatedMetrics(parseCondition('2 * a [b: c].sum.5m > d')), [{ name: 'a', tags: { b: 'c' }, aggregator: 'sum', period_seconds: 300 }, { name: 'd', tags: {} }]);
    assert.deepEqual(relatedMetrics(parseCondition('a [b: c, d: e] > a [d: e, b: c]')), [{ name: 'a', tags: { b: 'c', d: 'e' } }]);
    assert.deepEqual(relatedMetrics(parseCondition('a missing for 5m')), [{ name: 'a', tags: {} }]);
    assert.deepEqual(relatedMetrics(parseCondition('3 > 2')), []);
  });

  it('is one key for alerts that read the same', () => {
    const key = (text: string, database = 'd'): string => readKey(database, parseCondition(text));
    assert.equal(key('a [b: c, d: e].sum.5m > 3'), key('7 < a [d: e, b: c].sum.5m'));
    assert.notEqual(key('a[].sum.5m > 3'), key('a[].sum.6m > 3'));
    assert.notEqual(key('a[].sum.5m > 3'), key('a[].sum.5m > 3', 'other'));
    assert.notEqual(key('a > 3'), key('a > 3 delayed by 5m'));
    assert.notEqual(key('a > 3'), key('a missing for 5m'));
  });
});
