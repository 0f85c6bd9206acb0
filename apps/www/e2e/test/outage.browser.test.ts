import { Instance } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { PASSWORD, describeInBrowser, type Person } from './support/browser.js';
import { WwwProcess } from './support/www-process.js';

describeInBrowser('while the api is down', (stage) => {
  let ada: Person;
  let www: WwwProcess;
  before(async () => {
    ada = await stage.person('ada@example.com');
    www = await WwwProcess.start(stage.apiUrl);
  });
  after(() => www.stop());

  it('a part of the client that cannot be loaded is told with a way out', async () => {
    const tab = await stage.openAs(ada, '/profile');
    const { page } = tab;
    await page.route('**/assets/status-page-*.js', (route) => route.abort());
    await page.getByRole('link', { name: 'Status' }).click();
    const failure = page.getByRole('heading', { name: 'This page cannot be shown' });
    await failure.waitFor();
    await tab.expectAccessible();
    await page.getByRole('button', { name: 'Load the page again' }).click();
    await failure.waitFor();
    // The rest of CAVE is there as ever, and so is this page once its part can be had.
    await page.getByRole('navigation').getByRole('link', { name: 'Home' }).click();
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    await page.unroute('**/assets/status-page-*.js');
    await page.getByRole('link', { name: 'Status' }).click();
    await page.getByRole('heading', { name: 'Status', level: 1 }).waitFor();
    tab.expectFaults(/Failed to fetch dynamically imported module/);
  });

  it('pages say so, lose nothing that was typed, and go on by themselves once it is back', async () => {
    const tab = await stage.openAt(www.url, '/login?next=%2Forganizations%2Fnew');
    const { page } = tab;
    await page.getByLabel('Email address').fill(ada.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.waitForURL('**/organizations/new');
    await page.getByLabel('Name').fill('patience');
    await page.getByLabel('Notification URL').fill('https://example.com/hook');

    const port = Number(new URL(stage.apiUrl).port);
    await stage.instance.kill();
    await page.getByRole('button', { name: 'Create the organization' }).click();
    await page.getByText('cannot reach the API of CAVE').first().waitFor();
    expect(await page.getByLabel('Name').inputValue()).to.equal('patience');

    // A page that was opened meanwhile says why it is empty.
    const other = await tab.sibling();
    await other.page.goto(`${www.url}/status`);
    await other.page.locator('[data-state="error"], [data-state="stale"]').first().waitFor();

    const back = await Instance.start({ directory: stage.directory, port });
    try {
      await page.getByRole('button', { name: 'Create the organization' }).click();
      await page.getByTestId('secret').first().waitFor();
      // Nobody touched this one.
      await other.page.getByText('No issues', { exact: false }).first().waitFor({ timeout: 60_000 });
    } finally {
      await back.stop();
      await other.close();
    }
  });
});
