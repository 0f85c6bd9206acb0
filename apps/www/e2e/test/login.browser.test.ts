import { expect } from 'chai';
import { PASSWORD, describeInBrowser, type Person } from './support/browser.js';

describeInBrowser('logging in', (stage) => {
  let ada: Person;
  before(async () => {
    ada = await stage.person('ada@example.com');
  });

  it('leads to where one wanted to go, and out again', async () => {
    const { page } = await stage.open('/profile');
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.getByLabel('Email address').fill(ada.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.waitForURL('**/profile');
    await page.getByRole('button', { name: /^Menu of/ }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  });

  it('keeps the token from scripts', async () => {
    const { page } = await stage.openAs(ada);
    expect(await page.evaluate(() => document.cookie)).to.equal('');
    const cookies = await page.context().cookies();
    expect(cookies.map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite }))).to.deep.equal([{ httpOnly: true, sameSite: 'Strict' }]);
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    expect(stored).not.to.include(cookies[0]?.value ?? 'no cookie');
  });

  it('is accessible', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const tab = await stage.open('/login', { colorScheme });
      await tab.page.getByRole('heading', { name: 'Log in' }).waitFor();
      await tab.expectAccessible();
    }
  });
});
