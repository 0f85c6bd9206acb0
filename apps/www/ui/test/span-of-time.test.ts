import { expect } from 'chai';
import { spanOfTime } from '../src/pages/status/span-of-time.js';

describe('how long something took', () => {
  const from = new Date('2026-03-01T00:00:00Z');
  for (const [seconds, expected] of [
    [0, 'less than 1 s'], [0.9, 'less than 1 s'], [1, '1 s'], [59.9, '59 s'], [60, '1 min'], [61, '1 min 1 s'],
    [3_600, '1 h'], [3_601, '1 h'], [7_500, '2 h 5 min'], [86_400, '1 d'], [90_000, '1 d 1 h'], [86_400 * 3 + 59, '3 d'],
  ] as const) {
    it(`says ${expected} of ${seconds} s`, () => {
      expect(spanOfTime(from, new Date(from.getTime() + seconds * 1000))).to.equal(expected);
    });
  }

  it('says nothing negative when clocks disagree', () => {
    expect(spanOfTime(from, new Date(from.getTime() - 5_000))).to.equal('less than 1 s');
  });
});
