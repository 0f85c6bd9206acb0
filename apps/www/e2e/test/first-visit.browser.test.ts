import { Receiver } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { SOON_MS } from './support/alerts.js';
import { PASSWORD, describeInBrowser } from './support/browser.js';
import { copiedCommand, outputOf } from './support/guide.js';

describeInBrowser('a first visit', (stage) => {
  let receiver: Receiver;
  before(async () => {
    receiver = await Receiver.start();
  });
  after(() => receiver.close());

  it('leads from signing up to an alert that fires, by clicks and by what one knows oneself', async () => {
    const { page } = await stage.open('/');
    await page.getByRole('link', { name: 'Sign up' }).click();
    // Until its code has come, the page before stays, with a field of the same name.
    await page.getByRole('heading', { name: 'Sign up', level: 1 }).waitFor();
    await page.getByLabel('Email address').fill('ada@example.com');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByRole('link', { name: 'mail outbox', exact: true }).click();
    await page.getByRole('article').getByRole('link', { name: /\/confirm\?token=/ }).click();
    await page.getByLabel('First name').fill('Ada');
    await page.getByLabel('Last name').fill('Lovelace');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create my account' }).click();

    await page.getByRole('main').getByRole('link', { name: 'Create your organization' }).click();
    await page.getByLabel('Name', { exact: false }).fill('lovelace');
    await page.getByLabel('Notification URL').fill(receiver.url);
    await page.getByRole('button', { name: 'Create the organization' }).click();
    const curl = await copiedCommand(page, 'One point, with curl');
    expect(await outputOf(curl, stage)).to.match(/^HTTP\/1\.1 202 /);
    await page.getByTestId('first-metric').getByRole('link', { name: 'orders', exact: true }).click();

    // One point was published, of the value 1: the condition that the page offers is about it.
    await page.getByRole('heading', { name: 'orders', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Evaluate' }).click();
    await page.getByRole('link', { name: 'Save as alert' }).click();
    await page.getByRole('heading', { level: 1, name: /alert/i }).waitFor();
    await page.getByRole('textbox', { name: 'Description' }).fill('Somebody orders');
    await page.getByRole('textbox', { name: 'Period' }).fill('1s');
    await page.getByRole('button', { name: 'Create the alert' }).click();
    await page.getByRole('heading', { name: 'Somebody orders', level: 1 }).waitFor();
    const condition = await page.locator('#page').getByText(/^orders/).first().innerText();

    // More than any threshold that the page may have chosen.
    await outputOf(curl.replace('"value":1', '"value":1000000'), stage);
    await page.locator('dl [data-alert-state="firing"]').waitFor({ timeout: SOON_MS });
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByRole('main').getByRole('link', { name: 'Somebody orders' }).waitFor();
    expect(receiver.received.map(({ type }) => type), condition).to.deep.equal(['triggered']);
  });
});
