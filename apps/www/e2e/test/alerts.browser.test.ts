import { Receiver, expectCall, type TestTenant } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { LOCAL_RECEIVERS, SOON_MS, alertsOf, createAlert, publishLoad, rowOf, untilAlert } from './support/alerts.js';
import { describeInBrowser, type Person } from './support/browser.js';
import { typeCondition } from './support/condition.js';

const LIST = '/organizations/gilt/alerts';

describeInBrowser('the life of an alert', (stage) => {
  let receiver: Receiver;
  let gilt: TestTenant & Person;
  before(async () => {
    receiver = await Receiver.start();
    gilt = await stage.tenant('gilt', receiver.url);
    await publishLoad(stage, gilt, 1);
  });
  after(() => receiver.close());

  it('begins with the mouse, and fires on the list without a reload', async () => {
    const { page } = await stage.openAs(gilt, LIST);
    await page.getByText('No alerts yet').waitFor();
    await page.locator('#page').getByRole('link', { name: 'New alert' }).first().click();
    await page.getByRole('textbox', { name: 'Description' }).fill('Load is high');
    await typeCondition(page, 'load > 5');
    await page.getByRole('textbox', { name: 'Period' }).fill('1s');
    await page.getByText('This alert: every second.').waitFor();
    await page.locator('[data-state="tried"]').waitFor();
    await page.getByRole('button', { name: 'Create the alert' }).click();
    await page.getByRole('heading', { name: 'Load is high', level: 1 }).waitFor();
    await page.getByText('The newest value of load is more than 5.').waitFor();

    await page.getByRole('navigation').getByRole('link', { name: 'Alerts' }).click();
    const row = rowOf(page, 'Load is high');
    await row.locator('[data-alert-state="ok"]').waitFor({ timeout: SOON_MS });
    await page.getByRole('searchbox', { name: 'Search' }).focus();
    await page.evaluate(() => ((globalThis as { sameDocument?: true }).sameDocument = true));
    await publishLoad(stage, gilt, 9);
    await row.locator('[data-alert-state="firing"]').waitFor({ timeout: SOON_MS });
    await page.getByTestId('fired').filter({ hasText: 'Now firing: Load is high' }).waitFor({ state: 'attached', timeout: SOON_MS });
    expect(await page.evaluate(() => (globalThis as { sameDocument?: true }).sameDocument)).to.equal(true);
    expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).type), 'the focus stays where it was').to.equal('search');
  });

  it('shows what was compared, who was told and what they answered, and resolves by itself', async () => {
    const [alert] = await alertsOf(stage, gilt);
    const { page } = await stage.openAs(gilt, `${LIST}/${alert?.id ?? ''}`);
    const triggered = page.locator('[data-testid="event"][data-type="triggered"]');
    await triggered.getByText('The condition began to hold.').waitFor();
    await triggered.getByRole('cell', { name: '9', exact: true }).waitFor();
    const delivery = triggered.locator('[data-testid="delivery"][data-status="delivered"]');
    await delivery.getByText('Delivered (status 200)').waitFor({ timeout: SOON_MS });
    expect(await delivery.innerText()).to.include(`Webhook at ${new URL(receiver.url).host}`).and.to.include('ok');
    await page.getByRole('figure', { name: 'What "Load is high" compares' }).waitFor();
    await page.getByTestId('checks').locator('[data-kind="bad"]').first().waitFor({ timeout: SOON_MS });
    await publishLoad(stage, gilt, 2);
    await page.locator('[data-testid="event"][data-type="resolved"]').getByText('The condition no longer holds.').waitFor({ timeout: SOON_MS });
    await page.locator('dl [data-alert-state="ok"]').waitFor({ timeout: SOON_MS });
    expect(receiver.received.map(({ type }) => type)).to.include.members(['triggered', 'resolved']);
  });

  it('is turned off and on in place, and back again when the api refuses', async () => {
    const [alert] = await alertsOf(stage, gilt);
    const id = alert?.id ?? '';
    const { page } = await stage.openAs(gilt, LIST);
    const toggle = page.getByRole('switch', { name: 'Enabled: Load is high' });
    await toggle.focus();
    await page.keyboard.press('Space');
    await untilAlert(stage, gilt, id, ({ enabled }) => !enabled);
    await page.locator('input[role="switch"]:not(:checked)').waitFor({ state: 'attached' });
    await page.keyboard.press('Space');
    await untilAlert(stage, gilt, id, ({ enabled }) => enabled);

    await page.route(`**/alerts/${id}`, (route) => (route.request().method() === 'PATCH'
      ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: 'Service Unavailable', status: 503, code: 'unavailable', detail: 'The config store is resting.' }) })
      : route.continue()));
    await page.keyboard.press('Space');
    await page.getByRole('alert').filter({ hasText: 'The config store is resting.' }).waitFor();
    await page.getByText('"Load is high" is still enabled').waitFor();
    expect(await toggle.isChecked()).to.equal(true);
  });

  it('is edited, duplicated, and deleted by typing its name', async () => {
    const { page } = await stage.openAs(gilt, LIST);
    await rowOf(page, 'Load is high').getByRole('button', { name: 'More about Load is high' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await page.getByRole('textbox', { name: 'Description' }).fill('Load is too high');
    // Meanwhile somebody else changes another setting, which saving must not take back.
    const [before] = await alertsOf(stage, gilt);
    await expectCall(200, stage.apiUrl, 'PATCH', `${LIST}/${before?.id ?? ''}`, { token: gilt.session, body: { period: '2s' } });
    await page.getByRole('button', { name: 'Save the alert' }).click();
    await page.getByRole('heading', { name: 'Load is too high', level: 1 }).waitFor();
    await page.getByText('every 2 seconds').waitFor();
    await untilAlert(stage, gilt, before?.id ?? '', ({ description, period }) => description === 'Load is too high' && period === '2s');

    await page.getByRole('link', { name: 'Duplicate' }).click();
    await page.getByRole('heading', { name: 'New alert', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Create the alert' }).click();
    await page.getByRole('heading', { name: 'Copy of Load is too high', level: 1 }).waitFor();
    expect((await alertsOf(stage, gilt)).map(({ description }) => description)).to.have.members(['Load is too high', 'Copy of Load is too high']);

    await page.getByRole('button', { name: 'Delete …' }).click();
    const dialog = page.getByRole('dialog');
    const confirm = dialog.getByRole('button', { name: 'Delete the alert' });
    expect(await confirm.isDisabled()).to.equal(true);
    await dialog.getByRole('textbox').fill('Copy of Load is too high');
    await confirm.click();
    await page.waitForURL(`**${LIST}`);
    await rowOf(page, 'Load is too high').waitFor();
    await rowOf(page, 'Copy of Load is too high').waitFor({ state: 'detached' });
    expect(await alertsOf(stage, gilt)).to.have.length(1);
  });

  it('is deleted from the list too', async () => {
    await createAlert(stage, gilt, { description: 'Short-lived', condition: 'load > 1000', period: '1h' });
    const { page } = await stage.openAs(gilt, LIST);
    await rowOf(page, 'Short-lived').getByRole('button', { name: 'More about Short-lived' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('Short-lived');
    await page.keyboard.press('Enter');
    await rowOf(page, 'Short-lived').waitFor({ state: 'detached' });
    expect((await alertsOf(stage, gilt)).map(({ description }) => description)).not.to.include('Short-lived');
  });

  it('shows the last attempt to tell a receiver in trouble, and those before it where one asks', async () => {
    receiver.status = 503;
    try {
      const { id } = await createAlert(stage, gilt, { description: 'Unheard', condition: 'load < 5' });
      const { page } = await stage.openAs(gilt, `${LIST}/${id}`);
      const delivery = page.getByTestId('delivery');
      await delivery.getByText('Failed (status 503), to be tried again').first().waitFor({ timeout: SOON_MS });
      await delivery.getByText(/attempts? before$/).click({ timeout: SOON_MS });
      await delivery.getByRole('listitem').getByText('Failed (status 503), to be tried again').first().waitFor();
      receiver.status = 200;
      await delivery.getByText('Delivered (status 200)').waitFor({ timeout: SOON_MS });
    } finally {
      receiver.status = 200;
    }
  });

  it('says what the api finds odd, and offers what was meant', async () => {
    const odd = await createAlert(stage, gilt, { description: 'Odd', condition: 'load.sum.5m > 1000', period: '1h' });
    const tab = await stage.openAs(gilt, `${LIST}/${odd.id}`);
    const { page } = tab;
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
      await page.getByTestId('warnings').waitFor();
      await tab.expectAccessible();
    }
    await page.getByTestId('warnings').getByRole('link', { name: 'Edit with load[].sum.5m' }).click();
    await page.getByRole('button', { name: 'Save the alert' }).click();
    await page.waitForURL(`**${LIST}/${odd.id}`);
    await page.getByText('The sum of load over 5 minutes is more than 1000.').waitFor();
    expect(await page.getByTestId('warnings').count()).to.equal(0);
  });

  it('is accessible on each of its pages', async () => {
    await publishLoad(stage, gilt, 9);
    const [alert] = await alertsOf(stage, gilt);
    const id = alert?.id ?? '';
    await untilAlert(stage, gilt, id, ({ status }) => status.state === 'firing');
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 360]) {
        const tab = await stage.openAs(gilt, LIST, { colorScheme, width });
        await tab.page.getByTestId('alert').first().waitFor();
        await tab.expectAccessible();
        for (const [path, ready] of [[id, '[data-testid="event"]'], ['new', '.cm-content'], [`${id}/edit`, '[data-state="tried"]']] as const) {
          await tab.page.goto(`${LIST}/${path}`);
          await tab.page.locator(ready).first().waitFor();
          await tab.expectAccessible();
          expect(await tab.page.evaluate(() => document.documentElement.scrollWidth), `${path} is no wider than ${width} pixels`).to.be.at.most(width);
        }
      }
    }
  });
}, { environment: LOCAL_RECEIVERS });
