import { expect } from 'chai';
import { frameTimesOf } from '../src/chart/bench/frame-times.js';
import { advanced, syntheticRange, syntheticSeries } from '../src/chart/bench/synthetic-series.js';

describe('what the bench page measures', () => {
  it('is told by nearest ranks', () => {
    expect(frameTimesOf([5, 1, 3, 2, 4])).to.deep.equal({ frames: 5, p50: 3, p95: 5, max: 5 });
    expect(frameTimesOf([7])).to.deep.equal({ frames: 1, p50: 7, p95: 7, max: 7 });
    expect(() => frameTimesOf([])).to.throw(RangeError);
  });

  it('is the same data each time, newest first and within its range', () => {
    const series = syntheticSeries(3, 1000);
    expect(series).to.deep.equal(syntheticSeries(3, 1000));
    const { start, end } = syntheticRange(0, 1000);
    for (const { points } of series) {
      const times = points.map(({ time }) => Date.parse(time) / 1000);
      expect(times).to.deep.equal(times.toSorted((a, b) => b - a));
      for (const time of times) expect(time).to.be.within(start, end - 60);
      // Gaps are drawn too.
      expect(points.length).to.be.within(900, 999);
    }
  });

  it('goes on by one window with each update', () => {
    const [one] = advanced(syntheticSeries(1, 100), 100);
    expect(one?.points[0]?.time).to.equal(new Date(syntheticRange(100, 1).start * 1000).toISOString());
    expect(one?.points).to.have.length(syntheticSeries(1, 100)[0]?.points.length as number);
  });
});
