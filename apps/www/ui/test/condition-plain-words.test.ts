import { AGGREGATORS, parseCondition } from '@cave/core/language';
import { assert } from 'chai';
import { durationWords, toPlainWords } from '../src/condition/plain-words.js';

describe('toPlainWords', () => {
  for (const [text, words] of [
    ['orders [shipTo: US].sum.5m <= ordersPredictedLow5m [shipTo: US]', 'The sum of orders where shipTo is US over 5 minutes is at most the newest value of ordersPredictedLow5m where shipTo is US in the same 5 minutes.'],
    ['orders [shipCountry: US].sum.12m * 1.7 <= 3 * order.predHi.US at least 3 times delayed by 5m', '1.7 times the sum of orders where shipCountry is US over 12 minutes is at most 3 times the newest value of order.predHi.US in the same 12 minutes, 3 times in a row, as of 5 minutes before the check.'],
    ['responseTime [service: svc-important, env: production].p99.5m > 1500 at least 3 times', 'The 99th percentile of responseTime where service is svc-important and env is production over 5 minutes is more than 1500, 3 times in a row.'],
    ['heartbeat [service: svc-important] missing for 10m', 'There has been no point of heartbeat where service is svc-important for 10 minutes.'],
    ['something > -100', 'The newest value of something is more than -100.'],
    ['3 > 2', '3 is more than 2.'],
    ['a < 2 * b', 'The newest value of a is less than 2 times the newest value of b at that time.'],
    ['"the orders" ["ship to": "New York"] == 1', 'The newest value of "the orders" where "ship to" is "New York" equals 1.'],
    ['a[].count.1d != b[].stddev.90s', 'The number of points of a over 1 day differs from the standard deviation of b over 90 seconds.'],
  ] as const) {
    it(`says ${text}`, () => assert.equal(toPlainWords(parseCondition(text)), words));
  }

  it('has other words for each aggregator', () => {
    assert.equal(new Set(AGGREGATORS.map((aggregator) => toPlainWords(parseCondition(`a[].${aggregator}.5m > 1`)))).size, AGGREGATORS.length);
  });
});

describe('durationWords', () => {
  it('takes the largest unit that divides', () => {
    assert.deepEqual([1, 59, 60, 90, 3_600, 7_200, 86_400, 172_800, 90_000].map(durationWords), ['1 second', '59 seconds', '1 minute', '90 seconds', '1 hour', '2 hours', '1 day', '2 days', '25 hours']);
  });
});
