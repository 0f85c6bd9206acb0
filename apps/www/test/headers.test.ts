import { expect } from 'chai';
import { json } from './support/stand-in-api.js';
import { startWww, type WwwUnderTest } from './support/www-under-test.js';

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'NONCE; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

describe('the headers of every answer', () => {
  let t: WwwUnderTest;
  before(async () => { t = await startWww({ trustedProxies: ['127.0.0.1'] }); });
  after(() => t.close());

  it('allow nothing inline, nothing of others, no frame and no guessing', async () => {
    const answers = [
      ['GET', '/', {}], ['GET', '/assets/app-4f3a.js', {}], ['HEAD', '/assets/app-4f3a.js', {}], ['GET', '/gone.js', {}], ['POST', '/', {}],
      ['GET', '/api/users/info', {}], ['GET', '/api/nowhere', {}], ['POST', '/api/users/info', { 'x-cave-csrf': undefined }], ['OPTIONS', '/api/users/info', {}],
      ['GET', '/', { 'x-forwarded-proto': 'http' }], ['TRACE', '/api/users/info', {}],
    ] as const;
    for (const [method, path, headers] of answers) {
      const { headers: got, status } = await t.browser().call(method, path, { headers });
      const what = `${method} ${path} ${status}`;
      const policy = String(got['content-security-policy']);
      expect(policy.replace(/ 'nonce-[^']+'/, 'NONCE'), what).to.be.oneOf([POLICY, POLICY.replace('NONCE', '')]);
      expect(policy).not.to.contain('unsafe');
      expect(got, what).to.include({
        'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin',
      });
      expect(got['permissions-policy'], what).to.contain('camera=()');
      expect(got, what).not.to.have.property('x-powered-by');
      expect(got, what).not.to.have.property('strict-transport-security');
      expect(got, what).not.to.have.property('access-control-allow-origin');
    }
  });

  it('keep browsers that came by https on https', async () => {
    const { headers } = await t.browser().call('GET', '/', { headers: { 'x-forwarded-proto': 'https' } });
    expect(headers['strict-transport-security']).to.equal('max-age=31536000');
  });

  it('tell who came by plain http through a proxy to use https', async () => {
    for (const path of ['/', '/api/status']) {
      const answered = await t.browser().call('GET', path, { headers: { 'x-forwarded-proto': 'http', host: 'cave.test' } });
      expect([answered.status, answered.json.code, answered.json.detail], path).to.deep.equal([403, 'https_required', 'Open https://cave.test instead.']);
    }
    expect(t.api.seen.filter(({ url }) => url === '/status')).to.deep.equal([]);
  });

  it('hold the api back from what is for programs', async () => {
    t.api.answer = json(401, { code: 'credentials_missing' }, {
      'WWW-Authenticate': 'Basic realm="CAVE"', 'Set-Cookie': 'x=1', 'Access-Control-Allow-Origin': '*', 'X-Powered-By': 'api', Server: 'api', 'Retry-After': '7', Link: '</a>; rel="next"', Location: 'http://api.test/x', 'X-Total-Count': '3', 'Content-Security-Policy': "default-src 'unsafe-inline'",
    });
    const { headers, status } = await t.browser().call('GET', '/api/users/info');
    expect(status).to.equal(401);
    expect(headers).to.include({ 'retry-after': '7', link: '</a>; rel="next"', location: 'http://api.test/x', 'x-total-count': '3', 'cache-control': 'no-store' });
    expect(headers).not.to.have.any.keys('www-authenticate', 'set-cookie', 'access-control-allow-origin', 'x-powered-by', 'server');
    expect(headers['content-security-policy']).not.to.contain('unsafe');
  });
});

describe('the headers that reach the api', () => {
  let t: WwwUnderTest;
  before(async () => { t = await startWww({ trustedProxies: ['127.0.0.1'] }); });
  after(() => t.close());

  it('are those of a strict list, without cookies and credentials of the browser', async () => {
    const browser = t.browser();
    await browser.call('PATCH', '/api/users/info?a=%20b&c=1', {
      body: { first_name: 'x' },
      headers: {
        accept: 'application/json', 'if-none-match': '"x"', authorization: 'Bearer smuggled', cookie: 'other=1; cave-session=smuggled; cave-session-1=smuggled',
        'proxy-authorization': 'Basic x', 'x-forwarded-host': 'evil.test', 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1', 'user-agent': 'test',
        origin: 'http://evil.test', 'x-http-method-override': 'DELETE', 'content-encoding': 'identity', te: 'trailers',
      },
    });
    const { headers, method, url, body } = t.api.last;
    expect([method, url, body]).to.deep.equal(['PATCH', '/users/info?a=%20b&c=1', '{"first_name":"x"}']);
    expect(Object.keys(headers).sort()).to.deep.equal(['accept', 'connection', 'content-length', 'content-type', 'host', 'if-none-match', 'x-forwarded-for']);
    expect(headers).to.include({ host: new URL(t.api.url).host, 'x-forwarded-for': '203.0.113.7', accept: 'application/json', 'content-type': 'application/json' });
  });

  it('say that the browser speaks https where a trusted proxy says so', async () => {
    await t.browser().call('GET', '/api/status', { headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '198.51.100.1, 203.0.113.7' } });
    expect(t.api.last.headers).to.include({ 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' });
  });

  it('do not believe a proxy that nobody trusts', async () => {
    const untrusting = await startWww();
    try {
      await untrusting.browser().call('GET', '/api/status', { headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' } });
      expect(untrusting.api.last.headers['x-forwarded-for']).to.equal('127.0.0.1');
      expect(untrusting.api.last.headers).not.to.have.property('x-forwarded-proto');
    } finally {
      await untrusting.close();
    }
  });

  it('do not carry a body of a request that has none by its method', async () => {
    await t.browser().call('GET', '/api/status', { raw: '{"a":1}' });
    expect([t.api.last.body, t.api.last.headers['content-length']]).to.deep.equal(['', undefined]);
  });
});
