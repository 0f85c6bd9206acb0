import { expect } from 'chai';
import { DEFAULT_LIST_VIEW, isNarrowed, listQuery, printListView, readListView, type AlertListView } from '../src/pages/alerts/list-view.js';

const FULL: AlertListView = { q: 'too few', state: 'firing', health: 'no_data', enabled: false, sort: 'created', page: 3 };

describe('the view of the alerts list', () => {
  it('comes back from its address', () => {
    expect(readListView(printListView(FULL))).to.deep.equal(FULL);
    expect(readListView(printListView({ ...FULL, enabled: true }))).to.deep.equal({ ...FULL, enabled: true });
  });

  it('leaves out of the address what is as by default', () => {
    expect(printListView(DEFAULT_LIST_VIEW).toString()).to.equal('');
    expect(readListView(new URLSearchParams())).to.deep.equal(DEFAULT_LIST_VIEW);
  });

  it('takes no nonsense', () => {
    expect(readListView(new URLSearchParams('state=burning&health=ill&enabled=yes&sort=luck&page=-1'))).to.deep.equal(DEFAULT_LIST_VIEW);
    for (const page of ['0', '1.5', '1e3', 'x', '12345678']) expect(readListView(new URLSearchParams({ page })).page).to.equal(1);
  });

  it('cuts what the api would refuse', () => {
    expect(readListView(new URLSearchParams({ q: 'x'.repeat(201) })).q).to.have.length(200);
  });

  it('asks the api for its page', () => {
    expect(listQuery(FULL)).to.deep.equal({ q: 'too few', state: 'firing', health: 'no_data', enabled: false, sort: 'created', limit: 20, offset: 40 });
    expect(listQuery({ ...DEFAULT_LIST_VIEW, q: '  ' })).to.deep.equal({ sort: 'urgency', limit: 20, offset: 0 });
  });

  it('tells whether alerts are left out', () => {
    expect(isNarrowed({ ...DEFAULT_LIST_VIEW, sort: 'created', page: 2 })).to.equal(false);
    for (const change of [{ q: 'a' }, { state: 'ok' }, { health: 'fine' }, { enabled: false }] as const) expect(isNarrowed({ ...DEFAULT_LIST_VIEW, ...change })).to.equal(true);
  });
});
