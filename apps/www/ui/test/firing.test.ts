import { expect } from 'chai';
import { firingNewestFirst, notShown, refreshMs, totalFiring, type Alert, type FiringOfTenant } from '../src/pages/home/firing.js';
import { organizationWithTeams, watchedTenants, type TenantOfUser } from '../src/pages/home/tenants-of-user.js';
import { totalCount } from '../src/api/total-count.js';

const gilt = tenant('gilt', []);
const web = tenant('gilt', ['web'], 1);

describe('what is firing', () => {
  it('is sorted by since, the newest first; then by tenant and description', () => {
    const sorted = firingNewestFirst([
      answer(gilt, [alert('b', '2026-03-01T08:00:00Z'), alert('a', '2026-03-01T08:00:00Z'), alert('unknown', null)]),
      answer(web, [alert('newest', '2026-03-01T09:00:00Z'), alert('a', '2026-03-01T08:00:00Z'), alert('oldest', '2026-02-01T08:00:00+01:00')]),
    ]);
    expect(sorted.map(({ of, alert: { description } }) => `${of.title}: ${description}`)).to.deep.equal([
      'gilt / web: newest', 'gilt: a', 'gilt: b', 'gilt / web: a', 'gilt / web: oldest', 'gilt: unknown',
    ]);
  });

  it('is counted over all tenants, with what a tenant has beyond its first page', () => {
    const answers = [answer(gilt, [alert('a', null)], 3), answer(web, [alert('b', null)])];
    expect(totalFiring(answers)).to.equal(4);
    expect(notShown(answers)).to.deep.equal([{ of: gilt, count: 2 }]);
  });

  it('is asked for every 10 s, and less often for very many tenants', () => {
    expect(refreshMs(1)).to.equal(10_000);
    expect(refreshMs(40)).to.equal(10_000);
    expect(refreshMs(400)).to.equal(100_000);
  });
});

describe('the tenants of a user', () => {
  const organizations = [
    organizationWithTeams({ name: 'gilt', role: 'admin' }, [{ name: 'web', role: 'admin' }, { name: 'data', role: 'admin' }]),
    organizationWithTeams({ name: 'viewed', role: 'viewer' }, [{ name: 'own', role: 'member' }, { name: 'seen', role: 'viewer' }]),
    organizationWithTeams({ name: 'by-team', role: 'team' }, [{ name: 'a b', role: 'admin' }]),
  ];

  it('have their teams by name', () => {
    expect(organizations[0]?.teams.map(({ title }) => title)).to.deep.equal(['gilt / data', 'gilt / web']);
    expect(organizations[2]?.teams[0]?.path).to.equal('/organizations/by-team/teams/a%20b');
  });

  it('are watched where the role is member at least', () => {
    expect(watchedTenants(organizations).map(({ title }) => title)).to.deep.equal(['gilt', 'gilt / data', 'gilt / web', 'viewed / own', 'by-team / a b']);
  });
});

describe('the count in the header of a list', () => {
  it('is a number of things', () => {
    expect(totalCount(new Response(null, { headers: { 'X-Total-Count': '0' } }))).to.equal(0);
    expect(totalCount(new Response(null, { headers: { 'X-Total-Count': '1234' } }))).to.equal(1234);
  });

  it('is not guessed where it is missing', () => {
    expect(() => totalCount(new Response(null))).to.throw('does not say how many');
    expect(() => totalCount(new Response(null, { headers: { 'X-Total-Count': 'many' } }))).to.throw('does not say how many');
  });
});

function tenant(organization: string, teams: readonly string[], index = 0): TenantOfUser {
  const { organization: itself, teams: found } = organizationWithTeams({ name: organization, role: 'admin' }, teams.map((name) => ({ name, role: 'admin' })));
  const wanted = [itself, ...found][index];
  if (wanted === undefined) throw new Error(`There is no tenant ${index}.`);
  return wanted;
}

function answer(of: TenantOfUser, alerts: readonly Alert[], total = alerts.length): FiringOfTenant {
  return { of, alerts, total };
}

function alert(description: string, since: string | null): Alert {
  return {
    id: description, description, enabled: true, period: '1m', condition: 'cpu > 1', notify: 'changes', notify_no_data: false, notify_error: false, related_metrics: [],
    status: { state: 'firing', since, health: 'fine', last_check: null },
  };
}
