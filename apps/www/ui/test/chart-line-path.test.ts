import { expect } from 'chai';
import type { Value } from '../src/chart/data/align.js';
import { traceLine } from '../src/chart/paint/line-path.js';

function traced(values: Value[], times = values.map((_, i) => i)): string {
  const steps: string[] = [];
  traceLine({ moveTo: (x, y) => steps.push(`M${x},${y}`), lineTo: (x, y) => steps.push(`L${x},${y}`) }, times, values, 0, values.length - 1, (time) => time, (value) => value);
  return steps.join(' ');
}

describe('the line of a series', () => {
  it('goes through its values', () => expect(traced([1, 2, 3])).to.equal('M0,1 L1,2 L2,3'));

  it('ends at a gap and begins again after it', () => expect(traced([1, 2, null, null, 3, 4])).to.equal('M0,1 L1,2 M4,3 L5,4'));

  it('passes over times of other series', () => expect(traced([undefined, 1, undefined, 2, undefined])).to.equal('M1,1 L3,2'));

  it('draws of many values on a pixel the first, lowest, highest and last', () => {
    expect(traced([5, 9, 1, 4, 6], [0, 0.1, 0.2, 0.3, 1])).to.equal('M0,5 L0,1 L0,9 L0,4 L1,6');
  });

  it('draws a pixel with one value, or the same ones, once', () => {
    expect(traced([5, 5, 5, 6], [0, 0.1, 0.2, 1])).to.equal('M0,5 L1,6');
  });

  it('finishes the last pixel, and that before a gap', () => {
    expect(traced([1, 7, 3], [0, 0.1, 0.2])).to.equal('M0,1 L0,7 L0,3');
    expect(traced([1, 7, null, 3], [0, 0.1, 0.2, 1])).to.equal('M0,1 L0,7 M1,3');
  });

  it('is nothing of nothing', () => expect(traced([])).to.equal(''));
});
