import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { targetOf } from '../src/api-path.js';
import { Problem } from '../src/problem.js';
import type { Answered } from './support/answered.js';
import { Browser } from './support/browser.js';
import { buildClient, type ClientBuild } from './support/client-build.js';
import { type ServiceProcess, startApi, startWwwProcess, stopAll } from './support/processes.js';

const PASSWORD = 'correct horse battery staple';
const OPERATOR_TOKEN = 'operator-token-of-the-test';
const LIMITS = ['api-service.limits.body-bytes=20000', 'api-service.limits.guesses-per-minute=100000', 'api-service.limits.mails-per-minute=100000', 'api-service.limits.account-delay-seconds=0'];

describe('www before the real api', function () {
  this.timeout(120_000);
  let directory: string;
  let client: ClientBuild;
  let api: ServiceProcess;
  let apiUrl: string;
  let url: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-www-test-'));
    client = await buildClient();
    api = startApi(directory, LIMITS);
    apiUrl = await api.url;
    url = await startWwwProcess(client.directory, [`www.api-url=${apiUrl}`]).url;
  });
  after(async () => {
    await stopAll();
    await client.remove();
    await rm(directory, { recursive: true, force: true });
  });

  const name = (base: string): string => `cave-session-${new URL(base).port}`;
  const logIn = (browser: Browser, email: string, password = PASSWORD): Promise<Answered> => browser.call('POST', '/api/users/login', { body: { email, password } });

  /** Signs up by the pages' calls alone: the link comes from the outbox. */
  async function signUp(email: string): Promise<Browser> {
    const browser = new Browser(url);
    expectStatus(202, await browser.call('POST', '/api/users/register', { body: { email } }));
    const mails = expectStatus(200, await browser.call('GET', '/api/_internal_/outbox')).json as readonly { readonly to: readonly string[]; readonly text: string }[];
    const [, token = ''] = /[?&]token=([\w-]+)/.exec(mails.find(({ to }) => to.includes(email))?.text ?? '') ?? [];
    expectStatus(201, await browser.call('POST', '/api/users/confirm', { body: { first_name: 'First', last_name: 'Last', password: PASSWORD, confirmation_token: token } }));
    expectStatus(200, await logIn(browser, email));
    return browser;
  }

  it('leads from signing up to logging out, and the token is the cookie’s alone', async () => {
    const browser = await signUp('life@people.test');
    const again = await logIn(browser, 'life@people.test');
    const token = browser.cookies.get(name(url)) ?? '';
    expect(token).to.match(/^[\w-]{43}$/);
    expect(Object.keys(again.json)).to.deep.equal(['expires']);
    expect(again.headers['set-cookie']?.[0]).to.contain(`Expires=${new Date(again.json.expires).toUTCString()}`);
    const info = await browser.call('GET', '/api/users/info');
    expect([info.status, info.json.email, info.text.includes(token)]).to.deep.equal([200, 'life@people.test', false]);
    const atApi = () => new Browser(apiUrl).call('GET', '/users/info', { headers: { authorization: `Bearer ${token}` } });
    expect((await atApi()).status).to.equal(200);

    expect((await browser.call('POST', '/api/users/logout')).status).to.equal(204);
    expect(browser.cookies.size).to.equal(0);
    expect((await atApi()).json.code).to.equal('unknown_token');
    const after = await browser.call('GET', '/api/users/info');
    expect([after.status, after.headers['www-authenticate']]).to.deep.equal([401, undefined]);
  });

  it('keeps the session of who changes the password, and ends the others', async () => {
    const here = await signUp('password@people.test');
    const there = new Browser(url);
    await logIn(there, 'password@people.test');
    expectStatus(200, await here.call('PATCH', '/api/users/info', { body: { password: 'another long password' } }));
    expectStatus(200, await here.call('GET', '/api/users/info'));
    const over = await there.call('GET', '/api/users/info');
    expect([over.status, over.json.code, there.cookies.size]).to.deep.equal([403, 'unknown_token', 0]);
  });

  it('lets other sites change nothing', async () => {
    const browser = await signUp('victim@people.test');
    const before = (await browser.call('GET', '/api/users/info')).text;
    const forgeries: readonly Readonly<Record<string, string | undefined>>[] = [{ 'x-cave-csrf': undefined }, { origin: 'http://evil.test' }, { origin: undefined }, { 'sec-fetch-site': 'cross-site' }, { 'content-type': 'text/plain' }];
    for (const headers of forgeries) {
      expect((await browser.call('PATCH', '/api/users/info', { body: { first_name: 'Forged' }, headers })).status).to.be.oneOf([403, 415]);
      expect((await browser.call('POST', '/api/users/login', { body: { email: 'victim@people.test', password: PASSWORD }, headers })).headers).not.to.have.property('set-cookie');
    }
    expect((await browser.call('GET', '/api/users/info')).text).to.equal(before);
    expectStatus(200, await browser.call('PATCH', '/api/users/info', { body: { first_name: 'Mine' } }));
    expect((await browser.call('GET', '/api/users/info')).json.first_name).to.equal('Mine');
  });

  it('shows the token of a tenant once, and publishes nothing with a session or with it', async () => {
    const browser = await signUp('tenant@people.test');
    const created = expectStatus(201, await browser.call('POST', '/api/organizations', { body: { name: 'shop', email: 'ops@people.test', notification_url: 'https://hooks.test/shop' } }));
    const token = created.json.tokens[0].value as string;
    expect(token).to.match(/^[\w-]{43}$/);
    expect((await browser.call('GET', '/api/organizations/shop/tokens')).text).not.to.contain(token);
    expect((await browser.call('GET', '/api/_internal_/organizations/shop/cluster')).json).to.deep.equal({ cluster: null });
    const body = { metrics: [{ name: 'orders', timestamp: Math.floor(Date.now() / 1000), value: 1, tags: {} }] };
    for (const path of ['metrics', 'metrics/', 'Metrics', '%6Detrics']) {
      for (const headers of [{}, { authorization: `Bearer ${token}` }]) {
        const refused = await browser.call('POST', `/api/organizations/shop/${path}`, { body, headers });
        expect([refused.status, refused.json.code], path).to.deep.equal([403, 'tenant_token_needed']);
      }
    }
    expect((await browser.call('GET', '/api/organizations/shop/metric-names')).json).to.deep.equal([]);
  });

  it('passes every route on that is for users, and no other', async () => {
    const { json: document } = await new Browser(url).call('GET', '/api/openapi.json');
    const seen = { passed: 0, kept: 0 };
    for (const [path, operations] of Object.entries(document.paths as Readonly<Record<string, Readonly<Record<string, { readonly description: string; readonly tags: readonly string[] }>>>>)) {
      for (const [method, { description, tags }] of Object.entries(operations)) {
        // Of a host name www has none but its own, so that routes whose tenant is in it lead nowhere.
        const byHost = /^\/(?:metrics|metric-names|check-metrics)(?:\/|$)/.test(path);
        const forPrograms = description.startsWith('Needs a token of the tenant') || description.startsWith('Needs the operator token') || path.startsWith('/docs');
        const expected = path === '/_internal_/outbox' || !(byHost || forPrograms);
        expect(passes(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x')), `${method} ${path} ${tags.join()}`).to.equal(expected);
        seen[expected ? 'passed' : 'kept'] += 1;
      }
    }
    expect(seen.passed).to.be.greaterThan(40);
    expect(seen.kept).to.be.greaterThan(5);
  });

  it('hands on that the api finds a body too large', async () => {
    const browser = await signUp('large@people.test');
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const answered = await browser.call('PATCH', '/api/users/info', { body: { first_name: 'x'.repeat(300_000) }, headers });
      expect([answered.status, answered.json.code, answered.json.details]).to.deep.equal([413, 'too_large', { max_bytes: 20_000 }]);
    }
  });

  it('does not log two CAVEs on one machine out of each other', async () => {
    const browser = await signUp('two@people.test');
    const otherUrl = await startWwwProcess(client.directory, [`www.api-url=${apiUrl}`]).url;
    const other = new Browser(otherUrl, browser.cookies);
    expectStatus(200, await logIn(other, 'two@people.test'));
    expect([...browser.cookies.keys()].sort()).to.deep.equal([name(url), name(otherUrl)].sort());
    expectStatus(204, await other.call('POST', '/api/users/logout'));
    expectStatus(200, await browser.call('GET', '/api/users/info'));
    expect((await other.call('GET', '/api/users/info')).status).to.equal(401);
  });

  it('outlives the api, keeps sessions over its restart, and opens the outbox to its operator', async () => {
    const browser = await signUp('restart@people.test');
    const health = async () => (await new Browser(url).call('GET', '/_internal_/healthcheck')).json as { readonly healthy: boolean; readonly sick: readonly string[] };
    expect(await health()).to.include({ healthy: true });
    await api.stop();
    const down = await browser.call('GET', '/api/users/info');
    expect([down.status, down.json.code, browser.cookies.size]).to.deep.equal([503, 'api_unreachable', 1]);
    expect(await health()).to.deep.include({ healthy: false, sick: ['api'] });
    expect((await browser.call('GET', '/login', { headers: { accept: 'text/html' } })).status).to.equal(200);

    api = startApi(directory, [...LIMITS, `api-service.http.port=${new URL(apiUrl).port}`, `api-service.operator-token=${OPERATOR_TOKEN}`]);
    expect(await api.url).to.equal(apiUrl);
    expectStatus(200, await browser.call('GET', '/api/users/info'));
    expect(await health()).to.include({ healthy: true });

    const outbox = (headers: Readonly<Record<string, string>>) => browser.call('GET', '/api/_internal_/outbox', { headers });
    const elsewhere = { 'x-forwarded-for': '203.0.113.7' };
    expect((await outbox({})).status).to.equal(401);
    expect((await outbox(elsewhere)).json.code).to.equal('operator_only');
    expect((await outbox({ authorization: 'Bearer wrong' })).json.code).to.equal('operator_only');
    expectStatus(200, await outbox({ authorization: `Bearer ${OPERATOR_TOKEN}` }));
    expectStatus(200, await outbox({ ...elsewhere, authorization: `Bearer ${OPERATOR_TOKEN}` }));
    expectStatus(200, await browser.call('GET', '/api/users/info'));
  });
});

describe('the process of www', function () {
  this.timeout(60_000);
  let client: ClientBuild;
  before(async () => { client = await buildClient(); });
  after(async () => {
    await stopAll();
    await client.remove();
  });

  it('serves without an api, and stops when it is told to', async () => {
    const www = startWwwProcess(client.directory, ['www.api-url=http://127.0.0.1:1']);
    const browser = new Browser(await www.url);
    expect((await browser.call('GET', '/', { headers: { accept: 'text/html' } })).status).to.equal(200);
    expect((await browser.call('GET', '/api/status')).json.code).to.equal('api_unreachable');
    await www.stop();
    expect(await www.ended).to.deep.equal({ code: 0, errors: '' });
    expect(www.lines.filter((line) => line.includes('api_unreachable')).length).to.equal(1);
  });

  it('does not start without the built client, nor with an address that is none', async () => {
    const unbuilt = await startWwwProcess(join(client.directory, 'nowhere')).ended;
    expect(unbuilt.code).to.equal(78);
    expect(unbuilt.errors).to.match(/^cave: The web UI is not built: .*Run "npm run build", then start again\.\n$/);
    const wrong = await startWwwProcess(client.directory, ['www.api-url=ftp://api.test']).ended;
    expect(wrong.code).to.equal(78);
    expect(wrong.errors).to.match(/^cave: www\.api-url must be an address such as .*\n$/);
  });
});

function passes(method: string, path: string): boolean {
  try {
    targetOf(method, path);
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

function expectStatus(status: number, answered: Answered): Answered {
  expect(answered.status, answered.text).to.equal(status);
  return answered;
}
