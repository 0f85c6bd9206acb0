import { expect } from 'chai';
import type { Alert, AlertState, CheckCommit, TenantRef } from '@cave/core';
import { BASE_URL, expectStatus, startApi, type ApiUnderTest } from './support/api-under-test.js';

const SETTINGS = { description: 'Too few orders', enabled: true, period: '5m', condition: 'orders [shipTo: US].sum.5m <= ordersPredictedLow5m [shipTo: US]' };

describe('alerts over HTTP', function () {
  this.timeout(60_000);
  let under: ApiUnderTest;
  let session: string;
  let tenant: TenantRef;

  before(async () => {
    under = await startApi();
    session = (await under.user('ann@cave.test')).session;
    await under.organization(session, 'acme');
    await under.team(session, 'acme', 'runners');
    tenant = { organizationId: (await under.store.organizations.findByName('acme'))?.id ?? '', teamId: null };
  });
  after(() => under.close());

  const call = (method: string, path: string, body?: unknown) => under.client.call(method, `/organizations/acme${path}`, { token: session, ...(body === undefined ? {} : { body }) });
  const create = async (more: object = {}): Promise<string> => expectStatus(201, await call('POST', '/alerts', { ...SETTINGS, ...more })).json.id;
  const stored = async (id: string): Promise<Alert> => {
    const found = await under.store.alerts.find(tenant, id);
    if (found === null) throw new Error('no such alert');
    return found.alert;
  };

  it('creates an alert and shows it with the metrics that it reads', async () => {
    const created = expectStatus(201, await call('POST', '/alerts', { ...SETTINGS, handbook_url: 'https://wiki.test/orders', routing: { pagerduty_service_api_key: 'k' }, repeat_interval: '4h' }));
    expect(created.headers['location']).to.equal(`${BASE_URL}/organizations/acme/alerts/${created.json.id}`);
    expect(created.json).to.deep.equal({
      id: created.json.id,
      ...SETTINGS,
      handbook_url: 'https://wiki.test/orders',
      routing: { pagerduty_service_api_key: 'k' },
      repeat_interval: '4h',
      notify: 'changes',
      notify_no_data: false,
      notify_error: false,
      status: { state: 'ok', since: null, health: 'fine', last_check: null },
      related_metrics: [
        { name: 'orders', tags: { shipTo: 'US' }, aggregator: 'sum', period_seconds: 300 },
        { name: 'ordersPredictedLow5m', tags: { shipTo: 'US' } },
      ],
    });
    expect(expectStatus(200, await call('GET', `/alerts/${created.json.id}`)).json).to.deep.equal(created.json);
  });

  it('warns of an aggregate without brackets', async () => {
    const created = expectStatus(201, await call('POST', '/alerts', { ...SETTINGS, condition: 'orders.sum.5m > 3' }));
    expect(created.json.warnings).to.have.length(1);
    expect(created.json.warnings[0].suggestion).to.include('orders[].sum.5m');
  });

  it('names the field and the column of a condition, period or duration that is none', async () => {
    for (const [field, value] of [['condition', 'orders >'], ['period', '5 parsecs'], ['repeat_interval', '4'], ['lookback', 'x']] as const) {
      const { json } = expectStatus(400, await call('POST', '/alerts', { ...SETTINGS, [field]: value }));
      expect(json.errors.map((error: { path: string }) => error.path), field).to.deep.equal([`/${field}`]);
      expect(json.details.column, field).to.be.a('number');
      expect(json.details.expected, field).to.be.an('array').that.is.not.empty;
    }
    expectStatus(400, await call('POST', '/alerts', { ...SETTINGS, handbook_url: 'javascript:alert(1)' }));
    expectStatus(400, await call('POST', '/alerts', { ...SETTINGS, description: ' ' }));
    const { enabled: _, ...lacking } = SETTINGS;
    expectStatus(400, await call('POST', '/alerts', lacking));
  });

  it('lists in pages, with links to the next and the previous one', async () => {
    const base = '/organizations/acme/teams/runners/alerts';
    for (let i = 0; i < 5; i += 1) expectStatus(201, await call('POST', '/teams/runners/alerts', { ...SETTINGS, description: `number ${i}` }));
    const first = expectStatus(200, await call('GET', '/teams/runners/alerts?limit=2'));
    expect(first.json.map((alert: Alert) => alert.description)).to.deep.equal(['number 0', 'number 1']);
    expect(first.headers['link']).to.equal(`<${BASE_URL}${base}?limit=2&offset=2>; rel="next"`);
    const second = expectStatus(200, await call('GET', '/teams/runners/alerts?limit=2&offset=2'));
    expect(second.headers['link']).to.equal(`<${BASE_URL}${base}?limit=2&offset=4>; rel="next", <${BASE_URL}${base}?limit=2&offset=0>; rel="prev"`);
    const last = expectStatus(200, await call('GET', '/teams/runners/alerts?limit=2&offset=4'));
    expect(last.json).to.have.length(1);
    expect(last.headers['link']).to.equal(`<${BASE_URL}${base}?limit=2&offset=2>; rel="prev"`);
    expect(expectStatus(200, await call('GET', '/teams/runners/alerts')).json).to.have.length(5);
    expectStatus(400, await call('GET', '/alerts?limit=1001'));
    expectStatus(400, await call('GET', '/alerts?offset=-1'));
  });

  it('does nothing when an unchanged alert is saved, also when a whole answer is sent back', async () => {
    const id = await create({ routing: { a: '1', b: '2' } });
    const before = await stored(id);
    const shown = expectStatus(200, await call('GET', `/alerts/${id}`)).json;
    expectStatus(200, await call('PATCH', `/alerts/${id}`, shown));
    expect(expectStatus(200, await call('PATCH', `/alerts/${id}`, { status: { state: 'firing' }, related_metrics: 'x' })).json).to.deep.equal(shown);
    expectStatus(200, await call('PATCH', `/alerts/${id}`, { routing: { b: '2', a: '1' } }));
    expectStatus(200, await call('PATCH', `/alerts/${id}`, {}));
    expect(await stored(id)).to.deep.equal(before);
  });

  it('saves a change as a new version with outbox row and audit record, and no secret in the latter', async () => {
    const id = await create();
    const before = await stored(id);
    const { json } = expectStatus(200, await call('PATCH', `/alerts/${id}`, { period: '@08:30', routing: { pagerduty_service_api_key: 'very-secret' }, handbook_url: null }));
    expect(json.period).to.equal('@08:30');
    const alert = await stored(id);
    expect(alert.version).to.equal(before.version + 1);
    expect(alert.offsetSeconds).to.equal(8 * 3600 + 30 * 60);
    const [audit] = await under.store.audit.list(1);
    expect(audit?.what).to.equal(`alert.update organization/acme/alert/${id}`);
    expect(audit?.details['changed']).to.deep.equal(['period', 'routing']);
    expect(JSON.stringify(audit)).not.to.include('very-secret');
    const rows = await under.store.transaction(({ changeOutbox }) => changeOutbox.take(10_000));
    expect(rows.map(({ change }) => change)).to.deep.include({ entity: 'alert', id, operation: 'updated', version: alert.version });
  });

  it('lets an edit take effect only after the last recorded tick', async () => {
    const id = await create();
    const ahead = Math.floor(under.clock.nowMs() / 1000) + 1_000;
    await record(id, ahead);
    expectStatus(200, await call('PATCH', `/alerts/${id}`, { condition: 'orders[].sum.5m > 1' }));
    const [work] = await under.store.alertStates.load([id]);
    expect(work?.versions.map(({ effectiveFrom }) => effectiveFrom).at(-1)).to.equal(ahead);
    const other = await create();
    const now = Math.floor(under.clock.nowMs() / 1000);
    expectStatus(200, await call('PATCH', `/alerts/${other}`, { enabled: false }));
    const [otherWork] = await under.store.alertStates.load([other]);
    expect(otherWork?.versions.at(-1)?.effectiveFrom).to.be.at.least(now);
    expect(otherWork?.versions.at(-1)?.enabled).to.equal(false);
  });

  it('gives alerts that read alike the same offset, and others another', async () => {
    const [a, b, c] = [await create({ period: '1d' }), await create({ period: '1d', description: 'another text' }), await create({ period: '1d', condition: 'other[].sum.5m > 1' })];
    expect((await stored(a)).offsetSeconds).to.equal((await stored(b)).offsetSeconds);
    expect((await stored(a)).offsetSeconds).not.to.equal((await stored(c)).offsetSeconds);
  });

  it('deletes an alert for its tenant, not its obligations', async () => {
    const id = await create();
    expectStatus(204, await call('DELETE', `/alerts/${id}`));
    expectStatus(404, await call('GET', `/alerts/${id}`));
    expectStatus(404, await call('PATCH', `/alerts/${id}`, { enabled: false }));
    expectStatus(404, await call('DELETE', `/alerts/${id}`));
    expectStatus(404, await call('GET', `/alerts/${id}/history`));
    expect((await under.store.alerts.unsettled(1_000)).map(({ alertId }) => alertId)).to.include(id);
  });

  it('knows no alert under the team that belongs to the organization, nor ids that are none', async () => {
    const id = await create();
    expectStatus(404, await call('GET', `/teams/runners/alerts/${id}`));
    for (const odd of ['0', '-1', '1e3', 'x', '99999999999999999999', '%27']) expectStatus(404, await call('GET', `/alerts/${odd}`));
  });

  it('shows transitions and deliveries, newest first, without what is secret in a URL', async () => {
    const id = await create();
    expect(expectStatus(200, await call('GET', `/alerts/${id}/history`)).json).to.deep.equal({ state: { state: 'ok', since: null, health: 'fine', last_check: null }, events: [] });
    const tick = 1_800_000_000;
    await record(id, tick, 'triggered');
    await record(id, tick + 300, 'resolved');
    const { json, headers } = expectStatus(200, await call('GET', `/alerts/${id}/history?limit=1`));
    expect(json.events.map((event: { type: string }) => event.type)).to.deep.equal(['resolved']);
    expect(headers['link']).to.include('offset=1');
    const all = expectStatus(200, await call('GET', `/alerts/${id}/history`)).json;
    expect(all.state).to.deep.equal({ state: 'ok', since: new Date((tick + 300) * 1000).toISOString(), health: 'fine', last_check: new Date((tick + 300) * 1000).toISOString() });
    expect(all.events.map((event: { type: string; time: string }) => [event.type, event.time])).to.deep.equal([['resolved', '2027-01-15T08:05:00.000Z'], ['triggered', '2027-01-15T08:00:00.000Z']]);
    expect(all.events[1].deliveries).to.deep.include({ ...all.events[1].deliveries[0], receiver: 'webhook:hooks.test', status: 'pending', attempts: [] });
    expect(JSON.stringify(all)).not.to.include('path-secret');
    expect(expectStatus(200, await call('GET', `/alerts/${id}`)).json.status).to.deep.equal(all.state);
    expect(expectStatus(200, await call('PATCH', `/alerts/${id}`, { description: 'shown with its state' })).json.status).to.deep.equal(all.state);
  });

  /** Commits a check as a worker would. */
  async function record(id: string, tick: number, type?: 'triggered' | 'resolved'): Promise<void> {
    const [work] = await under.store.alertStates.load([id]);
    if (work === undefined) throw new Error('no such alert');
    const state: AlertState = { ...work.state, lastTick: tick, ...(type === undefined ? {} : { state: type === 'triggered' ? 'firing' : 'ok', since: tick }) };
    const eventId = `${id}-${tick}`;
    const event = type === undefined ? [] : [{ id: eventId, alertId: id, tick, type, state: state.state, health: 'fine' as const, since: tick, values: [{ time: tick - 300, left: 1, right: 2 }], reason: 'condition', superseded: false }];
    const { organization } = work.tenant;
    const commit: CheckCommit = {
      alertId: id,
      expectedLastTick: work.state.lastTick,
      expectedVersion: work.alert.version,
      state,
      ledger: [{ tick, verdict: { kind: 'true' }, value: 1 }],
      events: event,
      deliveries: event.map((one) => ({
        eventId,
        receiver: 'webhook:https://user:pw@hooks.test/path-secret?token=path-secret',
        notification: { url: 'https://hooks.test/path-secret', alert: work.alert, event: one } as never,
      })),
      database: organization.database,
      cluster: null,
    };
    expect(await under.store.alertStates.commit([commit])).to.deep.equal(['committed']);
  }
});
