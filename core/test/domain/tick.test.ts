import { assert } from 'chai';
import fc from 'fast-check';
import { dueTicks, latestDueTick, latestTick, nextTick, offsetFor, periodSeconds } from '../../src/index.js';
import type { AlertVersion, Period } from '../../src/index.js';

const every = (seconds: number): Period => ({ kind: 'every', seconds });

function version(number: number, effectiveFrom: number, seconds: number, offsetSeconds: number, enabled = true, deleted = false): AlertVersion {
  return { version: number, effectiveFrom, enabled, deleted, period: every(seconds), offsetSeconds, condition: '3 > 2', lookbackSeconds: null };
}

describe('offsetFor', () => {
  it('is the time of day of a daily alert', () => {
    assert.equal(offsetFor('42', { kind: 'daily', secondOfDay: 30_600 }, 'whatever'), 30_600);
  });

  it('spreads consecutive ids evenly', () => {
    const counts = new Array<number>(60).fill(0);
    for (let id = 1; id <= 60_000; id += 1) {
      const offset = offsetFor(String(id), every(60));
      counts[offset] = (counts[offset] ?? NaN) + 1;
    }
    // Six standard deviations of 60,000 balls thrown into 60 bins.
    for (const count of counts) assert.closeTo(count, 1_000, 190);
  });

  it('is the same for all that read the same', () => {
    const offsets = ['1', '2', '3'].map((id) => offsetFor(id, every(3_600), 'a key'));
    assert.lengthOf([...new Set(offsets)], 1);
  });

  it('lies in [0, period)', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 366 * 86_400 }), (id, seconds) => {
        const offset = offsetFor(id, every(seconds));
        return Number.isInteger(offset) && offset >= 0 && offset < seconds;
      }),
    );
  });
});

describe('nextTick and latestTick', () => {
  it('find the ticks around a second', () => {
    assert.deepEqual([nextTick(99, 60, 40), nextTick(100, 60, 40), latestTick(100, 60, 40), latestTick(99, 60, 40)], [100, 160, 100, 40]);
  });
});

describe('dueTicks', () => {
  it('has none before the first version, and begins after its second', () => {
    assert.deepEqual([...dueTicks([version(1, 100, 10, 0)], null, 130)], [110, 120, 130]);
    assert.deepEqual([...dueTicks([version(1, 100, 10, 0)], null, 100)], []);
  });

  it('gives a tick at the second of an edit to the version before', () => {
    const versions = [version(1, 0, 10, 0), version(2, 30, 7, 2)];
    assert.deepEqual([...dueTicks(versions, 10, 45)], [20, 30, 37, 44]);
  });

  it('has none while disabled or deleted', () => {
    const versions = [version(1, 0, 10, 0), version(2, 20, 10, 0, false), version(3, 45, 10, 0), version(4, 60, 10, 0, false, true)];
    assert.deepEqual([...dueTicks(versions, null, 200)], [10, 20, 50, 60]);
    assert.equal(latestDueTick(versions, null, 200), 60);
    assert.equal(latestDueTick(versions, 60, 200), null);
  });

  it('is lazy over a huge gap', () => {
    const ticks = dueTicks([version(1, 0, 1, 0)], null, 1e15);
    assert.deepEqual([ticks.next().value, ticks.next().value], [1, 2]);
    assert.equal(latestDueTick([version(1, 0, 1, 0)], null, 1e15), 1e15);
  });

  it('agrees with asking at every second which version is in force', () => {
    const one = fc.record({ from: fc.integer({ min: 0, max: 120 }), seconds: fc.integer({ min: 1, max: 40 }), offset: fc.nat(), enabled: fc.boolean() });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), fc.option(fc.integer({ min: -5, max: 150 })), fc.integer({ min: -5, max: 150 }), (plans, afterTick, upTo) => {
        const versions = plans.map((plan, i) => version(i + 1, plan.from, plan.seconds, plan.offset % plan.seconds, plan.enabled));
        const expected: number[] = [];
        for (let t = Math.max(-10, afterTick === null ? -10 : afterTick + 1); t <= upTo; t += 1) {
          const inForce = versions.findLast(({ effectiveFrom }) => effectiveFrom < t);
          if (inForce?.enabled === true && (t - inForce.offsetSeconds) % periodSeconds(inForce.period) === 0) expected.push(t);
        }
        assert.deepEqual([...dueTicks(versions, afterTick, upTo)], expected);
        assert.equal(latestDueTick([...versions].reverse(), afterTick, upTo), expected.at(-1) ?? null);
      }),
      { numRuns: 1_000 },
    );
  });
});
