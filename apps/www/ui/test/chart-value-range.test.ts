import { expect } from 'chai';
import fc from 'fast-check';
import { valueRange, valueTicks } from '../src/chart/data/value-range.js';

describe('the axis of values', () => {
  for (const [what, low, high, range] of [
    ['nothing', null, null, [0, 1]],
    ['zeros', 0, 0, [0, 1]],
    ['one positive value', 5, 5, [0, 10]],
    ['one negative value', -5, -5, [-10, 0]],
    ['values that come near zero', 2, 98, [0, 125]],
    ['values far from zero', 1000, 1010, [997.5, 1012.5]],
    ['values on both sides', -1, 1, [-1.5, 1.5]],
    ['negative values that come near zero', -98, -2, [-125, 0]],
    ['shares', 0, 1, [0, 1.25]],
  ] as const) {
    it(`for ${what} is ${range.join(' to ')}`, () => expect(valueRange(low, high)).to.deep.equal(range));
  }

  it('is finite, has a height and holds the values, for any two numbers', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 });
    fc.assert(fc.property(number, number, (a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const [bottom, top] = valueRange(low, high);
      expect(bottom).to.be.finite;
      expect(top).to.be.finite;
      expect(bottom).to.be.below(top);
      expect(bottom).to.be.at.most(low);
      expect(top).to.be.at.least(high);
    }), { numRuns: 1000 });
  });

  it('is finite for the largest numbers', () => {
    const [bottom, top] = valueRange(-Number.MAX_VALUE, Number.MAX_VALUE);
    expect(top - bottom).to.be.finite;
  });

  it('does not show less than zero for values that are not', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), fc.double({ min: 0, max: 1e15, noNaN: true }), (a, b) => {
      expect(valueRange(Math.min(a, b), Math.max(a, b))[0]).to.be.at.least(0);
    }));
  });
});

describe('ticks of the axis of values', () => {
  it('are round and without the dust of binary fractions', () => {
    expect(valueTicks([0, 0.5], 5)).to.deep.equal([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(valueTicks([-125, 0], 5)).to.deep.equal([-125, -100, -75, -50, -25, 0]);
    expect(valueTicks([997.5, 1012.5], 3)).to.deep.equal([1000, 1005, 1010]);
  });

  it('are within the axis and few, for any axis', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 });
    fc.assert(fc.property(number, number, fc.integer({ min: 1, max: 12 }), (a, b, most) => {
      const range = valueRange(Math.min(a, b), Math.max(a, b));
      const ticks = valueTicks(range, most);
      const slack = (range[1] - range[0]) / 1000;
      expect(ticks.length).to.be.at.most(2 * most + 1);
      for (const tick of ticks) expect(tick).to.be.within(range[0] - slack, range[1] + slack);
    }), { numRuns: 1000 });
  });
});
