import type { AlertState } from '@cave/core';
import { expect } from 'chai';
import type { Answered } from './support/answered.js';
import { BASE_URL, expectStatus, startApi, type ApiUnderTest } from './support/api-under-test.js';

const ALERTS = '/organizations/acme/alerts';
const TEAM_ALERTS = '/organizations/acme/teams/runners/alerts';
const TICK = 1_800_000_000;

describe('lists of alerts over HTTP', function () {
  this.timeout(60_000);
  let t: ApiUnderTest;
  let owner: string;
  /** By description. */
  const ids = new Map<string, string>();

  before(async () => {
    t = await startApi();
    owner = (await t.user('owner@acme.test')).session;
    await t.organization(owner, 'acme');
    await t.team(owner, 'acme', 'runners');
    await create('Disk is 90% full', { condition: 'disk.free < 10' });
    await create('disk_latency', { enabled: false });
    await create('Orders are missing', { condition: 'orders [shipTo: US] missing for 5m' });
    await create('back\\slash & plus+');
    await create('of the team', {}, TEAM_ALERTS);
    await check('Disk is 90% full', { state: 'firing', since: TICK - 600 });
    await check('disk_latency', { health: 'error' });
    await check('Orders are missing', { state: 'firing', since: TICK - 60, health: 'no_data' });
    const other = (await t.user('owner@other.test')).session;
    await t.organization(other, 'other');
    expectStatus(201, await t.client.call('POST', '/organizations/other/alerts', { token: other, body: { description: 'Disk of others', enabled: true, period: '1m', condition: 'disk.free < 10' } }));
  });
  after(() => t.close());

  async function create(description: string, more: object = {}, path = ALERTS): Promise<void> {
    const body = { description, enabled: true, period: '1m', condition: 'latency > 100', ...more };
    ids.set(description, expectStatus(201, await t.client.call('POST', path, { token: owner, body })).json.id);
  }

  /** Commits a check that changes the state to this, as a worker would. */
  async function check(description: string, result: Partial<AlertState>): Promise<void> {
    const [work] = await t.store.alertStates.load([ids.get(description) ?? '']);
    if (work === undefined) throw new Error('no such alert');
    const commit = {
      alertId: work.alert.id,
      expectedLastTick: work.state.lastTick,
      expectedVersion: work.alert.version,
      state: { ...work.state, ...result, lastTick: TICK },
      ledger: [],
      events: [],
      deliveries: [],
      database: work.tenant.organization.database,
      cluster: null,
    };
    expect(await t.store.alertStates.commit([commit])).to.deep.equal(['committed']);
  }

  const list = async (query: string, path = ALERTS): Promise<Answered> => expectStatus(200, await t.client.call('GET', `${path}${query}`, { token: owner }));
  const descriptions = ({ json }: Answered): readonly string[] => json.map((alert: { description: string }) => alert.description);

  it('shows the state of each alert as its history does', async () => {
    const { json } = await list('?q=Orders');
    expect(json[0].status).to.deep.equal({ state: 'firing', since: '2027-01-15T07:59:00.000Z', health: 'no_data', last_check: '2027-01-15T08:00:00.000Z' });
    expect(json[0].status).to.deep.equal(expectStatus(200, await t.client.call('GET', `${ALERTS}/${json[0].id}/history`, { token: owner })).json.state);
    expect((await list('?q=plus')).json[0].status).to.deep.equal({ state: 'ok', since: null, health: 'fine', last_check: null });
  });

  it('narrows by every filter, and by several at once', async () => {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['', ['Disk is 90% full', 'disk_latency', 'Orders are missing', 'back\\slash & plus+']],
      ['?state=firing', ['Disk is 90% full', 'Orders are missing']],
      ['?state=ok', ['disk_latency', 'back\\slash & plus+']],
      ['?health=error', ['disk_latency']],
      ['?health=fine&state=firing', ['Disk is 90% full']],
      ['?enabled=false', ['disk_latency']],
      ['?enabled=true&q=DISK', ['Disk is 90% full']],
      ['?q=disk', ['Disk is 90% full', 'disk_latency']],
      ['?q=SHIPTO', ['Orders are missing']],
      ['?q=disk&state=firing&health=no_data&enabled=true', []],
      ['?q=', ['Disk is 90% full', 'disk_latency', 'Orders are missing', 'back\\slash & plus+']],
      ['?q=of%20others', []],
      ['?q=of%20the%20team', []],
      ['?sort=urgency', ['Orders are missing', 'Disk is 90% full', 'disk_latency', 'back\\slash & plus+']],
      ['?sort=created&state=firing', ['Disk is 90% full', 'Orders are missing']],
    ];
    for (const [query, expected] of cases) {
      const answered = await list(query);
      expect(descriptions(answered), query).to.deep.equal(expected);
      expect(answered.headers['x-total-count'], query).to.equal(String(expected.length));
    }
    expect(descriptions(await list('?q=THE', TEAM_ALERTS))).to.deep.equal(['of the team']);
  });

  it('takes %, _ and backslash in a text for themselves', async () => {
    const cases: Readonly<Record<string, readonly string[]>> = { '%': ['Disk is 90% full'], 'k_l': ['disk_latency'], '_': ['disk_latency'], '\\': ['back\\slash & plus+'], '\\s': ['back\\slash & plus+'], '& plus+': ['back\\slash & plus+'], '%%': [], '.': ['Disk is 90% full'] };
    for (const [text, expected] of Object.entries(cases)) expect(descriptions(await list(`?q=${encodeURIComponent(text)}`)), text).to.deep.equal(expected);
  });

  it('leads from page to page of the same list', async () => {
    expect((await list('?q=%26+plus%2B&limit=1')).headers['link']).to.equal(undefined);
    expect((await list('?q=%26+plus%2B&limit=1&offset=1')).headers['link']).to.equal(`<${BASE_URL}${ALERTS}?q=%26%20plus%2B&limit=1&offset=0>; rel="prev"`);
    let query: string | undefined = '?q=%20&enabled=true&sort=urgency&limit=1';
    const seen: string[] = [];
    while (query !== undefined) {
      const page: Answered = await list(query);
      expect(page.headers['x-total-count']).to.equal('3');
      seen.push(...descriptions(page));
      const next: string | undefined = /<([^>]*)>; rel="next"/.exec(String(page.headers['link']))?.[1];
      expect(next?.startsWith(`${BASE_URL}${ALERTS}?`)).to.be.oneOf([true, undefined]);
      query = next?.slice(`${BASE_URL}${ALERTS}`.length);
    }
    expect(seen).to.deep.equal(['Orders are missing', 'Disk is 90% full', 'back\\slash & plus+']);
    const beyond = await list('?state=firing&limit=2&offset=4');
    expect(beyond.headers['x-total-count']).to.equal('2');
    expect(beyond.headers['link']).to.equal(`<${BASE_URL}${ALERTS}?state=firing&limit=2&offset=2>; rel="prev"`);
  });

  it('refuses filters that are none', async () => {
    for (const [name, value] of [['q', 'x'.repeat(201)], ['state', 'burning'], ['health', ''], ['enabled', 'yes'], ['sort', 'name'], ['status', 'ok']] as const) {
      const { json } = expectStatus(400, await t.client.call('GET', `${ALERTS}?${name}=${value}`, { token: owner }));
      expect(json.errors.map((error: { path: string }) => error.path), name).to.deep.equal([`/${name}`]);
    }
    await list(`?q=${encodeURIComponent('💥'.repeat(200))}`);
  });

  it('lists no alert that was deleted, whatever is looked for', async () => {
    await create('short-lived');
    await check('short-lived', { state: 'firing', since: TICK });
    expect((await list('?q=short-lived&state=firing')).headers['x-total-count']).to.equal('1');
    expectStatus(204, await t.client.call('DELETE', `${ALERTS}/${ids.get('short-lived')}`, { token: owner }));
    const { json, headers } = await list('?q=short-lived');
    expect([json, headers['x-total-count']]).to.deep.equal([[], '0']);
  });

  it('answers members of a team for the team alone, and no viewer', async () => {
    const member = (await t.user('member@runners.test')).session;
    const viewer = (await t.user('viewer@acme.test')).session;
    expectStatus(202, await t.client.call('POST', '/organizations/acme/teams/runners/users', { token: owner, body: { email: 'member@runners.test', role: 'member' } }));
    expectStatus(202, await t.client.call('POST', '/organizations/acme/users', { token: owner, body: { email: 'viewer@acme.test', role: 'viewer' } }));
    expect(descriptions(expectStatus(200, await t.client.call('GET', `${TEAM_ALERTS}?state=ok`, { token: member })))).to.deep.equal(['of the team']);
    const teamAlert = `${TEAM_ALERTS}/${ids.get('of the team')}`;
    expectStatus(200, await t.client.call('GET', teamAlert, { token: member }));
    expectStatus(403, await t.client.call('GET', ALERTS, { token: member }));
    expectStatus(403, await t.client.call('GET', ALERTS, { token: viewer }));
    expectStatus(403, await t.client.call('GET', TEAM_ALERTS, { token: viewer }));
    expectStatus(403, await t.client.call('GET', teamAlert, { token: viewer }));
    expectStatus(200, await t.client.call('GET', `${ALERTS}/${ids.get('disk_latency')}/history`, { token: viewer }));
    // A role on the organization below admin is none on its teams.
    expectStatus(403, await t.client.call('GET', `${teamAlert}/history`, { token: viewer }));
  });
});
