import { expect } from 'chai';
import fc from 'fast-check';
import { alignSeries, isolatedIndexes } from '../src/chart/data/align.js';

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
const points = (...pairs: [seconds: number, value: number][]) => pairs.map(([seconds, value]) => ({ time: at(seconds), value }));

describe('series as aligned data', () => {
  it('turns newest first into oldest first, in seconds', () => {
    expect(alignSeries([{ label: 'a', points: points([120, 3], [60, 2], [0, 1]), windowMinutes: 1 }])).to.deep.equal([[0, 60, 120], [1, 2, 3]]);
  });

  it('breaks the line of windows where one is missing', () => {
    expect(alignSeries([{ label: 'a', points: points([240, 3], [60, 2], [0, 1]), windowMinutes: 1 }])).to.deep.equal([[0, 60, 120, 240], [1, 2, null, 3]]);
  });

  it('connects raw points, however far they are from each other', () => {
    expect(alignSeries([{ label: 'a', points: points([86_400, 3], [0.5, 1]) }])).to.deep.equal([[0.5, 86_400], [1, 3]]);
  });

  it('marks times that only another series has as no gap', () => {
    const data = alignSeries([
      { label: 'a', points: points([120, 3], [0, 1]) },
      { label: 'b', points: points([60, 7]) },
    ]);
    expect(data).to.deep.equal([[0, 60, 120], [1, undefined, 3], [undefined, 7, undefined]]);
  });

  it('keeps the gap of one series where another has a value', () => {
    const data = alignSeries([
      { label: 'a', points: points([120, 3], [0, 1]), windowMinutes: 1 },
      { label: 'b', points: points([120, 9], [60, 8], [0, 7]), windowMinutes: 1 },
    ]);
    expect(data).to.deep.equal([[0, 60, 120], [1, null, 3], [7, 8, 9]]);
  });

  it('leaves the whole gap empty, however many times of other series lie in it', () => {
    const data = alignSeries([
      { label: 'a', points: points([240, 3], [0, 1]), windowMinutes: 1 },
      { label: 'b', points: points([240, 9], [180, 8], [90, 7], [30, 6], [0, 5]) },
    ]);
    expect(data).to.deep.equal([[0, 30, 60, 90, 180, 240], [1, null, null, null, null, 3], [5, 6, undefined, 7, 8, 9]]);
  });

  it('takes the newer of two raw points with the same time', () => {
    expect(alignSeries([{ label: 'a', points: points([60, 2], [60, 1]) }])).to.deep.equal([[60], [2]]);
  });

  it('has an empty form', () => {
    expect(alignSeries([])).to.deep.equal([[]]);
    expect(alignSeries([{ label: 'a', points: [] }])).to.deep.equal([[], []]);
  });

  it('refuses what is not a time', () => {
    expect(() => alignSeries([{ label: 'a', points: [{ time: 'yesterday', value: 1 }] }])).to.throw(RangeError, 'yesterday');
  });

  it('loses no point and invents none, whatever comes in which order', () => {
    const series = fc.uniqueArray(fc.record({ window: fc.integer({ min: 0, max: 200 }), value: fc.integer() }), { selector: ({ window }) => window });
    fc.assert(fc.property(fc.array(series, { maxLength: 4 }), fc.boolean(), (all, windows) => {
      const [times, ...columns] = alignSeries(all.map((one, i) => ({
        label: String(i), points: one.map(({ window, value }) => ({ time: at(window * 60), value })), ...(windows ? { windowMinutes: 1 } : {}),
      })));
      expect(times).to.deep.equal([...new Set(times)].sort((a, b) => a - b));
      columns.forEach((column, i) => {
        expect(column).to.have.length(times.length);
        const kept = times.flatMap((time, j) => (typeof column[j] === 'number' ? [[time, column[j]]] : []));
        expect(kept).to.deep.equal((all[i] ?? []).map(({ window, value }) => [window * 60, value]).sort(([a = 0], [b = 0]) => a - b));
        if (!windows) expect(column).not.to.include(null);
      });
    }));
  });
});

describe('values without neighbours', () => {
  it('are those between gaps or ends, looking through times of other series', () => {
    expect(isolatedIndexes([1])).to.deep.equal([0]);
    expect(isolatedIndexes([1, 2, null, 3, null, 4, 5])).to.deep.equal([3]);
    expect(isolatedIndexes([undefined, 1, undefined, null, 2, undefined, 3])).to.deep.equal([1]);
    expect(isolatedIndexes([null, undefined, 4, undefined])).to.deep.equal([2]);
    expect(isolatedIndexes([])).to.deep.equal([]);
  });
});
