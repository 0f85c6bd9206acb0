import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { startApi, type ApiUnderTest } from './support/api-under-test.js';

describe('http', function () {
  this.timeout(120_000);
  let t: ApiUnderTest;
  let session: string;
  before(async () => {
    t = await startApi({ settings: { bodyBytes: 20_000 } });
    session = (await t.user('http@people.test')).session;
  });
  after(() => t.close());

  const login = (raw: string | Buffer, headers: Record<string, string> = {}) => t.client.call('POST', '/users/login', { raw, headers });

  it('answers unknown paths with 404 and wrong methods with 405 and what is allowed', async () => {
    const unknown = await t.client.call('GET', '/nowhere');
    expect([unknown.status, unknown.headers['content-type'], unknown.json.code]).to.deep.equal([404, 'application/problem+json', 'unknown_route']);
    const wrong = await t.client.call('PUT', '/users/info');
    expect([wrong.status, wrong.headers['allow'], wrong.json.code]).to.deep.equal([405, 'GET, HEAD, PATCH, OPTIONS', 'method_not_allowed']);
    const options = await t.client.call('OPTIONS', '/users/info');
    expect([options.status, options.headers['allow'], options.text]).to.deep.equal([204, 'GET, HEAD, PATCH, OPTIONS', '']);
  });

  it('answers HEAD without a body, and paths with a trailing slash', async () => {
    const head = await t.client.call('HEAD', '/users/info', { token: session });
    expect([head.status, head.text]).to.deep.equal([200, '']);
    expect(Number(head.headers['content-length'])).to.be.greaterThan(10);
    expect((await t.client.call('GET', '/users/info/', { token: session })).status).to.equal(200);
  });

  it('tells callers of plain http to use https', async () => {
    const answered = await t.client.call('GET', '/status', { headers: { 'x-forwarded-proto': 'http', host: 'api.cave.test' } });
    expect(answered.status).to.equal(403);
    expect(answered.json.detail).to.equal('Send your requests to https://api.cave.test.');
    expect((await t.client.call('GET', '/status', { headers: { 'x-forwarded-proto': 'https' } })).status).to.equal(200);
  });

  it('names the place of a fault in JSON', async () => {
    const faults: readonly (readonly [string, number, number])[] = [
      ['{"email": NaN}', 1, 11],
      ['{"email": Infinity}', 1, 11],
      ['{"email": "a",\n "password": }', 2, 14],
      ['{"email": "a"', 1, 14],
      ['', 1, 1],
      ['{"a":1} x', 1, 9],
    ];
    for (const [raw, line, column] of faults) {
      const answered = await login(raw);
      expect([answered.status, answered.json.code, answered.json.details], raw).to.deep.equal([400, 'invalid_json', { line, column }]);
      expect(answered.json.detail).to.contain(`line ${line}, column ${column}`);
    }
  });

  it('refuses numbers beyond the range of doubles, invalid UTF-8 and deep nesting', async () => {
    expect((await login('{"email": 1e999, "password": "x"}')).status).to.equal(400);
    expect((await login(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).json.code).to.equal('invalid_json');
    const deep = await login(`${'['.repeat(40)}${']'.repeat(40)}`);
    expect([deep.status, deep.json.details]).to.deep.equal([400, { max_depth: 32 }]);
    expect((await login(JSON.stringify({ email: '['.repeat(100), password: 'x\\"['.repeat(50) }))).json.code).to.equal('login_failed');
  });

  it('bounds bodies, also when they are compressed or come without a length', async () => {
    const big = JSON.stringify({ email: 'x'.repeat(30_000), password: '' });
    expect((await login(big)).status).to.equal(413);
    const zipped = gzipSync(big);
    expect((await login(zipped, { 'content-encoding': 'gzip', 'content-length': String(zipped.length) })).status).to.equal(413);
    expect((await login(big, { 'transfer-encoding': 'chunked' })).status).to.equal(413);
    const small = gzipSync(JSON.stringify({ email: 'nobody@x.test', password: 'x' }));
    expect((await login(small, { 'content-encoding': 'gzip', 'content-length': String(small.length) })).json.code).to.equal('login_failed');
  });

  it('wants JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      expect((await login('{}', { 'content-type': type })).status, type).to.equal(415);
    }
    expect((await login('{}', { 'content-encoding': 'rot13' })).status).to.equal(415);
    expect((await login('{"email":"a@b.test","password":"x"}', { 'content-type': 'application/json; charset=utf-8' })).json.code).to.equal('login_failed');
  });

  it('lists every wrong field with its path', async () => {
    const answered = await t.client.call('POST', '/users/confirm', { body: { first_name: 1, last_name: '', password: 'short' } });
    expect(answered.status).to.equal(400);
    expect(answered.json.errors.map(({ path }: { path: string }) => path)).to.have.members(['/first_name', '/last_name', '/password', '/confirmation_token']);
  });

  it('takes keys like __proto__ as the harmless names they are', async () => {
    const raw = '{"__proto__": {"email": "a@b.test"}, "__proto__": {"admin": true}, "constructor": 1, "password": "x"}';
    const answered = await login(raw);
    expect(answered.json.errors.map(({ path }: { path: string }) => path)).to.deep.equal(['/email']);
    expect(({} as { admin?: unknown }).admin).to.equal(undefined);
  });

  it('refuses odd queries and paths with a sentence', async () => {
    for (const path of ['/users/search?q=a&q=b', '/users/search?q=%zz', '/users/search?q=%00', `/users/search?q=${'x'.repeat(5000)}`, '/organizations/%zz', '/organizations/%00', `/users/search?q=a&${Array.from({ length: 100 }, (_, i) => `p${i}=1`).join('&')}`]) {
      const answered = await t.client.call('GET', path, { token: session });
      expect(answered.status, path).to.equal(400);
      expect(answered.json.detail).to.be.a('string');
    }
  });

  it('opens the outbox to the operator only', async () => {
    expect((await t.client.call('GET', '/_internal_/outbox')).status).to.equal(401);
    expect((await t.client.call('GET', '/_internal_/outbox', { token: session })).status).to.equal(403);
    const outbox = await t.client.call('GET', '/_internal_/outbox', { token: 'operator-token-of-the-test' });
    expect(outbox.json[0].to).to.deep.equal(['http@people.test']);
  });
});

describe('operator routes without a token', function () {
  this.timeout(120_000);
  let t: ApiUnderTest;
  before(async () => { t = await startApi({ settings: { operatorToken: null } }); });
  after(() => t.close());

  it('answer on loopback, but not what a proxy on this machine passes on', async () => {
    expect((await t.client.call('POST', '/_internal_/reset')).status).to.equal(200);
    expect((await t.client.call('POST', '/_internal_/reset', { headers: { 'x-forwarded-for': '203.0.113.5' } })).status).to.equal(403);
    expect((await t.client.call('POST', '/_internal_/reset', { headers: { forwarded: 'for=203.0.113.5' } })).status).to.equal(403);
  });

  it('do not answer a page whose own name leads to this machine', async () => {
    const asked = async (host: string): Promise<number> => (await t.client.call('GET', '/_internal_/outbox', { headers: { host } })).status;
    expect(await asked('rebound.example.com')).to.equal(403);
    expect(await asked('localhost:1')).to.equal(200);
    expect(await asked('[::1]:7001')).to.equal(200);
  });
});

describe('documentation', function () {
  this.timeout(120_000);
  let t: ApiUnderTest;
  before(async () => { t = await startApi(); });
  after(() => t.close());

  it('is a page that loads nothing from other hosts', async () => {
    const page = await t.client.call('GET', '/docs');
    expect(page.status).to.equal(200);
    expect(page.headers['content-security-policy']).to.contain("default-src 'none'");
    expect(page.text).not.to.match(/https?:\/\//);
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(files.length).to.equal(4);
    for (const file of files) expect((await t.client.call('GET', file)).status, file).to.equal(200);
    expect((await t.client.call('GET', '/docs/..%2fpackage.json')).status).to.equal(404);
    expect((await t.client.call('GET', '/docs/constructor')).status).to.equal(404);
  });
});
