import { expect } from 'chai';
import type { Route } from '../src/index.js';
import { expectStatus, OPERATOR_TOKEN, startApi, type ApiUnderTest } from './support/api-under-test.js';
import type { Answered } from './support/answered.js';
import { pathOf } from './support/client.js';

/**
 * What each route needs to be called properly, by the stem of its operation id. A new route
 * without an entry fails the first test: whoever adds one has to say how it is isolated.
 */
interface Entry {
  /** A legal body or query, so that nothing but the access rule can refuse. */
  readonly body?: unknown;
  readonly query?: string;
  /** Its path ends in the id of something that belongs to a tenant. */
  readonly id?: 'token' | 'alert';
  readonly params?: Readonly<Record<string, string>>;
}

const now = new Date().toISOString();
const alert = { description: 'd', enabled: false, period: '1m', condition: 'orders > 1' };
const ENTRIES: Readonly<Record<string, Entry>> = {
  publishMetrics: { body: { metrics: [{ name: 'orders', timestamp: Math.floor(Date.now() / 1000), value: 1, tags: {} }] } },
  queryMetrics: { query: 'metric=orders' },
  listMetricNames: {},
  listTagValues: { query: 'tag=a', params: { metric: 'orders' } },
  deleteMetric: { params: { metric: 'orders' } },
  checkMetrics: { query: `condition=${encodeURIComponent('orders > 1')}&start=${now}` },
  createAlert: { body: alert },
  listAlerts: {},
  getAlert: { id: 'alert' },
  updateAlert: { id: 'alert', body: { description: 'changed' } },
  deleteAlert: { id: 'alert' },
  getAlertHistory: { id: 'alert' },
  registerUser: { body: { email: 'someone@else.test' } },
  confirmUser: { body: { first_name: 'a', last_name: 'b', password: 'long enough', confirmation_token: 'x' } },
  loginUser: { body: { email: 'a@b.test', password: 'x' } },
  forgotPassword: { body: { email: 'a@b.test' } },
  resetPassword: { body: { password: 'long enough', confirmation_token: 'x' } },
  getUser: {},
  updateUser: { body: { first_name: 'Eve' } },
  logoutUser: {},
  getUserOrganizations: {},
  getUserTeams: {},
  searchUsers: { query: 'q=victim' },
  createOrganization: { body: { name: 'elsewhere', email: 'a@b.test', notification_url: 'https://x.test' } },
  getOrganization: {},
  updateOrganization: { body: { email: 'eve@evil.test' } },
  deleteOrganization: {},
  rotateSigningSecret: {},
  getUsers: {},
  addUser: { body: { email: 'eve@evil.test', role: 'admin' } },
  modifyUser: { body: { role: 'viewer' }, params: { email: 'owner@victim.test' } },
  removeUser: { params: { email: 'owner@victim.test' } },
  getTeams: {},
  createTeam: { body: { name: 'evil' } },
  getTeam: {},
  deleteTeam: {},
  getTokens: {},
  createToken: { body: { description: 'evil' } },
  getToken: { id: 'token' },
  deleteToken: { id: 'token' },
  getStatus: {},
  reset: {},
  resetByGet: {},
  getOutbox: {},
  getCluster: {},
  setCluster: { body: { cluster: 'west' } },
  getOpenApi: {},
  getDocs: {},
  getDocsFile: { params: { file: 'initializer.js' } },
};

const stemOf = ({ operationId }: Route): string => operationId.replace(/(?:OfOrganization|OfTeam|ByHost)$/, '');

describe('isolation of tenants', function () {
  this.timeout(120_000);
  let t: ApiUnderTest;
  /** Texts of the victim that no outsider's answer may hold. */
  const marks: string[] = ['victim-mark', 'owner@victim.test', 'hooks.test/victim'];
  let outsider: string;
  let outsiderToken: string;
  let viewer: string;
  let ids: Readonly<Record<'organization' | 'team', Readonly<Record<'token' | 'alert', string>>>>;

  before(async () => {
    t = await startApi();
    const owner = (await t.user('owner@victim.test')).session;
    const organizationToken = await t.organization(owner, 'victim');
    const teamToken = await t.team(owner, 'victim', 'squad');
    viewer = (await t.user('viewer@victim.test')).session;
    for (const path of ['/organizations/victim', '/organizations/victim/teams/squad']) {
      expectStatus(202, await t.client.call('POST', `${path}/users`, { token: owner, body: { email: 'viewer@victim.test', role: 'viewer' } }));
    }
    const belongings = async (path: string): Promise<Record<'token' | 'alert', string>> => ({
      token: (await t.client.call('GET', `${path}/tokens`, { token: owner })).json[0].id,
      alert: expectStatus(201, await t.client.call('POST', `${path}/alerts`, { token: owner, body: { ...alert, description: 'victim-mark' } })).json.id,
    });
    ids = { organization: await belongings('/organizations/victim'), team: await belongings('/organizations/victim/teams/squad') };
    marks.push(organizationToken, teamToken);
    const victim = await t.store.organizations.findByName('victim');
    marks.push(victim?.database ?? '', victim?.signingSecret ?? '');
    outsider = (await t.user('outsider@other.test')).session;
    outsiderToken = await t.organization(outsider, 'other');
    await t.team(outsider, 'other', 'squad');
  });
  after(() => t.close());

  const entryOf = (route: Route): Entry => ENTRIES[stemOf(route)] ?? {};

  const call = (route: Route, organization: string, team: string, token: string | undefined, id: string): Promise<Answered> => {
    const entry = entryOf(route);
    const path = pathOf(route, { organization, team, id, ...entry.params }) + (entry.query === undefined ? '' : `?${entry.query}`);
    return t.client.call(route.method, path, {
      token,
      ...(entry.body === undefined ? {} : { body: entry.body }),
      headers: route.tenant === 'host' ? { host: `${organization}.cave.test` } : {},
    });
  };

  const expectNothingOfVictim = (answered: Answered, what: string): void => {
    const all = answered.text + JSON.stringify(answered.headers);
    for (const mark of marks) expect(all.includes(mark), `${what} shows "${mark}"`).to.equal(false);
  };

  const tenantRoutes = (): readonly Route[] => t.api.routes.filter(({ access }) => access.kind === 'role' || access.kind === 'tenant_token');
  const idOf = (route: Route): string => ids[route.tenant === 'team' ? 'team' : 'organization'][entryOf(route).id ?? 'token'];
  const name = (route: Route): string => `${route.method} ${route.path}`;
  const auditLength = async (): Promise<number> => (await t.store.audit.list(10_000)).length;

  it('has an entry for every route, and none for routes that are gone', () => {
    expect(Object.keys(ENTRIES)).to.have.members([...new Set(t.api.routes.map(stemOf))]);
    for (const route of t.api.routes) {
      expect(/\{id\}$|\{id\}\//.test(route.path), name(route)).to.equal(entryOf(route).id !== undefined);
    }
  });

  it('asks for credentials wherever there is something to protect', async () => {
    for (const route of t.api.routes.filter(({ access }) => access.kind !== 'anyone')) {
      const answered = await call(route, 'victim', 'squad', undefined, idOf(route));
      expect(answered.status, name(route)).to.equal(401);
      expectNothingOfVictim(answered, name(route));
    }
  });

  it('refuses unknown tokens, and tokens of the wrong kind, with 403', async () => {
    for (const route of t.api.routes.filter(({ access }) => access.kind !== 'anyone')) {
      const wrong = route.access.kind === 'tenant_token' ? outsider : outsiderToken;
      for (const token of ['never-issued', wrong]) {
        const answered = await call(route, 'victim', 'squad', token, idOf(route));
        expect(answered.status, name(route)).to.equal(403);
        expectNothingOfVictim(answered, name(route));
      }
    }
  });

  it('refuses users and tokens of another tenant with 403, and changes nothing', async () => {
    const before = await auditLength();
    for (const route of tenantRoutes()) {
      const token = route.access.kind === 'tenant_token' ? outsiderToken : outsider;
      const answered = await call(route, 'victim', 'squad', token, idOf(route));
      expect(answered.status, name(route)).to.equal(403);
      expectNothingOfVictim(answered, name(route));
    }
    expect(await auditLength()).to.equal(before);
    expect(t.stream.records.length).to.equal(0);
  });

  it('knows no organization and no team that do not exist', async () => {
    for (const route of tenantRoutes()) {
      const token = route.access.kind === 'tenant_token' ? outsiderToken : outsider;
      expect((await call(route, 'nowhere', 'squad', token, '1')).status, name(route)).to.equal(404);
      if (route.tenant === 'team') expect((await call(route, 'other', 'nowhere', token, '1')).status, name(route)).to.equal(404);
    }
  });

  it('knows no id of another tenant', async () => {
    const before = await auditLength();
    for (const route of tenantRoutes().filter((one) => entryOf(one).id !== undefined)) {
      for (const id of [ids.organization, ids.team].map((one) => one[entryOf(route).id ?? 'token'])) {
        const answered = await call(route, 'other', 'squad', outsider, id);
        expect(answered.status, name(route)).to.equal(404);
        expectNothingOfVictim(answered, name(route));
      }
    }
    expect(await auditLength()).to.equal(before);
  });

  it('keeps an organization and its own teams apart', async () => {
    const owner = (await t.client.call('POST', '/users/login', { body: { email: 'owner@victim.test', password: 'correct horse battery staple' } })).json.token;
    for (const route of tenantRoutes().filter((one) => entryOf(one).id !== undefined)) {
      const others = ids[route.tenant === 'team' ? 'organization' : 'team'][entryOf(route).id ?? 'token'];
      expect((await call(route, 'victim', 'squad', owner, others)).status, name(route)).to.equal(404);
    }
  });

  it('lets a viewer do what viewers may, and nothing else', async () => {
    const before = await auditLength();
    for (const route of tenantRoutes()) {
      if (route.access.kind !== 'role') continue;
      const answered = await call(route, 'victim', 'squad', viewer, idOf(route));
      if (route.access.role === 'viewer') expect(answered.status, name(route)).to.be.below(300);
      else expect(answered.status, name(route)).to.equal(403);
    }
    expect(await auditLength()).to.equal(before);
  });

  it('shows an outsider nothing on routes without a tenant', async () => {
    for (const route of t.api.routes.filter(({ access }) => access.kind === 'anyone' || access.kind === 'user')) {
      if (stemOf(route) === 'logoutUser') continue;
      const answered = await call(route, 'victim', 'squad', route.access.kind === 'user' ? outsider : undefined, '1');
      expectNothingOfVictim(answered, name(route));
      expect(answered.status, name(route)).to.be.below(500);
    }
  });

  it('lets the operator in with the operator token only', async () => {
    for (const route of t.api.routes.filter(({ access }) => access.kind === 'operator')) {
      expect((await call(route, 'victim', 'squad', outsider, '1')).status, name(route)).to.equal(403);
      expect((await call(route, 'victim', 'squad', OPERATOR_TOKEN, '1')).status, name(route)).to.equal(200);
    }
  });
});
