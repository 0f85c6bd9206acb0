import { CaveError } from '@cave/core';
import { expect } from 'chai';
import { expectStatus, linkToken, PASSWORD, startApi, WWW_URL, type ApiUnderTest } from './support/api-under-test.js';
import { RecordingMailer } from './support/doubles.js';

describe('users', function () {
  this.timeout(120_000);
  let t: ApiUnderTest;
  before(async () => { t = await startApi(); });
  after(() => t.close());

  it('registers, confirms, logs in and out', async () => {
    const registered = await t.client.call('POST', '/users/register', { body: { email: 'ann@people.test' } });
    expect(registered.status).to.equal(202);
    expect(registered.text).to.equal('');
    const mail = t.mailer.lastTo('ann@people.test');
    expect(mail.text).to.contain(`${WWW_URL}/confirm?token=`);
    const confirmation = { first_name: 'Ann', last_name: 'Lee', password: PASSWORD, confirmation_token: linkToken(t.mailer, 'ann@people.test') };
    const confirmed = await t.client.call('POST', '/users/confirm', { body: confirmation });
    expect(confirmed.status).to.equal(201);
    expect(confirmed.json).to.deep.equal({ first_name: 'Ann', last_name: 'Lee', email: 'ann@people.test' });
    const again = await t.client.call('POST', '/users/confirm', { body: confirmation });
    expect(again.status).to.equal(400);

    const login = await t.client.call('POST', '/users/login', { body: { email: 'ann@people.test', password: PASSWORD } });
    expect(login.status).to.equal(200);
    const lifetime = Date.parse(login.json.expires) - t.clock.nowMs();
    expect(lifetime).to.be.within(59 * 60_000, 60 * 60_000);
    const token: string = login.json.token;
    expect((await t.client.call('GET', '/users/info', { token })).json).to.deep.equal({ first_name: 'Ann', last_name: 'Lee', email: 'ann@people.test' });
    const basic = { authorization: `Basic ${Buffer.from(`${token}:`).toString('base64')}` };
    expect((await t.client.call('GET', '/users/info', { headers: basic })).status).to.equal(200);
    expect((await t.client.call('POST', '/users/logout', { token })).status).to.equal(204);
    expect((await t.client.call('GET', '/users/info', { token })).status).to.equal(403);
  });

  it('answers a second registration alike, and mails that the address is taken', async () => {
    await t.user('bob@people.test');
    const answered = await t.client.call('POST', '/users/register', { body: { email: 'BOB@people.test' } });
    expect(answered.status).to.equal(202);
    expect(t.mailer.lastTo('BOB@people.test').subject).to.contain('already registered');
  });

  it('fails a login in one way for a wrong password and for an unknown user', async () => {
    await t.user('carol@people.test');
    const wrong = await t.client.call('POST', '/users/login', { body: { email: 'carol@people.test', password: 'wrong' } });
    const unknown = await t.client.call('POST', '/users/login', { body: { email: 'nobody@people.test', password: 'wrong' } });
    expect(wrong.status).to.equal(400);
    expect(wrong.json.detail).to.equal('Login failed.');
    expect(unknown.text).to.equal(wrong.text);
  });

  it('tells an expired session from an unknown token', async () => {
    const { session } = await t.user('dan@people.test');
    const unknown = await t.client.call('GET', '/users/info', { token: 'never-issued' });
    expect([unknown.status, unknown.json.code]).to.deep.equal([403, 'unknown_token']);
    t.clock.advance(61 * 60_000);
    const expired = await t.client.call('GET', '/users/info', { token: session });
    expect([expired.status, expired.json.code]).to.deep.equal([403, 'session_expired']);
  });

  it('asks for credentials where there are none', async () => {
    for (const headers of [{}, { authorization: 'Bearer' }, { authorization: 'Digest x' }, { authorization: 'Basic Og==' }]) {
      const answered = await t.client.call('GET', '/users/info', { headers });
      expect(answered.status).to.equal(401);
      expect(answered.headers['www-authenticate']).to.match(/^Basic/);
    }
  });

  it('refuses a confirmation that has expired', async () => {
    await t.client.call('POST', '/users/register', { body: { email: 'late@people.test' } });
    t.clock.advance(61 * 60_000);
    const answered = await t.client.call('POST', '/users/confirm', { body: { first_name: 'L', last_name: 'L', password: PASSWORD, confirmation_token: linkToken(t.mailer, 'late@people.test') } });
    expect([answered.status, answered.json.code]).to.deep.equal([400, 'invalid_confirmation_token']);
  });

  it('resets a password once, and ends all sessions', async () => {
    const { session } = await t.user('eve@people.test');
    expect((await t.client.call('POST', '/users/forgot-password', { body: { email: 'eve@people.test' } })).status).to.equal(202);
    const token = linkToken(t.mailer, 'eve@people.test');
    const reset = await t.client.call('POST', '/users/reset-password', { body: { password: 'another long password', token } });
    expect(reset.status).to.equal(200);
    expect((await t.client.call('GET', '/users/info', { token: session })).status).to.equal(403);
    expect((await t.client.call('POST', '/users/login', { body: { email: 'eve@people.test', password: PASSWORD } })).status).to.equal(400);
    expect((await t.client.call('POST', '/users/login', { body: { email: 'eve@people.test', password: 'another long password' } })).status).to.equal(200);
    const again = await t.client.call('POST', '/users/reset-password', { body: { password: 'a third long password', confirmation_token: token } });
    expect(again.status).to.equal(400);
    const missing = await t.client.call('POST', '/users/reset-password', { body: { password: 'a third long password' } });
    expect(missing.json.errors).to.deep.equal([{ in: 'body', path: '/confirmation_token', message: 'is missing' }]);
  });

  it('does not register with a token for resetting, nor the other way round', async () => {
    await t.user('fay@people.test');
    await t.client.call('POST', '/users/forgot-password', { body: { email: 'fay@people.test' } });
    const forReset = linkToken(t.mailer, 'fay@people.test');
    expect((await t.client.call('POST', '/users/confirm', { body: { first_name: 'F', last_name: 'F', password: PASSWORD, confirmation_token: forReset } })).status).to.equal(400);
    await t.client.call('POST', '/users/register', { body: { email: 'gus@people.test' } });
    expect((await t.client.call('POST', '/users/reset-password', { body: { password: PASSWORD, token: linkToken(t.mailer, 'gus@people.test') } })).status).to.equal(400);
  });

  it('says nothing about an unknown address that forgot its password, and mails nothing', async () => {
    const before = t.mailer.sent.length;
    expect((await t.client.call('POST', '/users/forgot-password', { body: { email: 'ghost@people.test' } })).status).to.equal(202);
    expect(t.mailer.sent.length).to.equal(before);
  });

  it('changes names and password; a new password ends the other sessions only', async () => {
    const { session } = await t.user('hal@people.test');
    const other: string = (await t.client.call('POST', '/users/login', { body: { email: 'hal@people.test', password: PASSWORD } })).json.token;
    const empty = await t.client.call('PATCH', '/users/info', { token: session, body: {} });
    expect([empty.status, empty.json.code]).to.deep.equal([400, 'nothing_to_change']);
    const patched = await t.client.call('PATCH', '/users/info', { token: session, body: { first_name: 'Hal', password: 'quite another password' } });
    expect(patched.json.first_name).to.equal('Hal');
    expect((await t.client.call('GET', '/users/info', { token: session })).status).to.equal(200);
    expect((await t.client.call('GET', '/users/info', { token: other })).status).to.equal(403);
  });

  it('finds colleagues and nobody else', async () => {
    const { session } = await t.user('ida@search.test');
    await t.user('jon@search.test');
    await t.organization(session, 'searchers');
    const alone = await t.client.call('GET', '/users/search?q=jon@search', { token: session });
    expect(alone.json).to.deep.equal([]);
    expectStatus(202, await t.client.call('POST', '/organizations/searchers/users', { token: session, body: { email: 'jon@search.test', role: 'viewer' } }));
    const found = await t.client.call('GET', '/users/search?q=jon@search', { token: session });
    expect(found.json).to.deep.equal([{ first_name: 'First', last_name: 'Last', email: 'jon@search.test' }]);
    expect((await t.client.call('GET', '/users/search', { token: session })).status).to.equal(400);
  });

  it('keeps secrets as hashes only, and out of the log', async () => {
    const { session } = await t.user('kim@people.test');
    const secret = await t.organization(session, 'secretive');
    const user = await t.store.users.findByEmail('kim@people.test');
    expect(user?.passwordHash).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const log = JSON.stringify(t.logger.lines);
    const records = JSON.stringify(await t.store.audit.list(1000));
    for (const text of [session, secret, PASSWORD]) {
      expect(log).not.to.contain(text);
      expect(records).not.to.contain(text);
    }
    expect(t.logger.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });
});

describe('mails of accounts', function () {
  this.timeout(120_000);
  it('are sent again after a failure under the same id, and given up with an error in the log', async () => {
    const mailer = new RecordingMailer(true);
    const t = await startApi({ mailer });
    try {
      mailer.failures.push(new CaveError('unavailable', 'greylisted'));
      await t.client.call('POST', '/users/register', { body: { email: 'retry@people.test' } });
      await t.api.stop();
      expect(mailer.sent.map(({ to }) => to)).to.deep.equal([['retry@people.test']]);
      expect(mailer.attempted[0]).to.equal(mailer.sent[0]?.id);
      mailer.failures.push(...Array.from({ length: 3 }, () => new CaveError('unavailable', 'down')));
      expect((await t.client.call('POST', '/users/register', { body: { email: 'lost@people.test' } })).status).to.equal(202);
      await t.api.stop();
      expect(mailer.sent.length).to.equal(1);
      expect(t.logger.lines.filter(({ event }) => event === 'mail_not_sent').length).to.equal(1);
    } finally {
      await t.close();
    }
  });
});
