import { expectCall } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { describeInBrowser, type Person, type Stage } from './support/browser.js';
import { copiedCommand, outputOf } from './support/guide.js';

const SECRET = 'secret';

/** The value that stands in the box of this title. */
async function secretIn(page: Page, title: string | RegExp): Promise<string> {
  return (await page.getByRole('alert').filter({ hasText: title }).getByTestId(SECRET).innerText()).trim();
}

/** Adds a person to an organization or team, over the api. */
async function add(stage: Stage, admin: Person, tenant: string, { email }: Pick<Person, 'email'>, role: string): Promise<void> {
  await expectCall(202, stage.apiUrl, 'POST', `/organizations/${tenant}/users`, { token: admin.session, body: { email, role } });
}

describeInBrowser('a new organization', (stage) => {
  let ada: Person;
  before(async () => {
    ada = await stage.person('ada@example.com');
  });

  it('is created with the mouse, shows its secrets once, and waits for the first point, which the command shown publishes', async () => {
    const tab = await stage.openAs(ada);
    const { page } = tab;
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'New organization' }).click();
    await page.getByRole('heading', { name: 'New organization' }).waitFor();
    await page.getByLabel('Name', { exact: false }).fill('my.shop');
    await page.getByText('The name must have 1 to 63 letters').waitFor();
    expect(await page.getByRole('button', { name: 'Create the organization' }).isDisabled()).to.equal(true);
    await page.getByLabel('Name', { exact: false }).fill('shop');
    expect(await page.getByLabel('Email address of the organization').inputValue()).to.equal(ada.email);
    await page.getByLabel('Notification URL').fill('https://hooks.example.com/cave');
    await tab.expectAccessible();
    await page.getByRole('button', { name: 'Create the organization' }).click();

    await page.getByRole('heading', { name: 'The organization "shop" is there' }).waitFor();
    const token = await secretIn(page, 'Token "default"');
    const signing = await secretIn(page, 'Signing secret');
    expect(new Set([token, signing, '']).size).to.equal(3);
    await page.getByText('Waiting for the first point').waitFor();
    await tab.expectAccessible();

    expect(await outputOf(await copiedCommand(page, 'One point, with curl'), stage)).to.match(/^HTTP\/1\.1 202 /);
    expect(await outputOf(await copiedCommand(page, 'One point, in a checkout of CAVE'), stage)).to.equal('Published 1 point to shop.\n');
    const arrived = page.getByTestId('first-metric').getByRole('link', { name: 'orders', exact: true });
    await arrived.waitFor();
    expect(await outputOf(`${await copiedCommand(page, 'Processor, memory')} --once`, stage)).to.match(/published \d+ points/);
    expect(await page.evaluate(() => location.href + JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]))).not.to.include(token);
    await arrived.click();
    await page.waitForURL('**/organizations/shop/metrics/orders');
    // The page changes once what it is made of is loaded; the address does at once.
    await page.getByRole('heading', { name: 'orders' }).waitFor();

    await page.goBack();
    await page.getByRole('heading', { name: 'New organization' }).waitFor();
    expect(await page.getByTestId(SECRET).count()).to.equal(0);
  });

  it('is refused beside the name when the name is taken', async () => {
    await stage.tenant('taken');
    const { page } = await stage.openAs(ada, '/organizations/new');
    await page.getByLabel('Name', { exact: false }).fill('Taken');
    await page.getByLabel('Notification URL').fill('https://hooks.example.com/cave');
    await page.getByRole('button', { name: 'Create the organization' }).click();
    await page.getByText(/already exists|is taken/).waitFor();
    expect(await page.getByLabel('Notification URL').inputValue()).to.equal('https://hooks.example.com/cave');
  });
});

describeInBrowser('the pages of an organization', (stage) => {
  let admin: Person & { readonly organization: string; readonly token: string };
  const others: Record<'member' | 'viewer' | 'outsider', Person | undefined> = { member: undefined, viewer: undefined, outsider: undefined };
  const person = (name: keyof typeof others): Person => others[name] ?? expect.fail(`There is no ${name}.`);

  before(async () => {
    admin = await stage.tenant('gilt');
    for (const name of ['member', 'viewer', 'outsider'] as const) others[name] = await stage.person(`${name}@example.com`);
    await expectCall(201, stage.apiUrl, 'POST', '/organizations/gilt/teams', { token: admin.session, body: { name: 'web' } });
    await add(stage, admin, 'gilt', person('member'), 'member');
    await add(stage, admin, 'gilt', person('viewer'), 'viewer');
    await add(stage, admin, 'gilt/teams/web', person('outsider'), 'member');
    await expectCall(200, stage.apiUrl, 'PATCH', '/users/info', { token: person('viewer').session, body: { first_name: '<img src=x onerror=alert(1)>', last_name: 'V' } });
  });

  /** Opens every page that somebody may see or not, and answers the calls that the api refused. */
  async function refusals(who: Person, tenant: string): Promise<readonly string[]> {
    const tab = await stage.openAs(who, `/organizations/${tenant}`);
    const refused: string[] = [];
    tab.page.on('response', (response) => {
      if (response.url().includes('/api/organizations/') && response.status() >= 400) refused.push(`${response.request().method()} ${response.url()} ${response.status()}`);
    });
    for (const page of ['', '/teams', '/members', '/tokens', '/settings']) {
      if (page === '/teams' && tenant.includes('/')) continue;
      await tab.page.goto(`/organizations/${tenant}${page}`);
      await tab.page.getByRole('heading', { level: 1 }).waitFor();
      await tab.settled();
      // What an admin sees is looked at on a phone, below.
      if (who === person('viewer')) await tab.expectAccessible();
    }
    return refused;
  }

  it('ask for nothing that the role does not allow', async () => {
    for (const who of [admin, person('member'), person('viewer'), person('outsider')]) {
      expect(await refusals(who, 'gilt'), who.email).to.deep.equal([]);
      expect(await refusals(who, 'gilt/teams/web'), who.email).to.deep.equal([]);
    }
  });

  it('show a viewer metrics and teams, and say of the rest which role it needs', async () => {
    const { page } = await stage.openAs(person('viewer'), '/organizations/gilt');
    await page.getByText('Your role here is viewer.').waitFor();
    await page.getByTestId('count-metrics').waitFor();
    expect(await page.getByTestId('count-members').count()).to.equal(0);
    expect(await page.getByRole('navigation', { name: 'Quick links' }).getByRole('link').count()).to.equal(0);
    for (const name of ['members', 'tokens', 'settings']) {
      await page.goto(`/organizations/gilt/${name}`);
      await page.locator('[data-state="no-permission"]').getByText('Your role here is viewer.').waitFor();
    }
    await page.goto('/organizations/gilt/teams');
    await page.getByText('You belong to none of the teams here.').waitFor();
    await page.goto('/organizations/gilt/teams/web');
    await page.getByText('This team is closed to you').waitFor();
  });

  it('count what there is, and lead to it', async () => {
    const owner = await stage.tenant('counted');
    await stage.publish(owner, [{ name: 'orders', timestamp: Math.floor(Date.now() / 1000), value: 1 }]);
    await expectCall(201, stage.apiUrl, 'POST', '/organizations/counted/alerts', { token: owner.session, body: { description: 'Too few', condition: 'orders[].sum.5m < 0', period: '1m', enabled: true } });
    await add(stage, owner, 'counted', person('viewer'), 'viewer');
    const { page } = await stage.openAs(owner, '/organizations/counted');
    for (const [name, count] of [['alerts', '1'], ['teams', '0'], ['members', '2']] as const) {
      await page.getByTestId(`count-${name}`).getByText(count, { exact: true }).waitFor();
    }
    await page.getByText('none firing').waitFor();
    await page.getByTestId('count-metrics').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Members', exact: true }).click();
    await page.getByRole('heading', { name: 'Members', level: 1 }).waitFor();
  });

  it('show a member the list of members without a control', async () => {
    const { page } = await stage.openAs(person('member'), '/organizations/gilt/members');
    await page.getByRole('cell', { name: /viewer@example\.com/ }).waitFor();
    expect(await page.getByRole('main').getByRole('combobox').count()).to.equal(0);
    expect(await page.getByRole('main').getByRole('button').count()).to.equal(0);
  });

  it('lead somebody of a team alone to that team', async () => {
    const { page } = await stage.openAs(person('outsider'), '/organizations/gilt');
    await page.getByText('You belong to some of its teams only.').waitFor();
    await page.getByRole('table', { name: 'Teams' }).getByRole('link', { name: 'web' }).click();
    await page.getByText('Your role here is member.').waitFor();
    await page.getByText('An admin can give you one.').waitFor();
  });

  it('add, invite, promote and remove people; names are shown as text', async () => {
    const eve = await stage.person('eve@example.com');
    const { page } = await stage.openAs(admin, '/organizations/gilt/members');
    await page.getByText('<img src=x onerror=alert(1)> V').waitFor();
    expect(await page.getByRole('button', { name: `Remove ${admin.email}` }).count()).to.equal(0);
    const form = page.getByRole('region', { name: 'Add a person' });

    await form.getByLabel('Email address').fill(eve.email);
    await form.getByLabel('Role').selectOption('viewer');
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('eve@example.com belongs here now.').waitFor();
    await form.getByLabel('Email address').fill(eve.email);
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText(/is a member already/).waitFor();

    await form.getByLabel('Email address').fill('nobody@example.com');
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('nobody@example.com is invited').waitFor();
    await form.getByRole('button', { name: 'Take the invitation back' }).click();
    await page.getByText('nobody@example.com is invited').waitFor({ state: 'detached' });

    const role = page.getByRole('combobox', { name: `Role of ${eve.email}` });
    const changed = page.waitForResponse((response) => response.request().method() === 'PATCH' && response.status() === 202);
    await role.selectOption('admin');
    expect(await role.inputValue()).to.equal('admin');
    await changed;
    await page.reload();
    await role.and(page.locator('select:has(option[value="admin"]:checked)')).waitFor();

    await page.getByRole('button', { name: `Remove ${eve.email}` }).click();
    await page.getByRole('dialog').getByText('eve@example.com loses all access').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove A B' }).click();
    await role.waitFor({ state: 'detached' });
  });

  it('put a role back that the api refuses to change, and say why', async () => {
    const { page } = await stage.openAs(admin, '/organizations/gilt/members');
    const role = page.getByRole('combobox', { name: 'Role of viewer@example.com' });
    await role.waitFor();
    const refusal = { type: 'about:blank', title: 'Service Unavailable', status: 503, code: 'unavailable', detail: 'The config store cannot be reached.' };
    await page.route('**/api/organizations/gilt/users/*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(refusal) }));
    await role.selectOption('member');
    await page.getByText('The config store cannot be reached.').waitFor();
    expect(await role.inputValue()).to.equal('viewer');
  });

  it('create tokens, at most three, show each value once, and delete all but the last', async () => {
    const { page } = await stage.openAs(admin, '/organizations/gilt/tokens');
    await page.getByText('The last token cannot be deleted.').waitFor();
    const values: string[] = [];
    for (const description of ['<b>shop</b>', 'second']) {
      await page.getByLabel('Description').fill(description);
      await page.getByRole('button', { name: 'Create the token' }).click();
      values.push(await secretIn(page, description));
      await page.getByRole('cell', { name: description, exact: true }).waitFor();
    }
    expect(await page.getByRole('figure').first().innerText()).to.include(values[1]);
    await page.getByText('There are 3 tokens, and no more can exist at once.').waitFor();
    expect(await page.getByRole('button', { name: 'Create the token' }).isDisabled()).to.equal(true);

    await page.getByRole('link', { name: 'Metrics', exact: true }).click();
    await page.getByRole('heading', { name: 'Metrics', level: 1 }).waitFor();
    await page.goBack();
    await page.getByRole('cell', { name: 'second', exact: true }).waitFor();
    expect(await page.getByTestId(SECRET).count()).to.equal(0);

    for (const description of ['<b>shop</b>', 'second']) {
      await page.getByRole('button', { name: `Delete the token ${description}` }).click();
      await page.getByRole('dialog').getByRole('button', { name: `Delete the token "${description}"` }).click();
      await page.getByRole('cell', { name: description, exact: true }).waitFor({ state: 'detached' });
    }
    await page.getByText('The last token cannot be deleted.').waitFor();
  });

  it('save settings, and ask before edits are lost', async () => {
    const { page } = await stage.openAs(admin, '/organizations/gilt/settings');
    const url = page.getByLabel('Notification URL');
    await url.fill('nonsense');
    await url.blur();
    await page.getByText('must be a whole http or https URL').waitFor();
    await url.fill('https://hooks.example.com/other');
    await page.getByRole('link', { name: 'Teams', exact: true }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Stay here' }).click();
    expect(await url.inputValue()).to.equal('https://hooks.example.com/other');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The settings are saved.').waitFor();
    expect(await expectCall<{ notification_url: string }>(200, stage.apiUrl, 'GET', '/organizations/gilt', { token: admin.session })).to.include({ notification_url: 'https://hooks.example.com/other', email: admin.email });
    await page.getByRole('link', { name: 'Teams', exact: true }).click();
    await page.waitForURL('**/organizations/gilt/teams');
  });

  it('replace the signing secret after a question', async () => {
    const { page } = await stage.openAs(admin, '/organizations/gilt/settings');
    await page.getByRole('button', { name: 'Replace the secret' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replace the secret' }).click();
    expect(await secretIn(page, 'The new signing secret')).to.have.length.greaterThan(20);
  });

  it('create a team with its token and commands, and delete team and organization by their names', async () => {
    const owner = await stage.tenant('brief');
    const { page } = await stage.openAs(owner, '/organizations/brief/teams');
    await page.getByLabel('Name', { exact: false }).fill('night');
    await page.getByRole('button', { name: 'Create the team' }).click();
    const token = await secretIn(page, 'of the team "night"');
    const command = await copiedCommand(page, 'One point, with curl');
    expect(command).to.include(token).and.to.include('/organizations/brief/teams/night/metrics');
    expect(await outputOf(command, stage)).to.match(/^HTTP\/1\.1 202 /);
    await page.getByTestId('first-metric').getByRole('link', { name: 'orders' }).waitFor();

    await page.goto('/organizations/brief/settings');
    await page.getByText('It can be deleted once it has no teams; it has 1 now.').waitFor();
    await page.goto('/organizations/brief/teams/night/settings');
    await page.getByRole('button', { name: 'Delete the team' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Delete the team' }).isDisabled()).to.equal(true);
    await dialog.getByLabel('Type "night" to confirm').fill('night');
    await dialog.getByRole('button', { name: 'Delete the team' }).click();
    await page.waitForURL('**/organizations/brief/teams');
    await page.getByText('No teams').waitFor();

    await page.goto('/organizations/brief/settings');
    await page.getByRole('button', { name: 'Delete the organization' }).click();
    await dialog.getByLabel('Type "brief" to confirm').fill('brief');
    await dialog.getByRole('button', { name: 'Delete the organization' }).click();
    await page.waitForURL((address) => address.pathname === '/');
    await page.getByText('The organization "brief" is deleted.').waitFor();
    await page.getByRole('link', { name: 'brief', exact: true }).first().waitFor({ state: 'detached' });
  });

  it('show what can be pressed only where it stays, below a list once that has come', async () => {
    for (const [path, asked, button] of [
      ['teams', '**/api/organizations/gilt/teams', 'Create the team'],
      ['members', '**/api/organizations/gilt/users', 'Add'],
      ['settings', '**/api/organizations/gilt', 'Replace the secret'],
    ] as const) {
      const { page } = await stage.openAs(admin, '/profile');
      let answer: () => void = () => undefined;
      const held = new Promise<void>((resolve) => { answer = resolve; });
      await page.route(asked, async (route) => {
        await held;
        await route.fallback();
      });
      await page.goto(`/organizations/gilt/${path}`);
      await page.getByRole('main').locator('[data-state="loading"]').waitFor();
      await page.getByRole('heading', { level: 1 }).waitFor();
      const pressed = page.getByRole('button', { name: button, exact: true });
      expect(await pressed.count(), path).to.equal(0);
      answer();
      await pressed.waitFor();
    }
  });

  it('offer to create a team or add a person also where the list could not be fetched, and keep what was typed while it is asked for again', async () => {
    const { page } = await stage.openAs(admin, '/profile');
    for (const [path, asked, button, field] of [['teams', '**/api/organizations/gilt/teams', 'Create the team', 'Name'], ['members', '**/api/organizations/gilt/users', 'Add', 'Email address']] as const) {
      await page.route(asked, (route) => route.fulfill({ status: 500, json: { error: 'internal', message: 'Broken on purpose.' } }));
      await page.goto(`/organizations/gilt/${path}`);
      const again = page.getByRole('alert').getByRole('button', { name: 'Try again' });
      await again.waitFor();
      await page.getByRole('button', { name: button, exact: true }).waitFor();
      const typed = page.getByRole('textbox', { name: field }).or(page.getByRole('combobox', { name: field }));
      await typed.fill('typed');
      await page.unroute(asked);
      await again.click();
      await again.waitFor({ state: 'detached' });
      await page.getByRole('main').getByRole('table').waitFor();
      expect(await typed.inputValue(), path).to.equal('typed');
    }
  });

  it('fit a phone, in both schemes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const tab = await stage.openAs(admin, '/organizations/gilt', { width: 360, colorScheme });
      for (const path of ['', '/teams', '/members', '/tokens', '/settings']) {
        await tab.page.goto(`/organizations/gilt${path}`);
        await tab.page.getByRole('heading', { level: 1 }).waitFor();
        await tab.settled();
        expect(await tab.page.evaluate(() => document.documentElement.scrollWidth), path).to.be.at.most(360);
        await tab.expectAccessible();
      }
    }
  });
});
