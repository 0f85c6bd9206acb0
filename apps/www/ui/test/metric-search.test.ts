import { expect } from 'chai';
import { metricOfPath, metricPath } from '../src/pages/metrics/metric-path.js';
import { pageNumberOf, pageOf, searchMetrics } from '../src/metrics/metric-search.js';

const METRICS = [
  { name: 'orders', tags: ['shop', 'country'] },
  { name: 'Latency', tags: ['host'] },
  { name: 'cpu.user', tags: ['host', 'core'] },
];
const namesOf = (search: string): string[] => searchMetrics(METRICS, search, 'ascending').map(({ name }) => name);

describe('search of metrics', () => {
  it('looks into names and tag names without regard to case', () => {
    expect(namesOf('LAT')).to.deep.equal(['Latency']);
    expect(namesOf('host')).to.deep.equal(['Latency', 'cpu.user']);
    expect(namesOf('nothing')).to.deep.equal([]);
  });

  it('asks for every word, wherever each is', () => {
    expect(namesOf(' host  cpu ')).to.deep.equal(['cpu.user']);
    expect(namesOf('host shop')).to.deep.equal([]);
  });

  it('orders by name, both ways, and leaves what it was given as it was', () => {
    expect(namesOf('')).to.deep.equal(['Latency', 'cpu.user', 'orders']);
    expect(searchMetrics(METRICS, '', 'descending').map(({ name }) => name)).to.deep.equal(['orders', 'cpu.user', 'Latency']);
    expect(METRICS[0]?.name).to.equal('orders');
  });

  it('shows one page, and the last one instead of one beyond it', () => {
    expect(pageOf([1, 2, 3, 4, 5], 2, 2)).to.deep.equal({ page: 2, pages: 3, items: [3, 4] });
    expect(pageOf([1, 2, 3, 4, 5], 9, 2)).to.deep.equal({ page: 3, pages: 3, items: [5] });
    expect(pageOf([], 1, 2)).to.deep.equal({ page: 1, pages: 1, items: [] });
  });

  it('takes only whole pages from an address', () => {
    expect([null, '3', '0', '-1', '1.5', 'x', ''].map(pageNumberOf)).to.deep.equal([1, 3, 1, 1, 1, 1, 1]);
  });
});

describe('addresses of metrics', () => {
  it('hold any name and give it back', () => {
    for (const name of ['orders', 'a/b', '100%', 'a%2Fb', 'größe 1?#', '"quoted"', 'a.b-c_d']) {
      const path = metricPath('/organizations/gilt', name);
      expect(path.split('/')).to.have.length(5);
      expect(metricOfPath(path), name).to.equal(name);
      expect(metricOfPath(`${path}/`), name).to.equal(name);
    }
  });

  it('name nothing with a broken escape', () => {
    expect(metricOfPath('/organizations/gilt/metrics/%zz')).to.equal(undefined);
  });
});
