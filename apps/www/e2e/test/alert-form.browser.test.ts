import type { TestTenant } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { alertsOf, createAlert, publishLoad } from './support/alerts.js';
import { describeInBrowser, type Person } from './support/browser.js';
import { conditionEditor, typeCondition } from './support/condition.js';

const LIST = '/organizations/gilt/alerts';

describeInBrowser('the form of an alert', (stage) => {
  let gilt: TestTenant & Person;
  before(async () => {
    gilt = await stage.tenant('gilt');
    await publishLoad(stage, gilt, 9);
  });

  it('needs no mouse', async () => {
    const { page } = await stage.openAs(gilt, `${LIST}/new`);
    await conditionEditor(page).waitFor();
    await page.getByRole('textbox', { name: 'Description' }).focus();
    await page.keyboard.type('By keys');
    await page.keyboard.press('Tab');
    await page.keyboard.type('load > 100');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'By keys', level: 1 }).waitFor();
    expect((await alertsOf(stage, gilt)).map(({ description }) => description)).to.include('By keys');
  });

  it('begins with what a link brings along, and tries it on the past', async () => {
    // Only minutes that are over are tried: a point of now would show or not, as the minute goes.
    await stage.publish(gilt, [{ name: 'past', timestamp: Math.floor(Date.now() / 1000) - 120, value: 9 }]);
    const { page } = await stage.openAs(gilt, `${LIST}/new?${new URLSearchParams({ condition: 'past > 9', description: 'From a metric' }).toString()}`);
    expect(await page.getByRole('textbox', { name: 'Description' }).inputValue()).to.equal('From a metric');
    const tried = page.locator('[data-state="tried"]');
    await tried.filter({ hasText: 'It would never have fired: true in none of' }).waitFor();
    await typeCondition(page, 'past > 8');
    await tried.filter({ hasText: 'It would have fired once: true in' }).waitFor();
    await page.getByRole('figure', { name: 'When the condition held' }).waitFor();
    await typeCondition(page, 'nothing.like.it > 5');
    await page.getByRole('alert').filter({ hasText: 'never seen' }).waitFor();
  });

  it('says what is wrong at the fields, and sends nothing', async () => {
    const { page } = await stage.openAs(gilt, `${LIST}/new`);
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.url());
    });
    await conditionEditor(page).waitFor();
    await page.getByRole('textbox', { name: 'Period' }).fill('5 minutes');
    await page.getByRole('textbox', { name: 'Handbook URL' }).fill('javascript:alert(1)');
    await page.getByRole('button', { name: 'Add a key' }).click();
    await page.getByRole('textbox', { name: 'Value 1' }).fill('lonely');
    await page.getByRole('button', { name: 'Create the alert' }).click();
    for (const fault of ['Say what it means when this alert fires.', 'Write the condition under which it fires.', /^The period is wrong at column/, /begins with http/, 'Each value needs a key.']) {
      await page.getByText(fault).waitFor();
    }
    await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
    expect(sent).to.deep.equal([]);
  });

  it('shows the faults that only the api finds where they are, and keeps what was typed', async () => {
    const { page } = await stage.openAs(gilt, `${LIST}/new`);
    await page.getByRole('textbox', { name: 'Description' }).fill('Kept');
    await typeCondition(page, 'load > 5');
    const errors = [{ in: 'body', path: '/condition', message: 'The condition is wrong at column 8: too hot.' }, { in: 'body', path: '/period', message: 'is too short here' }];
    await page.route('**/api/**/alerts', (route) => (route.request().method() === 'POST'
      ? route.fulfill({ status: 400, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: 'Bad Request', status: 400, code: 'syntax', detail: 'No.', errors, details: { column: 8 } }) })
      : route.continue()));
    await page.getByRole('button', { name: 'Create the alert' }).click();
    await page.getByText('The condition is wrong at column 8: too hot.').waitFor();
    await page.getByText('This is too short here.').waitFor();
    await page.locator('.cave-underline-error').filter({ hasText: '5' }).first().waitFor();

    await page.unroute('**/api/**/alerts');
    await page.route('**/api/**/alerts', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
    await page.getByRole('button', { name: 'Create the alert' }).click();
    await page.getByText(/CAVE cannot be reached/).waitFor();
    expect(await page.getByRole('textbox', { name: 'Description' }).inputValue()).to.equal('Kept');
    await page.unroute('**/api/**/alerts');
    await page.getByRole('button', { name: 'Create the alert' }).click();
    await page.getByRole('heading', { name: 'Kept', level: 1 }).waitFor();
  });

  it('asks before it is left with edits: by a link, by the back button, by closing the tab', async () => {
    const { id } = await createAlert(stage, gilt, { description: 'Guarded', period: '1h' });
    const { page } = await stage.openAs(gilt, `${LIST}/${id}`);
    await page.getByRole('link', { name: 'Edit' }).click();
    const description = page.getByRole('textbox', { name: 'Description' });
    await description.fill('Guarded well');
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
    for (const leave of [() => page.getByRole('navigation').getByRole('link', { name: 'Metrics' }).click(), () => page.goBack()]) {
      await leave();
      await dialog.waitFor();
      await dialog.getByRole('button', { name: 'Stay here' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(await description.inputValue()).to.equal('Guarded well');
      expect(new URL(page.url()).pathname).to.equal(`${LIST}/${id}/edit`);
    }
    const asked = page.waitForEvent('dialog');
    void page.reload().catch(() => undefined);
    const browsers = await asked;
    expect(browsers.type()).to.equal('beforeunload');
    await browsers.dismiss();

    await page.goBack();
    await dialog.getByRole('button', { name: 'Leave without saving' }).click();
    await page.getByRole('heading', { name: 'Guarded', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).to.equal(`${LIST}/${id}`);
  });
});
