import { expect } from 'chai';
import { nearestValues } from '../src/chart/hover/hover.js';
import { isolated, toggled } from '../src/chart/data/visibility.js';

describe('values near the pointer', () => {
  const labels = ['a', 'b', 'c', 'd'];
  const columns = [[1], [5], [9], [null]];

  it('are the closest ones, highest first, with the nearest marked', () => {
    expect(nearestValues(labels, columns, [0, 0, 0, 0], 6, 2)).to.deep.equal({
      values: [{ label: 'c', value: 9, index: 2, nearest: false }, { label: 'b', value: 5, index: 1, nearest: true }],
      others: 1,
    });
  });

  it('leave out series that have none there', () => {
    const { values, others } = nearestValues(labels, columns, [0, null, undefined, 0], 0, 10);
    expect(values.map(({ label }) => label)).to.deep.equal(['a']);
    expect(others).to.equal(0);
  });
});

describe('which series are drawn', () => {
  const labels = ['a', 'b', 'c'];

  it('is one alone by a click, and all again by another', () => {
    const alone = isolated(new Set(), 'a', labels);
    expect(alone).to.deep.equal(new Set(['b', 'c']));
    expect(isolated(alone, 'a', labels)).to.deep.equal(new Set());
    expect(isolated(alone, 'b', labels)).to.deep.equal(new Set(['a', 'c']));
  });

  it('changes one by one with a key', () => {
    expect(toggled(new Set(['a']), 'b')).to.deep.equal(new Set(['a', 'b']));
    expect(toggled(new Set(['a', 'b']), 'b')).to.deep.equal(new Set(['a']));
  });

  it('is all again by a click on the only series', () => expect(isolated(new Set(), 'a', ['a'])).to.deep.equal(new Set()));
});
