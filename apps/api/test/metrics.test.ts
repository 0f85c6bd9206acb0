import { expect } from 'chai';
import { CaveError, decodePointRecord, type AppendResult, type PointBatch } from '@cave/core';
import { parseTagFilter } from '../src/routes/tag-filter.js';
import { expectStatus, startApi, type ApiUnderTest } from './support/api-under-test.js';

describe('metrics over HTTP', function () {
  this.timeout(60_000);
  let under: ApiUnderTest;
  let session: string;
  let token: string;

  before(async () => {
    under = await startApi();
    session = (await under.user('ann@cave.test')).session;
    token = await under.organization(session, 'acme');
    await under.team(session, 'acme', 'runners');
  });
  after(() => under.close());

  const now = (): number => Math.floor(under.clock.nowMs() / 1000);
  const point = (more: object = {}): object => ({ name: 'orders', timestamp: now(), value: 1, tags: { shop: 'a' }, ...more });
  const publish = (metrics: unknown, path = '/organizations/acme/metrics') => under.client.call('POST', path, { token, body: { metrics } });
  const get = (path: string) => under.client.call('GET', path, { token: session });
  const records = (): PointBatch[] => under.stream.records.map(({ body }) => decodePointRecord(body).points);

  it('answers 202 with an empty body once the points are in the stream, and counts the same request twice', async () => {
    const before = under.stream.records.length;
    const body = [point(), point()];
    for (let i = 0; i < 2; i += 1) expect(expectStatus(202, await publish(body)).text).to.equal('');
    const [one, other] = records().slice(before);
    expect(one?.times.length).to.equal(2);
    expect(one?.database).to.match(/^acme-/);
    const first = (batch: PointBatch | undefined): number => (batch?.identity.kind === 'numbered' ? batch.identity.firstNumber : NaN);
    expect(first(other)).to.be.at.least(first(one) + 2);
  });

  it('publishes for a team with the token of its organization, into the team\'s own database', async () => {
    expectStatus(202, await publish([point()], '/organizations/acme/teams/runners/metrics'));
    expect(records().at(-1)?.database).to.match(/^runners\.acme-/);
  });

  it('names each bad point and stores nothing', async () => {
    const before = under.stream.records.length;
    const bad = [point({ value: 'x' }), point({ timestamp: now() + 90_000 }), point({ timestamp: now() - 91 * 86_400 }), point({ name: 'alertsHistory' }), point({ tags: { a: 1 } }), 7];
    const { json } = expectStatus(400, await publish([point(), ...bad, point()]));
    expect(json.code).to.equal('invalid_points');
    expect(json.details.indexes).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(json.errors.map((error: { path: string }) => error.path)).to.deep.equal(['/metrics/1/value', '/metrics/2/timestamp', '/metrics/3/timestamp', '/metrics/4/name', '/metrics/5/tags/a', '/metrics/6']);
    for (const odd of [undefined, 'x', {}, null]) expectStatus(400, await publish(odd));
    expect(under.stream.records.length).to.equal(before);
  });

  it('takes times in milli-, micro- and nanoseconds', async () => {
    const t = now();
    expectStatus(202, await publish([t, t * 1e3, t * 1e6, t * 1e9].map((timestamp) => point({ timestamp }))));
    expect([...(records().at(-1)?.times ?? [])]).to.deep.equal([t, t, t, t]);
  });

  it('says 429 only when nothing was stored, and 503 when nobody knows', async () => {
    const { stream } = under;
    const real = stream.publish.bind(stream);
    const answer = (result: AppendResult) => {
      stream.publish = (wanted) => Promise.resolve(wanted.map(() => result));
    };
    try {
      answer({ status: 'not_appended', error: new CaveError('resource_exhausted', 'full', { retryAfterMs: 2_500 }) });
      expect(expectStatus(429, await publish([point()])).headers['retry-after']).to.equal('3');
      answer({ status: 'not_appended', error: new CaveError('unavailable', 'down') });
      expect(expectStatus(503, await publish([point()])).json.code).to.equal('unavailable');
      answer({ status: 'unknown', error: new CaveError('unknown_outcome', 'lost') });
      expect(expectStatus(503, await publish([point()])).json.code).to.equal('unknown_outcome');
    } finally {
      stream.publish = real;
    }
  });

  it('answers queries in the form of the first CAVE', async () => {
    const raw = expectStatus(200, await get('/organizations/acme/metrics?metric=orders'));
    expect(raw.json).to.deep.equal({ metrics: [{ time: '2023-11-14T22:13:20.000Z', value: 1 }] });
    const base = Math.floor(now() / 300) * 300 - 86_400;
    const iso = (seconds: number): string => new Date((base + seconds) * 1000).toISOString();
    const windows = expectStatus(200, await get(`/organizations/acme/metrics?metric=orders&aggregator=sum&period=5&start=${iso(420)}&end=${iso(1_200)}&limit=2`));
    expect(windows.json.metrics.map(({ time }: { time: string }) => time)).to.deep.equal([iso(900), iso(600)]);
    expect(expectStatus(200, await get('/organizations/acme/metrics?metric=orders&aggregator=sum&period=1&limit=5000')).json.metrics).to.have.length(1_440);
  });

  it('refuses parameters that make no sense', async () => {
    for (const query of ['', 'metric=', 'metric=a&aggregator=sum', 'metric=a&period=5', 'metric=a&aggregator=avg&period=5', 'metric=a&aggregator=sum&period=0', 'metric=a&start=yesterday', 'metric=a&start=2016-12-31T23:59:60Z', 'metric=a&limit=0', 'metric=a&tags=x', 'metric=a&tags=a:b:c', 'metric=a&start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z', 'metric=a&unknown=1']) {
      expectStatus(400, await get(`/organizations/acme/metrics?${query}`));
    }
  });

  it('checks a condition on past data', async () => {
    const path = '/organizations/acme/check-metrics?start=2026-01-01T00:00:00Z&end=2026-01-01T00:10:00Z&interval=5&condition=';
    const { json } = expectStatus(200, await get(path + encodeURIComponent('orders[].sum.5m >= 1')));
    expect(json.metrics).to.deep.equal(['00:00', '00:05', '00:10'].map((time) => ({ time: `2026-01-01T${time}:00.000Z`, value: 1 })));
    const fault = expectStatus(400, await get(path + encodeURIComponent('orders[] !')));
    expect(fault.json.details.column).to.be.a('number');
    expectStatus(400, await get('/organizations/acme/check-metrics?condition=a%3E1'));
    expectStatus(400, await get('/organizations/acme/check-metrics?condition=3%3E1&start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z'));
  });

  it('takes the tenant from the host name', async () => {
    const host = { host: 'runners.acme.cave.test' };
    expectStatus(202, await under.client.call('POST', '/metrics', { token, body: { metrics: [point()] }, headers: host }));
    expect(records().at(-1)?.database).to.match(/^runners\.acme-/);
    expect(expectStatus(200, await under.client.call('GET', '/metric-names', { token: session, headers: host })).json[0].name).to.match(/^of runners\.acme-/);
  });
});

describe('the tags parameter', function () {
  this.timeout(120_000);
  it('is cut where the client put the separators, escaped once or twice', () => {
    expect(parseTagFilter('metric=m&tags=host:a,env:b')).to.deep.equal({ host: 'a', env: 'b' });
    expect(parseTagFilter('tags=host:a%2Cb%3Ac,e+f:g%20h')).to.deep.equal({ host: 'a,b:c', 'e f': 'g h' });
    const twice = new URLSearchParams({ tags: `${encodeURIComponent('a:b')}:${encodeURIComponent('c,d 100%')}` }).toString();
    expect(parseTagFilter(twice)).to.deep.equal({ 'a:b': 'c,d 100%' });
    expect(parseTagFilter('metric=m&t%61gs=host:a')).to.deep.equal({ host: 'a' });
    expect(parseTagFilter('')).to.deep.equal({});
    expect(parseTagFilter('tags=')).to.deep.equal({});
  });

  it('is refused when it is no list of tags', () => {
    for (const raw of ['tags=a', 'tags=a:', 'tags=:b', 'tags=a:b,', 'tags=a:b,a:c', 'tags=a:b:c', 'tags=a:%zz', `tags=${Array.from({ length: 11 }, (_, i) => `k${i}:v`).join(',')}`]) {
      expect(() => parseTagFilter(raw), raw).to.throw(CaveError);
    }
  });
});
