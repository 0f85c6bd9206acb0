import type { Request } from 'express';
import { expect } from 'chai';
import { outboxPass } from '../src/outbox-access.js';
import { json } from './support/stand-in-api.js';
import { startWww, type WwwUnderTest } from './support/www-under-test.js';

const OUTBOX = '/api/_internal_/outbox';
const TOKEN = 'Bearer operator-token-of-the-test';

describe('the outbox behind www', () => {
  let t: WwwUnderTest;
  before(async () => { t = await startWww({ baseUrl: 'http://cave.lan:8080', trustedProxies: ['127.0.0.1'] }); });
  after(() => t.close());
  beforeEach(() => { t.api.seen.length = 0; });

  it('is open to a browser on the machine itself, and asked for as the machine would', async () => {
    for (const host of [`127.0.0.1:${t.port}`, `localhost:${t.port}`, 'cave.localhost', '127.8.9.1', '[::1]:80', 'cave.lan:8080', 'CAVE.lan']) {
      expect((await t.browser().call('GET', OUTBOX, { headers: { host } })).status, host).to.equal(200);
      expect(t.api.last.url).to.equal('/_internal_/outbox');
      expect(Object.keys(t.api.last.headers).filter((name) => /forwarded|authorization|cookie/.test(name)), host).to.deep.equal([]);
    }
  });

  it('is closed to what a proxy passes on, and to names that somebody made resolve to this machine', async () => {
    const refused: readonly Readonly<Record<string, string>>[] = [
      { 'x-forwarded-for': '203.0.113.7' }, { 'x-forwarded-for': '127.0.0.1' }, { 'x-forwarded-proto': 'https' }, { 'x-forwarded-host': 'localhost' }, { 'x-forwarded-anything': '' }, { forwarded: 'for=127.0.0.1' }, { 'x-real-ip': '127.0.0.1' }, { via: '1.1 proxy' },
      { host: 'evil.test' }, { host: `evil.test:${t.port}` }, { host: 'localhost.evil.test' }, { host: 'localhost@evil.test' }, { host: '127.0.0.1.evil.test' }, { host: 'cave.lan.evil.test' }, { host: '10.0.0.1' }, { host: '0.0.0.0' },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of refused) {
      const answered = await t.browser().call('GET', OUTBOX, { headers });
      expect([answered.status, answered.headers['content-type'], answered.json.code], JSON.stringify(headers)).to.deep.equal([403, 'application/problem+json', 'sec-fetch-site' in headers ? 'cross_site' : 'operator_only']);
    }
    // Asked only whether there is an outbox, as nobody in particular.
    for (const { headers } of t.api.seen) expect(headers).to.include.keys('x-forwarded-for').and.not.have.any.keys('authorization', 'cookie');
  });

  it('is not there for anybody where mails leave the machine', async () => {
    t.api.answer = json(404, { code: 'unknown_route', detail: 'no' });
    expect((await t.browser().call('GET', OUTBOX, { headers: { 'x-forwarded-for': '203.0.113.7' } })).status).to.equal(404);
    expect((await t.browser().call('GET', OUTBOX)).status).to.equal(404);
    t.api.answer = json(200, { ok: true });
  });

  it('does not count a session of a user as a credential', async () => {
    const browser = t.browser();
    browser.cookies.set(`cave-session-${t.port}`, 'a-session');
    expect((await browser.call('GET', OUTBOX, { headers: { 'x-forwarded-for': '203.0.113.7' } })).json.code).to.equal('operator_only');
    await browser.call('GET', OUTBOX);
    expect(t.api.last.headers).not.to.have.any.keys('authorization', 'cookie');
  });

  it('is open to the operator token, which is handed on with the address of whoever sent it', async () => {
    const answered = await t.browser().call('GET', OUTBOX, { headers: { authorization: TOKEN, 'x-forwarded-for': '203.0.113.7' } });
    expect(answered.status).to.equal(200);
    expect(t.api.last.headers).to.include({ authorization: TOKEN, 'x-forwarded-for': '203.0.113.7' });
    // On the machine itself an api that has no token would refuse a call that looks passed on.
    await t.browser().call('GET', OUTBOX, { headers: { authorization: TOKEN } });
    expect(t.api.last.headers).to.include({ authorization: TOKEN }).and.not.have.property('x-forwarded-for');
    expect((await t.browser().call('GET', OUTBOX, { headers: { authorization: 'Basic eDo=', 'x-forwarded-for': '203.0.113.7' } })).status).to.equal(403);
  });

  it('hands on what the api says of a wrong operator token, and leaves the session alone', async () => {
    const browser = t.browser();
    browser.cookies.set(`cave-session-${t.port}`, 'a-session');
    t.api.answer = json(403, { code: 'unknown_token', detail: 'no' });
    const answered = await browser.call('GET', OUTBOX, { headers: { authorization: TOKEN } });
    expect([answered.status, answered.json.code, answered.headers['set-cookie']]).to.deep.equal([403, 'unknown_token', undefined]);
    t.api.answer = json(200, { ok: true });
  });

  it('is closed to other machines and, where browsers come by https, to everybody without the token', () => {
    const from = (remoteAddress: string, baseUrl: string | null) => () => outboxPass({ headers: { host: 'localhost:7002' }, socket: { remoteAddress } } as unknown as Request, baseUrl === null ? null : new URL(baseUrl));
    expect(from('127.0.0.1', null)()).to.deep.equal({ open: true, local: true, authorization: null });
    expect(from('::ffff:127.0.0.1', null)()).to.deep.equal({ open: true, local: true, authorization: null });
    expect(from('::1', 'http://cave.lan')()).to.deep.equal({ open: true, local: true, authorization: null });
    for (const address of ['203.0.113.7', '10.0.0.3', '::ffff:10.0.0.3', 'fe80::1']) expect(from(address, null)(), address).to.deep.equal({ open: false, local: false, authorization: null });
    expect(from('127.0.0.1', 'https://cave.test')().open).to.equal(false);
  });
});
