import { expect } from 'chai';
import { BASE_URL, expectStatus, linkToken, PASSWORD, startApi, type ApiUnderTest } from './support/api-under-test.js';

const now = (): number => Math.floor(Date.now() / 1000);

describe('organizations, teams, members and tokens', function () {
  this.timeout(120_000);
  let t: ApiUnderTest;
  let admin: string;
  before(async () => {
    t = await startApi();
    admin = (await t.user('admin@tenants.test')).session;
  });
  after(() => t.close());

  const publish = (path: string, token: string) => t.client.call('POST', path, { token, body: { metrics: [{ name: 'orders', timestamp: now(), value: 1, tags: {} }] } });

  it('creates an organization with a default token whose value is shown once', async () => {
    const body = { name: 'Gilt', email: 'ops@gilt.test', notification_url: 'https://hooks.test/a?key=1' };
    const created = await t.client.call('POST', '/organizations', { token: admin, body });
    expect(created.status).to.equal(201);
    expect(created.headers['location']).to.equal(`${BASE_URL}/organizations/Gilt`);
    expect(created.json).to.include({ name: 'Gilt', email: 'ops@gilt.test', notification_url: 'https://hooks.test/a?key=1' });
    const [token] = created.json.tokens;
    expect(token.description).to.equal('default');
    const got = await t.client.call('GET', '/organizations/gilt', { token: admin });
    expect(got.json.tokens).to.deep.equal([{ id: token.id, description: 'default', hint: token.hint, created: token.created }]);
    expect(got.text).not.to.contain(token.value);
    expect(got.text).not.to.contain(created.json.signing_secret);
    expect((await t.client.call('POST', '/organizations', { token: admin, body: { ...body, name: 'GILT' } })).status).to.equal(409);
    expect((await t.client.call('GET', '/users/organizations', { token: admin })).json).to.deep.equal([{ name: 'Gilt', role: 'admin' }]);
    expect((await publish('/organizations/gilt/metrics', token.value)).status).to.equal(202);
  });

  it('refuses names, addresses and URLs that cannot be', async () => {
    for (const name of ['', 'a.b', '-a', 'a-', 'cave-x', 'CAVE-x', 'x'.repeat(64), 'ä', 'a/b']) {
      const answered = await t.client.call('POST', '/organizations', { token: admin, body: { name, email: 'a@b.test', notification_url: 'https://x.test' } });
      expect(answered.status, name).to.equal(400);
    }
    for (const url of ['', 'x', 'ftp://x.test', 'javascript:alert(1)', 'http://']) {
      const answered = await t.client.call('POST', '/organizations', { token: admin, body: { name: 'fine', email: 'a@b.test', notification_url: url } });
      expect(answered.status, url).to.equal(400);
    }
  });

  it('changes an organization, and tells the schedulers in the same transaction', async () => {
    await t.organization(admin, 'changing');
    expect((await t.client.call('PATCH', '/organizations/changing', { token: admin, body: {} })).status).to.equal(400);
    const before = await t.store.organizations.findByName('changing');
    const patched = await t.client.call('PATCH', '/organizations/changing', { token: admin, body: { notification_url: 'https://new.test/hook' } });
    expect(patched.json.notification_url).to.equal('https://new.test/hook');
    const changes = await t.store.transaction(({ changeOutbox }) => changeOutbox.take(1000));
    const last = changes.filter(({ change }) => change.entity === 'organization' && change.id === before?.id).at(-1);
    expect(last?.change.operation).to.equal('updated');
    expect(last?.change.version).to.be.greaterThan(before?.version ?? Infinity);
    const [audit] = await t.store.audit.list(1);
    expect(audit?.who).to.equal('admin@tenants.test');
    expect(audit?.what).to.equal('organization.update organization/changing');
    expect(audit?.from).to.match(/127\.0\.0\.1/);
  });

  it('rotates the signing secret', async () => {
    await t.organization(admin, 'signing');
    const before = (await t.store.organizations.findByName('signing'))?.signingSecret;
    const rotated = await t.client.call('POST', '/organizations/signing/signing-secret', { token: admin });
    expect(rotated.status).to.equal(200);
    expect(rotated.json.signing_secret).not.to.equal(before);
    expect((await t.store.organizations.findByName('signing'))?.signingSecret).to.equal(rotated.json.signing_secret);
  });

  it('keeps at most three tokens and at least one', async () => {
    await t.organization(admin, 'tokens');
    const path = '/organizations/tokens/tokens';
    const created = await t.client.call('POST', path, { token: admin, body: { description: 'second' } });
    expect(created.status).to.equal(201);
    expect(created.headers['location']).to.equal(`${BASE_URL}${path}/${created.json.id}`);
    expectStatus(201, await t.client.call('POST', path, { token: admin, body: { description: 'third' } }));
    const fourth = await t.client.call('POST', path, { token: admin, body: { description: 'fourth' } });
    expect([fourth.status, fourth.json.code]).to.deep.equal([400, 'too_many_tokens']);
    const listed = await t.client.call('GET', path, { token: admin });
    expect(listed.json.length).to.equal(3);
    expect(listed.text).not.to.contain(created.json.value);
    expect((await t.client.call('GET', `${path}/${created.json.id}`, { token: admin })).json.description).to.equal('second');
    const deleted = await Promise.all(listed.json.map(({ id }: { id: string }) => t.client.call('DELETE', `${path}/${id}`, { token: admin })));
    expect(deleted.map(({ status }) => status).sort()).to.deep.equal([204, 204, 400]);
    expect((await t.client.call('DELETE', `${path}/999999`, { token: admin })).status).to.equal(404);
    expect((await t.client.call('GET', `${path}/abc`, { token: admin })).status).to.equal(404);
  });

  it('lets a withdrawn token publish no more once the change has come over the bus', async () => {
    const value = await t.organization(admin, 'withdrawn');
    const [{ id }] = (await t.client.call('GET', '/organizations/withdrawn/tokens', { token: admin })).json;
    expect((await publish('/organizations/withdrawn/metrics', value)).status).to.equal(202);
    expectStatus(201, await t.client.call('POST', '/organizations/withdrawn/tokens', { token: admin, body: { description: 'next' } }));
    expectStatus(204, await t.client.call('DELETE', `/organizations/withdrawn/tokens/${id}`, { token: admin }));
    t.api.tenantsChanged();
    expect((await publish('/organizations/withdrawn/metrics', value)).status).to.equal(403);
  });

  it('has teams; an organization with teams stays', async () => {
    const organizationToken = await t.organization(admin, 'parent');
    const created = await t.client.call('POST', '/organizations/parent/teams', { token: admin, body: { name: 'Twain' } });
    expect(created.status).to.equal(201);
    expect(created.headers['location']).to.equal(`${BASE_URL}/organizations/parent/teams/Twain`);
    const teamToken: string = created.json.tokens[0].value;
    expect((await t.client.call('POST', '/organizations/parent/teams', { token: admin, body: { name: 'twain' } })).status).to.equal(409);
    expect((await t.client.call('GET', '/organizations/parent/teams', { token: admin })).json.map(({ name }: { name: string }) => name)).to.deep.equal(['Twain']);
    for (const token of [organizationToken, teamToken]) expect((await publish('/organizations/parent/teams/twain/metrics', token)).status).to.equal(202);
    expect((await publish('/organizations/parent/metrics', teamToken)).status).to.equal(403);
    const kept = await t.client.call('DELETE', '/organizations/parent', { token: admin });
    expect([kept.status, kept.json.code]).to.deep.equal([400, 'has_teams']);
    expectStatus(204, await t.client.call('DELETE', '/organizations/parent/teams/twain', { token: admin }));
    expect((await t.client.call('GET', '/organizations/parent/teams/twain', { token: admin })).status).to.equal(404);
    expectStatus(204, await t.client.call('DELETE', '/organizations/parent', { token: admin }));
  });

  it('shows nothing old in a tenant that is deleted and made anew', async () => {
    const oldToken = await t.organization(admin, 'phoenix');
    const member = await t.user('member@phoenix.test');
    expectStatus(202, await t.client.call('POST', '/organizations/phoenix/users', { token: admin, body: { email: member.email, role: 'member' } }));
    expectStatus(202, await t.client.call('POST', '/organizations/phoenix/users', { token: admin, body: { email: 'invited@phoenix.test', role: 'admin' } }));
    const alert = expectStatus(201, await t.client.call('POST', '/organizations/phoenix/alerts', { token: admin, body: { description: 'old', enabled: true, period: '1m', condition: 'orders > 1' } }));
    const before = await t.store.organizations.findByName('phoenix');
    expectStatus(204, await t.client.call('DELETE', '/organizations/phoenix', { token: admin }));
    expect((await t.client.call('GET', '/organizations/phoenix', { token: admin })).status).to.equal(404);
    const tasks = await t.store.transaction(({ storeTasks }) => storeTasks.take(1000));
    const drops = tasks.filter(({ task, database }) => task === 'drop_database' && database === before?.database);
    expect(drops.map(({ cluster }) => cluster)).to.have.members([null, 'west']);

    await t.organization(admin, 'phoenix');
    t.api.tenantsChanged();
    expect((await t.store.organizations.findByName('phoenix'))?.database).not.to.equal(before?.database);
    expect((await publish('/organizations/phoenix/metrics', oldToken)).status).to.equal(403);
    expect((await t.client.call('GET', '/organizations/phoenix', { token: member.session })).status).to.equal(403);
    expect((await t.client.call('GET', '/organizations/phoenix/users', { token: admin })).json.length).to.equal(1);
    expect((await t.client.call('GET', '/organizations/phoenix/alerts', { token: admin })).json).to.deep.equal([]);
    expect((await t.client.call('GET', `/organizations/phoenix/alerts/${alert.json.id}`, { token: admin })).status).to.equal(404);
    const invited = await t.user('invited@phoenix.test');
    expect((await t.client.call('GET', '/organizations/phoenix', { token: invited.session })).status).to.equal(403);
  });

  it('adds members, and invites who is not registered yet', async () => {
    await t.organization(admin, 'members');
    const path = '/organizations/members/users';
    const { email, session } = await t.user('mem@members.test');
    expect((await t.client.call('POST', path, { token: admin, body: { email, role: 'viewer' } })).status).to.equal(202);
    expect((await t.client.call('POST', path, { token: admin, body: { email, role: 'admin' } })).status).to.equal(409);
    expect((await t.client.call('POST', path, { token: admin, body: { email: 'x@members.test', role: 'owner' } })).json.errors[0].path).to.equal('/role');
    expect((await t.client.call('POST', path, { token: admin, body: { email: 'later@members.test', role: 'member' } })).status).to.equal(202);
    expect(t.mailer.lastTo('later@members.test').text).to.contain('/register?email=later%40members.test');
    const later = await t.user('later@members.test');
    expect((await t.client.call('GET', '/organizations/members', { token: later.session })).status).to.equal(200);
    expect((await t.client.call('GET', '/organizations/members', { token: session })).status).to.equal(403);
    expect((await t.client.call('PATCH', `${path}/${email}`, { token: admin, body: { role: 'member' } })).status).to.equal(202);
    expect((await t.client.call('GET', '/organizations/members', { token: session })).status).to.equal(200);
    const listed = await t.client.call('GET', path, { token: session });
    expect(listed.json).to.have.deep.members([
      { user: { first_name: 'First', last_name: 'Last', email: 'admin@tenants.test' }, role: 'admin' },
      { user: { first_name: 'First', last_name: 'Last', email }, role: 'member' },
      { user: { first_name: 'First', last_name: 'Last', email: 'later@members.test' }, role: 'member' },
    ]);
    expect((await t.client.call('DELETE', `${path}/${email}`, { token: admin })).status).to.equal(204);
    expect((await t.client.call('GET', '/organizations/members', { token: session })).status).to.equal(403);
  });

  it('takes an invitation back', async () => {
    await t.organization(admin, 'uninviting');
    const path = '/organizations/uninviting/users';
    expectStatus(202, await t.client.call('POST', path, { token: admin, body: { email: 'mistake@members.test', role: 'admin' } }));
    expectStatus(204, await t.client.call('DELETE', `${path}/mistake@members.test`, { token: admin }));
    const mistake = await t.user('mistake@members.test');
    expect((await t.client.call('GET', '/organizations/uninviting', { token: mistake.session })).status).to.equal(403);
  });

  it('changes nobody by himself, and never loses the last admin, two at once included', async () => {
    await t.organization(admin, 'admins');
    const path = '/organizations/admins/users';
    const self = await t.client.call('DELETE', `${path}/ADMIN@tenants.test`, { token: admin });
    expect([self.status, self.json.code]).to.deep.equal([400, 'oneself']);
    const second = await t.user('second@admins.test');
    for (let round = 0; round < 5; round += 1) {
      await t.client.call('POST', path, { token: admin, body: { email: second.email, role: 'admin' } });
      const answers = await Promise.all([
        t.client.call('DELETE', `${path}/${second.email}`, { token: admin }),
        t.client.call('PATCH', `${path}/admin@tenants.test`, { token: second.session, body: { role: 'viewer' } }),
      ]);
      const organization = await t.store.organizations.findByName('admins');
      const members = await t.store.memberships.list({ organizationId: organization?.id ?? '', teamId: null });
      expect(members.filter(({ role }) => role === 'admin').length, answers.map(({ status }) => status).join()).to.equal(1);
      if (answers[1]?.status === 202) {
        // The second won: make the first admin again for the next round.
        expectStatus(202, await t.client.call('PATCH', `${path}/admin@tenants.test`, { token: second.session, body: { role: 'admin' } }));
        expectStatus(204, await t.client.call('DELETE', `${path}/${second.email}`, { token: admin }));
      }
    }
  });

  it('shows a member of a team only as "team" of the organization', async () => {
    await t.organization(admin, 'outer');
    await t.team(admin, 'outer', 'inner');
    const { email, session } = await t.user('inner@team.test');
    expectStatus(202, await t.client.call('POST', '/organizations/outer/teams/inner/users', { token: admin, body: { email, role: 'admin' } }));
    expect((await t.client.call('GET', '/users/organizations', { token: session })).json).to.deep.equal([{ name: 'outer', role: 'team' }]);
    expect((await t.client.call('GET', '/users/organizations/outer/teams', { token: session })).json).to.deep.equal([{ name: 'inner', role: 'admin' }]);
    expect((await t.client.call('GET', '/organizations/outer', { token: session })).status).to.equal(403);
    expect((await t.client.call('GET', '/organizations/outer/teams/inner/tokens', { token: session })).status).to.equal(200);
    const stranger = await t.user('stranger@team.test');
    expect((await t.client.call('GET', '/users/organizations/outer/teams', { token: stranger.session })).status).to.equal(403);
    expect((await t.client.call('GET', '/users/organizations/nowhere/teams', { token: stranger.session })).status).to.equal(404);
  });

  it('moves a tenant to a configured cluster only', async () => {
    await t.organization(admin, 'moving');
    const path = '/_internal_/organizations/moving/cluster';
    expect((await t.client.call('GET', path, { token: admin })).json).to.deep.equal({ cluster: null });
    expect((await t.client.call('POST', path, { token: admin, body: { cluster: 'nowhere' } })).json.code).to.equal('unknown_cluster');
    expect((await t.client.call('POST', path, { token: admin, body: { cluster: 'west' } })).json.cluster).to.equal('west');
    expect((await t.client.call('GET', path, { token: admin })).json).to.deep.equal({ cluster: 'west' });
    expect((await t.client.call('POST', path, { token: admin, body: {} })).json.cluster).to.equal(null);
  });

  it('deletes what has expired on reset', async () => {
    await t.client.call('POST', '/users/register', { body: { email: 'forgetful@people.test' } });
    const secret = linkToken(t.mailer, 'forgetful@people.test');
    const operator = { authorization: 'Bearer operator-token-of-the-test' };
    expect((await t.client.call('GET', '/_internal_/reset', {})).status).to.equal(401);
    expect((await t.client.call('POST', '/_internal_/reset', { token: admin })).status).to.equal(403);
    t.clock.advance(2 * 60 * 60_000);
    const reset = await t.client.call('POST', '/_internal_/reset', { headers: operator });
    expect(reset.json.sessions).to.be.greaterThan(0);
    expect(reset.json.confirmations).to.be.greaterThan(0);
    expect((await t.client.call('GET', '/users/info', { token: admin })).json.code).to.equal('unknown_token');
    expect((await t.client.call('POST', '/users/confirm', { body: { first_name: 'F', last_name: 'F', password: PASSWORD, confirmation_token: secret } })).status).to.equal(400);
    expect((await t.client.call('GET', '/_internal_/reset', { headers: operator })).json).to.deep.equal({ sessions: 0, confirmations: 0 });
  });

  it('shows issues of CAVE to anyone', async () => {
    await t.store.status.open('late_pipeline', 'Points are stored late.');
    expect((await t.client.call('GET', '/status')).json.current.map(({ description }: { description: string }) => description)).to.deep.equal(['Points are stored late.']);
    await t.store.status.close('late_pipeline');
    const after = await t.client.call('GET', '/status');
    expect(after.json.current).to.deep.equal([]);
    expect(after.json.recent[0].until).to.be.a('string');
  });
});
