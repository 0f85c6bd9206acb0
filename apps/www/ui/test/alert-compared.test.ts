import { expect } from 'chai';
import { comparedIn } from '../src/pages/alerts/alert/compared.js';

describe('what an alert compares', () => {
  it('is a line and a threshold', () => {
    expect(comparedIn('orders [shop: a].sum.5m < 10')).to.deep.equal({
      sources: [{ label: 'orders [shop: a].sum.5m', metric: { name: 'orders', tags: { shop: 'a' } }, window: { aggregator: 'sum', seconds: 300 }, factor: 1 }],
      thresholds: [{ value: 10, label: '< 10' }],
    });
  });

  it('turns the operator where the number stands on the left', () => {
    expect(comparedIn('10 <= load')?.thresholds).to.deep.equal([{ value: 10, label: '>= 10' }]);
  });

  it('multiplies what is multiplied', () => {
    const compared = comparedIn('orders * 1.5 <= 3 * low');
    expect(compared?.sources.map(({ metric, factor }) => [metric.name, factor])).to.deep.equal([['orders', 1.5], ['low', 3]]);
    expect(compared?.thresholds).to.deep.equal([]);
    expect(comparedIn('load > 2 * 5')?.thresholds).to.deep.equal([{ value: 10, label: '> 10' }]);
  });

  it('draws equal sides once, and nothing of numbers alone', () => {
    expect(comparedIn('load == load')?.sources).to.have.length(1);
    expect(comparedIn('3 > 2')).to.deep.equal({ sources: [], thresholds: [] });
  });

  it('draws the points of what may be missing', () => {
    expect(comparedIn('heartbeat missing for 10m')).to.deep.equal({ sources: [{ label: 'heartbeat', metric: { name: 'heartbeat', tags: {} }, window: null, factor: 1 }], thresholds: [] });
  });

  it('is unknown of what cannot be read', () => {
    expect(comparedIn('load >')).to.equal(null);
  });
});
