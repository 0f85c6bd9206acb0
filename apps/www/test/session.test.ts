import { expect } from 'chai';
import { json } from './support/stand-in-api.js';
import { startWww, type WwwTestOptions, type WwwUnderTest } from './support/www-under-test.js';

const TOKEN = 'Zm9vYmFyYmF6-_0123456789abcdefghijklmnopqrs';
const login = { body: { email: 'a@b.test', password: 'secret' } };

async function withWww(options: WwwTestOptions, act: (t: WwwUnderTest) => Promise<void>): Promise<void> {
  const t = await startWww(options);
  try {
    await act(t);
  } finally {
    await t.close();
  }
}

function logsIn(t: WwwUnderTest, expires = new Date(Date.now() + 3_600_000)): Date {
  t.api.answer = json(200, { token: TOKEN, expires: expires.toISOString() });
  return expires;
}

describe('the session cookie', () => {
  it('holds the token until the session ends, and only the api sees it again', () =>
    withWww({}, async (t) => {
      const expires = logsIn(t);
      const browser = t.browser();
      const answered = await browser.call('POST', '/api/users/login', login);
      expect([answered.status, answered.json]).to.deep.equal([200, { expires: expires.toISOString() }]);
      expect(answered.headers['cache-control']).to.equal('no-store');
      const [line = '', ...others] = answered.headers['set-cookie'] ?? [];
      expect(others).to.deep.equal([]);
      const [, seconds = ''] = /Max-Age=(\d+)/.exec(line) ?? [];
      expect(Number(seconds)).to.be.within(3590, 3600);
      expect(line).to.equal(`cave-session-${t.port}=${TOKEN}; Path=/; Max-Age=${seconds}; Expires=${expires.toUTCString()}; HttpOnly; SameSite=Strict`);

      t.api.answer = json(200, {});
      await browser.call('GET', '/api/users/info');
      expect(t.api.last.headers).to.include({ authorization: `Bearer ${TOKEN}` }).and.not.have.property('cookie');
      // A login does not carry an older session.
      await browser.call('POST', '/api/users/login', login);
      expect(t.api.last.headers).not.to.have.property('authorization');
    }));

  it('is for https only, and for this very host, where browsers come by https', async () => {
    await withWww({ trustedProxies: ['127.0.0.1'] }, async (t) => {
      logsIn(t);
      const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'cave.test', origin: 'https://cave.test' };
      const browser = t.browser();
      const [line = ''] = (await browser.call('POST', '/api/users/login', { ...login, headers })).headers['set-cookie'] ?? [];
      expect(line).to.match(/^__Host-cave-session-443=[\w-]+; Path=\/; .*; HttpOnly; SameSite=Strict; Secure$/);
      expect(line).not.to.contain('Domain');
      t.api.answer = json(200, {});
      await browser.call('GET', '/api/users/info', { headers });
      expect(t.api.last.headers['authorization']).to.equal(`Bearer ${TOKEN}`);
    });
    await withWww({ baseUrl: 'https://cave.test' }, async (t) => {
      logsIn(t);
      const [line = ''] = (await t.browser().call('POST', '/api/users/login', login)).headers['set-cookie'] ?? [];
      expect(line).to.match(new RegExp(`^__Host-cave-session-${t.port}=.*; Secure$`));
    });
    await withWww({}, async (t) => {
      logsIn(t);
      const [line = ''] = (await t.browser().call('POST', '/api/users/login', { ...login, headers: { 'x-forwarded-proto': 'https' } })).headers['set-cookie'] ?? [];
      expect(line, 'a proxy that nobody trusts').to.match(/^cave-session-/).and.not.contain('Secure');
    });
  });

  it('is set by every way of writing the login, and the token is in no answer', () =>
    withWww({}, async (t) => {
      logsIn(t);
      for (const path of ['/api/users/login', '/api/users/login/', '/api/users/LOGIN', '/api/%75sers/%6Cogin', '/api/users/login?x']) {
        const answered = await t.browser().call('POST', path, login);
        expect([answered.status, answered.text.includes(TOKEN), answered.headers['set-cookie']?.length], path).to.deep.equal([200, false, 1]);
      }
    }));

  it('is not set by a login that failed, nor by an answer that makes no sense', () =>
    withWww({}, async (t) => {
      t.api.answer = json(400, { code: 'login_failed' });
      const failed = await t.browser().call('POST', '/api/users/login', login);
      expect([failed.status, failed.json.code, failed.headers['set-cookie']]).to.deep.equal([400, 'login_failed', undefined]);
      for (const odd of [{}, { token: TOKEN }, { token: TOKEN, expires: 'soon' }, { token: 1, expires: '2030-01-01T00:00:00Z' }, null, 'text']) {
        t.api.answer = json(200, odd);
        const answered = await t.browser().call('POST', '/api/users/login', login);
        expect([answered.status, answered.json.code, answered.headers['set-cookie'], answered.text.includes(TOKEN)], JSON.stringify(odd)).to.deep.equal([502, 'api_answer_invalid', undefined, false]);
      }
    }));

  it('goes with the session, whoever ends it', () =>
    withWww({}, async (t) => {
      const name = `cave-session-${t.port}`;
      const cleared = `${name}=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Strict`;
      const loggedIn = () => {
        const browser = t.browser();
        browser.cookies.set(name, TOKEN);
        return browser;
      };
      for (const code of ['session_expired', 'unknown_token']) {
        t.api.answer = json(403, { code, detail: 'over' });
        const answered = await loggedIn().call('PATCH', '/api/organizations/o', { body: {} });
        expect([answered.status, answered.json.code, answered.headers['set-cookie']], code).to.deep.equal([403, code, [cleared]]);
      }
      t.api.answer = json(403, { code: 'role_needed' });
      expect((await loggedIn().call('GET', '/api/organizations/o')).headers).not.to.have.property('set-cookie');
      t.api.answer = (_request, response) => response.writeHead(403, { 'Content-Type': 'text/html' }).end('<h1>No</h1>');
      expect((await loggedIn().call('GET', '/api/organizations/o')).headers).not.to.have.property('set-cookie');

      for (const status of [204, 403, 500]) {
        t.api.answer = (_request, response) => response.writeHead(status).end();
        const answered = await loggedIn().call('POST', '/api/users/logout');
        expect([answered.status, answered.headers['set-cookie']], String(status)).to.deep.equal([status, [cleared]]);
        expect(t.api.last.headers['authorization']).to.equal(`Bearer ${TOKEN}`);
      }
      await t.api.stop();
      const unreachable = await loggedIn().call('POST', '/api/users/logout');
      expect([unreachable.status, unreachable.headers['set-cookie']]).to.deep.equal([503, [cleared]]);
    }));

  it('is not cleared by a logout that another site asked for', () =>
    withWww({}, async (t) => {
      const answered = await t.browser().call('POST', '/api/users/logout', { headers: { origin: 'http://evil.test' } });
      expect([answered.status, answered.headers['set-cookie']]).to.deep.equal([403, undefined]);
      expect(t.api.seen).to.deep.equal([]);
    }));

  it('with something else than a token in it is no session', () =>
    withWww({}, async (t) => {
      for (const value of ['', 'a b', 'x"y', 'é', `${'x'.repeat(600)}`, 'a,b']) {
        await t.browser().call('GET', '/api/users/info', { headers: { cookie: `a=1; cave-session-${t.port}=${encodeURI(value)}; b` } });
        expect(t.api.last.headers, value).not.to.have.property('authorization');
      }
      await t.browser().call('GET', '/api/users/info', { headers: { cookie: `cave-session-${t.port + 1}=${TOKEN}` } });
      expect(t.api.last.headers, 'of another port').not.to.have.property('authorization');
    }));

  it('never reaches the log', () =>
    withWww({}, async (t) => {
      const browser = t.browser();
      browser.cookies.set(`cave-session-${t.port}`, TOKEN);
      await t.api.stop();
      await browser.call('POST', '/api/users/login', login);
      await browser.call('GET', `/api/users/search?q=${TOKEN}`);
      expect(t.lines.map(({ event }) => event)).to.deep.equal(['api_unreachable']);
      expect(JSON.stringify(t.lines, (_, value: unknown) => (value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value))).not.to.contain(TOKEN).and.not.contain('secret');
    }));
});
