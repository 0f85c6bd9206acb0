import { expect } from 'chai';
import { parseTags, printTags, withoutTag, withTag } from '../src/metrics/tag-filter.js';
import { DEFAULT_VIEW, printView, readView, refreshSeconds, type MetricView } from '../src/pages/metrics/metric/view-state.js';

const START = Date.parse('2026-03-01T08:00:00Z') / 1000;
const FULL: MetricView = {
  aggregator: 'p99',
  window: 5,
  span: { start: START, end: START + 86_400 },
  zoom: { start: START + 60, end: START + 3_600 },
  tags: { host: 'a:b,c', 'tag name': '100%' },
  split: 'core',
  showAll: true,
  refresh: 'off',
  condition: 'latency [host: a].p99.5m > 1.5e3 at least 2 times',
};

describe('the state of a metric page in its address', () => {
  it('comes back as it was put in', () => {
    for (const view of [DEFAULT_VIEW, FULL, { ...FULL, span: '2w', zoom: null, window: 'auto', aggregator: 'raw' } as const]) {
      expect(readView(new URLSearchParams(printView(view).toString()))).to.deep.equal({ view, faults: [] });
    }
  });

  it('leaves out what is as by default', () => {
    expect(printView(DEFAULT_VIEW).toString()).to.equal('');
    expect(printView({ ...DEFAULT_VIEW, span: '1d', split: 'host' }).toString()).to.equal('range=1d&split=host');
  });

  it('says what it does not understand, and shows the default instead', () => {
    const wrong = 'aggregator=avg&window=0&range=5m&between=x..y&zoom=2026-03-01T09:00:00Z..2026-03-01T08:00:00Z&tags=a&split=&series=none&refresh=1s&condition=';
    const { view, faults } = readView(new URLSearchParams(wrong));
    expect(view).to.deep.equal(DEFAULT_VIEW);
    expect(faults).to.have.length(10);
    expect(faults[0]).to.equal('The address says aggregator=avg, which has no meaning here; the default is shown.');
  });

  it('refreshes only what ends now', () => {
    expect(refreshSeconds(DEFAULT_VIEW)).to.equal(10);
    expect(refreshSeconds({ ...DEFAULT_VIEW, refresh: '1m' })).to.equal(60);
    expect(refreshSeconds({ ...DEFAULT_VIEW, refresh: 'off' })).to.equal(null);
    expect(refreshSeconds({ ...DEFAULT_VIEW, zoom: FULL.zoom })).to.equal(null);
    expect(refreshSeconds({ ...DEFAULT_VIEW, span: FULL.span })).to.equal(null);
  });
});

describe('tag filters', () => {
  it('are written with each part escaped, and read again', () => {
    const tags = { host: 'a:b,c', 'größe': '100%' };
    expect(printTags(tags)).to.equal('host:a%3Ab%2Cc,gr%C3%B6%C3%9Fe:100%25');
    expect(parseTags(printTags(tags))).to.deep.equal(tags);
    expect(parseTags('')).to.deep.equal({});
  });

  it('are not read from what is no list of tags', () => {
    for (const text of ['a', 'a:', ':b', 'a:b:c', 'a:b,', 'a:b,a:c', 'a:%']) expect(parseTags(text), text).to.equal(undefined);
  });

  it('gain and lose a tag without changing what was there', () => {
    const tags = { host: 'a' };
    expect(withTag(tags, 'core', '1')).to.deep.equal({ host: 'a', core: '1' });
    expect(withTag(tags, 'host', 'b')).to.deep.equal({ host: 'b' });
    expect(withoutTag(tags, 'host')).to.deep.equal({});
    expect(tags).to.deep.equal({ host: 'a' });
  });
});
