import { expectCall, type TestTenant } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { describeInBrowser, type Person } from './support/browser.js';

const REASON = 'The test says that this part is down.';

describeInBrowser('home', (stage) => {
  let gilt: TestTenant & Person;
  let lone: Person;

  before(async () => {
    gilt = await stage.tenant('gilt');
    lone = await stage.person('lone@example.com');
    await stage.person('viewer@example.com');
    await stage.person('teammate@example.com');
    const create = (path: string, body: unknown, status = 202): Promise<unknown> => expectCall(status, stage.apiUrl, 'POST', path, { token: gilt.session, body });
    await create('/organizations/gilt/teams', { name: 'web' }, 201);
    await create('/organizations/gilt/users', { email: 'viewer@example.com', role: 'viewer' });
    await create('/organizations/gilt/teams/web/users', { email: 'teammate@example.com', role: 'member' });
  });

  it('leads somebody without an organization to the first one', async () => {
    const { page } = await stage.openAs(lone);
    await page.getByText('lone@example.com').waitFor();
    expect(await page.getByRole('heading', { name: 'Firing now' }).count()).to.equal(0);
    await page.getByRole('link', { name: 'Create your organization' }).click();
    await page.waitForURL('**/organizations/new');
  });

  it('shows an alert that begins to fire, and its end, without a reload', async () => {
    const { page } = await stage.openAs(gilt);
    await page.getByText('Nothing is firing').waitFor();
    await page.getByText('No alert is enabled yet.').waitFor();
    await publish(97);
    const description = '<script>alert(1)</script> load';
    const { id } = await expectCall<{ id: string }>(201, stage.apiUrl, 'POST', '/organizations/gilt/alerts', { token: gilt.session, body: { description, enabled: true, period: '1s', condition: 'cpu [host: a] > 90' } });
    const card = page.getByRole('article', { name: `${description}, gilt` });
    await card.waitFor({ timeout: 30_000 });
    await card.getByText('cpu [host: a] > 90').waitFor();
    await page.getByText('1 alert is firing.').waitFor();
    expect(await card.getByRole('link', { name: description }).getAttribute('href')).to.equal(`/organizations/gilt/alerts/${id}`);
    expect(await card.locator('time').getAttribute('title')).to.match(/ UTC$/);
    await publish(5);
    await page.getByText('1 alert is watched; what fires appears here by itself.').waitFor({ timeout: 60_000 });
    expect(await card.count()).to.equal(0);
  });

  it('lists organizations and teams with what the role lets one see', async () => {
    const admin = await stage.openAs(gilt);
    for (const name of ['Metrics of gilt', 'Alerts of gilt', 'Metrics of gilt / web', 'Alerts of gilt / web']) await admin.page.getByRole('link', { name, exact: true }).waitFor();
    const viewer = await stage.openAs({ email: 'viewer@example.com' });
    await viewer.page.getByRole('link', { name: 'Metrics of gilt', exact: true }).waitFor();
    expect(await viewer.page.getByRole('link', { name: /^Alerts of/ }).count()).to.equal(0);
    expect(await viewer.page.getByRole('heading', { name: 'Firing now' }).count(), 'a viewer may not list alerts').to.equal(0);
    const teammate = await stage.openAs({ email: 'teammate@example.com' });
    await teammate.page.getByRole('link', { name: 'Alerts of gilt / web', exact: true }).waitFor();
    await teammate.page.getByText('You belong to teams of this organization only.').waitFor();
    expect(await teammate.page.getByRole('link', { name: 'Metrics of gilt', exact: true }).count()).to.equal(0);
    await teammate.page.getByText('Nothing is firing').waitFor();
  });

  it('says whose alerts could not be asked for, beside those that could', async () => {
    const { page } = await stage.openAs(gilt, '/profile');
    await page.route('**/api/organizations/gilt/teams/web/alerts?*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: 'Service Unavailable', status: 503, code: 'unavailable', detail: REASON }) }));
    await page.getByRole('link', { name: 'Home', exact: true }).click();
    const failure = page.getByRole('alert').filter({ hasText: 'gilt / web could not be asked' });
    await failure.getByText(REASON).waitFor();
    await page.getByText('Nothing is firing, as far as is known').waitFor();
    await page.unroute('**/api/organizations/gilt/teams/web/alerts?*');
    await failure.getByRole('button', { name: 'Try again' }).click();
    await failure.waitFor({ state: 'detached' });
    await page.getByText('Nothing is firing', { exact: true }).waitFor();
  });

  it('is accessible, and fits a phone', async () => {
    for (const person of [gilt, lone, { email: 'teammate@example.com' }]) {
      for (const options of [{ colorScheme: 'light', width: 1280 }, { colorScheme: 'dark', width: 360 }] as const) {
        const tab = await stage.openAs(person, '/', options);
        await tab.page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
        await tab.settled();
        await tab.expectAccessible();
        expect(await tab.page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(options.width);
      }
    }
  });

  async function publish(value: number): Promise<void> {
    await stage.publish(gilt, [{ name: 'cpu', timestamp: Math.floor(Date.now() / 1000), value, tags: { host: 'a' } }]);
  }
});

describeInBrowser('the status page', (stage) => {
  it('is open to anybody, and says when there is nothing', async () => {
    const { page } = await stage.open('/status');
    await page.getByText('CAVE knows of nothing that is wrong with itself.').waitFor();
    await page.getByText('No past issues').waitFor();
    await page.getByText('This page’s connection: CAVE answers').waitFor();
  });

  it('lists issues with how long they take, and says when CAVE stops answering', async () => {
    const tab = await stage.open('/login');
    const { page } = tab;
    const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    await page.route('**/api/status', (route) => route.fulfill({ json: { current: [{ description: 'The stream <i>is</i> late', since: ago(125) }], recent: [{ description: 'The store was away', since: ago(500), until: ago(499) }] } }));
    await page.goto('/status');
    await page.getByText('The stream <i>is</i> late').waitFor();
    await page.getByText(/for 2 h 5 min/).waitFor();
    await page.getByText(/\(1 min\)/).waitFor();
    await tab.expectAccessible();
    await page.unroute('**/api/status');
    await page.route('**/api/status', (route) => route.abort());
    await page.getByText('This page’s connection: CAVE does not answer').waitFor({ timeout: 30_000 });
    await page.getByText('The stream <i>is</i> late').waitFor();
  });
});
