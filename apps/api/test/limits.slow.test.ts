import { expect } from 'chai';
import { AccountDelay, AddressLimit } from '../src/limits.js';
import { startApi, PASSWORD, type ApiUnderTest } from './support/api-under-test.js';

describe('limits', function () {
  this.timeout(120_000);
  let t: ApiUnderTest;
  before(async () => {
    t = await startApi({ settings: { guessesPerMinute: 5, mailsPerMinute: 4, unknownTokensPerMinute: 3 }, trustedProxies: ['127.0.0.1'] });
  });
  after(() => t.close());

  const from = (address: string) => ({ 'x-forwarded-for': address });

  it('push back an address that guesses passwords, and nobody else', async () => {
    const { email } = await t.user('target@limits.test');
    const guess = (address: string, password: string) => t.client.call('POST', '/users/login', { headers: from(address), body: { email, password } });
    for (let i = 0; i < 5; i += 1) expect((await guess('203.0.113.1', 'wrong')).status).to.equal(400);
    const refused = await guess('203.0.113.1', PASSWORD);
    expect([refused.status, refused.json.code]).to.deep.equal([429, 'rate_limited']);
    expect(Number(refused.headers['retry-after'])).to.be.within(1, 60);
    expect((await guess('203.0.113.2', PASSWORD)).status, 'an account is never locked').to.equal(200);
    for (let i = 0; i < 10; i += 1) expect((await guess('203.0.113.2', PASSWORD)).status, 'successes cost nothing').to.equal(200);
  });

  it('believe X-Forwarded-For of trusted proxies only', async () => {
    const plain = await startApi({ settings: { mailsPerMinute: 1 } });
    try {
      const ask = (address: string) => plain.client.call('POST', '/users/forgot-password', { headers: from(address), body: { email: 'x@limits.test' } });
      expect((await ask('203.0.113.7')).status).to.equal(202);
      expect((await ask('203.0.113.8')).status).to.equal(429);
    } finally {
      await plain.close();
    }
  });

  it('bound registrations and password mails of an address', async () => {
    const ask = (path: string) => t.client.call('POST', path, { headers: from('2001:db8::1'), body: { email: 'many@limits.test' } });
    for (let i = 0; i < 2; i += 1) for (const path of ['/users/register', '/users/forgot-password']) expect((await ask(path)).status).to.equal(202);
    expect((await ask('/users/register')).status).to.equal(429);
    const neighbour = await t.client.call('POST', '/users/register', { headers: from('2001:db8::2'), body: { email: 'more@limits.test' } });
    expect(neighbour.status, 'the same /64').to.equal(429);
  });

  it('push back unknown tokens, but let known ones pass', async () => {
    const { session } = await t.user('tokens@limits.test');
    const ask = (token: string) => t.client.call('GET', '/users/info', { headers: from('203.0.113.9'), token });
    const answers = [];
    for (let i = 0; i < 5; i += 1) answers.push((await ask(`guess-${i}`)).status);
    expect(answers).to.deep.equal([403, 403, 403, 429, 429]);
    expect((await ask(session)).status).to.equal(200);
  });

  it('give back what was rightful', async () => {
    const limit = new AddressLimit(1, 60);
    for (let i = 0; i < 3; i += 1) {
      await limit.take('198.51.100.1');
      await limit.giveBack('198.51.100.1');
    }
    await limit.take('198.51.100.1');
    let refused = false;
    await limit.take('::ffff:198.51.100.1').catch(() => { refused = true; });
    expect(refused, 'the same address, mapped into IPv6').to.equal(true);
  });

  it('delay an account ever longer but never refuse it', async () => {
    const delay = new AccountDelay({ free: 2, windowSeconds: 60, firstMs: 60_000, maxMs: 60_000 });
    const settled = async (account: string): Promise<boolean> => {
      const patience = new AbortController();
      let done = false;
      const attempt = delay.attempt(account, patience.signal).then(() => { done = true; }, () => undefined);
      await new Promise((resolve) => setImmediate(resolve));
      patience.abort();
      await attempt;
      return done;
    };
    expect([await settled('a@b.test'), await settled('A@b.test'), await settled('a@b.test')]).to.deep.equal([true, true, false]);
    expect(await settled('c@d.test')).to.equal(true);
    await delay.clear('a@b.test');
    expect(await settled('a@b.test')).to.equal(true);
  });
});
