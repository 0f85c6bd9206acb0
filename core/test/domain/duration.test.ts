import { assert } from 'chai';
import fc from 'fast-check';
import { MAX_DURATION_SECONDS, parseDuration, parsePeriod, periodSeconds, printDuration, printPeriod } from '../../src/index.js';
import type { Period } from '../../src/index.js';
import { syntaxFaultOf } from './syntax-of.js';

describe('duration', () => {
  it('reads seconds, minutes, hours and days', () => {
    assert.deepEqual(['30s', '5m', '2h', '1d', ' 05 m '].map(parseDuration), [30, 300, 7_200, 86_400, 300]);
  });

  it('prints the shortest text', () => {
    assert.deepEqual([30, 90, 300, 7_200, 86_400, 90_000].map(printDuration), ['30s', '90s', '5m', '2h', '1d', '25h']);
  });

  it('reads again what it printed', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: MAX_DURATION_SECONDS }), (seconds) => parseDuration(printDuration(seconds)) === seconds));
  });

  for (const [text, column] of [['', 1], ['5', 2], ['m', 1], ['5x', 2], ['5mm', 2], ['5m 3', 4], ['0s', 1], ['367d', 1], ['-5m', 1], ['1.5h', 2], ['9'.repeat(400) + 's', 1]] as const) {
    it(`refuses ${JSON.stringify(text.slice(0, 12))} at column ${column}`, () => {
      assert.equal(syntaxFaultOf(() => parseDuration(text)).column, column);
    });
  }
});

describe('period', () => {
  it('reads durations and times of day', () => {
    assert.deepEqual(parsePeriod('5m'), { kind: 'every', seconds: 300 });
    assert.deepEqual(parsePeriod('@08'), { kind: 'daily', secondOfDay: 28_800 });
    assert.deepEqual(parsePeriod('@08:30'), { kind: 'daily', secondOfDay: 30_600 });
    assert.deepEqual(parsePeriod('@23:59:59'), { kind: 'daily', secondOfDay: 86_399 });
  });

  it('knows the seconds between ticks', () => {
    assert.equal(periodSeconds(parsePeriod('90s')), 90);
    assert.equal(periodSeconds(parsePeriod('@00:00')), 86_400);
  });

  it('reads again what it printed', () => {
    const period: fc.Arbitrary<Period> = fc.oneof(
      fc.record({ kind: fc.constant('every' as const), seconds: fc.integer({ min: 1, max: MAX_DURATION_SECONDS }) }),
      fc.record({ kind: fc.constant('daily' as const), secondOfDay: fc.integer({ min: 0, max: 86_399 }) }),
    );
    fc.assert(fc.property(period, (one) => assert.deepEqual(parsePeriod(printPeriod(one)), one)));
  });

  for (const [text, column] of [['@24:00', 2], ['@8:30', 2], ['@08:60', 5], ['@08:30:60', 8], ['@08:30:', 8], ['@', 2], ['@08:30 x', 8], ['5', 2], ['@123', 2]] as const) {
    it(`refuses ${text} at column ${column}`, () => {
      assert.equal(syntaxFaultOf(() => parsePeriod(text)).column, column);
    });
  }
});
