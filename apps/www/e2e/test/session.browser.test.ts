import { expectCall } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { PASSWORD, describeInBrowser, type Person } from './support/browser.js';

/** Ends the session of a page behind its back, as time does. */
async function endSession(page: Page, apiUrl: string): Promise<void> {
  const [cookie] = await page.context().cookies();
  await expectCall(204, apiUrl, 'POST', '/users/logout', { token: cookie?.value ?? '' });
}

describeInBrowser('a session that ends mid-work', (stage) => {
  let ada: Person;
  before(async () => {
    ada = await stage.person('ada@example.com');
  });

  it('asks for the password over the page, keeps what was typed, and then does what was asked', async () => {
    const tab = await stage.openAs(ada, '/organizations/new');
    const { page } = tab;
    await page.getByLabel('Name').fill('typed-before');
    await page.getByLabel('Notification URL').fill('https://example.com/hook');
    await endSession(page, stage.apiUrl);
    await page.getByRole('button', { name: 'Create the organization' }).click();

    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.waitFor();
    await dialog.getByText(ada.email).waitFor();
    await tab.expectAccessible();
    expect(await page.locator('input[value="typed-before"]').count()).to.equal(1);
    await dialog.getByRole('textbox', { name: 'Password' }).fill('not the password');
    await dialog.getByRole('button', { name: 'Log in' }).click();
    await dialog.getByText('Login failed').waitFor();
    await dialog.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Log in' }).click();

    // Nothing else was pressed: the form that waited has been sent.
    await page.getByTestId('secret').first().waitFor();
    expect((await expectCall<{ name: string }[]>(200, stage.apiUrl, 'GET', '/users/organizations', { token: ada.session })).map(({ name }) => name)).to.include('typed-before');
  });

  it('can be given up for logging out', async () => {
    const { page } = await stage.openAs(ada, '/profile');
    await page.getByRole('heading', { name: 'Profile' }).waitFor();
    await endSession(page, stage.apiUrl);
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByRole('button', { name: 'Log out instead' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  });

  it('shows nothing of the one before to whoever logs in next', async () => {
    const { page } = await stage.openAs(ada, '/');
    await page.getByRole('main').getByText('typed-before').first().waitFor();
    await page.getByRole('button', { name: /^Menu of/ }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    const grace = await stage.person('grace@example.com');
    await page.getByLabel('Email address').fill(grace.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('link', { name: 'Create your organization' }).first().waitFor();
    expect(await page.getByText('typed-before').count()).to.equal(0);
  });
});
