import { expect } from 'chai';
import { statisticsOf } from '../src/chart/data/statistics.js';

const ALL = { start: 0, end: 1000 };

describe('statistics of a legend', () => {
  it('leave out gaps', () => {
    expect(statisticsOf([0, 1, 2, 3], [4, null, undefined, 2], ALL)).to.deep.equal({ min: 2, max: 4, mean: 3, last: 2 });
  });

  it('are of the range that is shown, its end not included', () => {
    expect(statisticsOf([0, 10, 20, 30], [1, 2, 3, 4], { start: 10, end: 30 })).to.deep.equal({ min: 2, max: 3, mean: 2.5, last: 3 });
  });

  it('are null where there is nothing', () => {
    const nothing = { min: null, max: null, mean: null, last: null };
    expect(statisticsOf([], [], ALL)).to.deep.equal(nothing);
    expect(statisticsOf([0], [null], ALL)).to.deep.equal(nothing);
    expect(statisticsOf([2000], [1], ALL)).to.deep.equal(nothing);
  });

  it('do not overflow', () => {
    expect(statisticsOf([0, 1], [Number.MAX_VALUE, Number.MAX_VALUE], ALL).mean).to.equal(Number.MAX_VALUE);
  });
});
