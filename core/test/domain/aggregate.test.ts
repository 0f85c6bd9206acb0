import { assert } from 'chai';
import fc from 'fast-check';
import { AGGREGATORS, aggregate, percentileRank } from '../../src/index.js';
import { naiveAggregate } from './oracle.js';

describe('aggregate', () => {
  it('has no value for no points, and no stddev for one', () => {
    for (const aggregator of AGGREGATORS) assert.isNull(aggregate(aggregator, []));
    assert.isNull(aggregate('stddev', [3]));
  });

  it('means what the language says', () => {
    const values = [4, 1, 1, 4, 2, 9];
    const expected = { count: 6, min: 1, max: 9, mean: 3.5, mode: 4, median: 3, sum: 21, p90: 4, p95: 9, p99: 9, p999: 9 };
    for (const [aggregator, value] of Object.entries(expected)) assert.equal(aggregate(aggregator as keyof typeof expected, values), value, aggregator);
    assert.approximately(aggregate('stddev', values) ?? NaN, 3.0166206257996713, 1e-12);
    assert.equal(aggregate('median', [5, 1, 3]), 3);
  });

  it('ranks percentiles in exact arithmetic', () => {
    assert.deepEqual([1, 4, 5, 6, 15].map((n) => percentileRank(n, 900)), [1, 4, 5, 5, 14]);
    assert.deepEqual([10, 50, 500, 1_500].map((n) => percentileRank(n, 990)), [10, 50, 495, 1_485]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.constantFrom(900, 950, 990, 999), (n, perMille) => {
        const exact = (BigInt(n) * BigInt(perMille) * 2n + 1_000n) / 2_000n;
        assert.equal(percentileRank(n, perMille), Math.max(1, Number(exact)));
      }),
    );
  });

  it('agrees with the prose on random data', () => {
    const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), fc.constantFrom(...AGGREGATORS), (values, aggregator) => {
        const actual = aggregate(aggregator, values);
        const expected = naiveAggregate(aggregator, values);
        if (actual === null || expected === null) assert.equal(actual, expected);
        else assert.closeTo(actual, expected, 1e-6);
      }),
      { numRuns: 1_000 },
    );
  });
});
