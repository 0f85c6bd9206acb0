import { expect } from 'chai';
import { startWww, type WwwUnderTest } from './support/www-under-test.js';

type Headers = Readonly<Record<string, string | undefined>>;

describe('calls that other sites make the browser send', () => {
  let t: WwwUnderTest;
  before(async () => { t = await startWww({ trustedProxies: ['127.0.0.1'], baseUrl: 'http://cave.test:8080' }); });
  after(() => t.close());

  const change = (headers: Headers, body: unknown = { first_name: 'x' }) => t.browser().call('PATCH', '/api/users/info', { body, headers });
  const own = (): string => `http://127.0.0.1:${t.port}`;

  it('change nothing, whichever piece is missing', async () => {
    const refused: readonly Headers[] = [
      { 'x-cave-csrf': undefined },
      { 'x-cave-csrf': '0' },
      { 'x-cave-csrf': '1, 1' },
      { 'x-cave-csrf': undefined, 'sec-fetch-site': 'same-origin' },
      { origin: undefined },
      { origin: 'null' },
      { origin: 'http://evil.test' },
      { origin: `https://127.0.0.1.evil.test:${t.port}` },
      { origin: 'http://127.0.0.1' },
      { origin: `http://127.0.0.1:${t.port + 1}` },
      { origin: `http://localhost:${t.port}` },
      { origin: `ftp://127.0.0.1:${t.port}` },
      { origin: own(), 'sec-fetch-site': 'cross-site' },
      { origin: own(), 'sec-fetch-site': 'same-site' },
      { origin: own(), 'sec-fetch-site': 'same-origin, cross-site' },
      { origin: own(), 'sec-fetch-site': '' },
      { origin: own(), host: 'evil.test' },
      { origin: own(), 'x-forwarded-host': 'evil.test' },
    ];
    for (const headers of refused) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const answered = await t.browser().call(method, '/api/users/info', { body: {}, headers });
        expect([answered.status, answered.headers['content-type'], answered.json.code], `${method} ${JSON.stringify(headers)}`).to.deep.equal([403, 'application/problem+json', 'cross_site']);
      }
    }
    expect(t.api.seen).to.deep.equal([]);
  });

  it('are told from those of our own pages', async () => {
    const passed: readonly Headers[] = [
      { origin: own() },
      { origin: undefined, 'sec-fetch-site': 'same-origin' },
      { origin: undefined, 'sec-fetch-site': 'none' },
      { origin: 'http://cave.test:8080' },
      { origin: 'https://cave.test', host: 'cave.test' },
      { origin: 'https://cave.test', host: 'cave.test:443' },
      { origin: 'https://public.test', host: 'inside:7002', 'x-forwarded-host': 'public.test' },
    ];
    for (const headers of passed) expect((await change(headers)).status, JSON.stringify(headers)).to.equal(200);
    expect(t.api.seen.length).to.equal(passed.length);
  });

  it('have no JSON when they are forms', async () => {
    const before = t.api.seen.length;
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', undefined]) {
      const answered = await change({ 'content-type': type });
      expect([answered.status, answered.json.code], type).to.deep.equal([415, 'unsupported_media_type']);
    }
    expect(t.api.seen.length).to.equal(before);
    expect((await change({ 'content-type': 'application/json; charset=utf-8' })).status).to.equal(200);
    expect((await t.browser().call('POST', '/api/users/logout')).status).to.equal(200);
  });

  it('read nothing, where the browser says that they are of another site', async () => {
    const before = t.api.seen.length;
    for (const site of ['cross-site', 'same-site']) {
      const answered = await t.browser().call('GET', '/api/users/info', { headers: { 'sec-fetch-site': site } });
      expect([answered.status, answered.json.code], site).to.deep.equal([403, 'cross_site']);
    }
    expect(t.api.seen.length).to.equal(before);
    // A link in a mail or a chat leads to a page.
    expect((await t.browser().call('GET', '/confirm', { headers: { 'sec-fetch-site': 'cross-site', accept: 'text/html' } })).status).to.equal(200);
    for (const site of ['same-origin', 'none', undefined]) expect((await t.browser().call('GET', '/api/users/info', { headers: { 'sec-fetch-site': site } })).status).to.equal(200);
  });
});
