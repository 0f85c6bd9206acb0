import { expect } from 'chai';
import { OTHER_MACHINE, describeInBrowser, type Person } from './support/browser.js';

const PATH = '/organizations/acme/metrics/orders';

describeInBrowser('copying', (stage) => {
  let ada: Person;

  before(async () => {
    ada = await stage.tenant('acme');
  });

  it('puts the text on the clipboard, and says so', async () => {
    const { page } = await stage.openAs(ada, PATH);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).to.equal(page.url());
  });

  it('shows the text selected where the browser keeps the clipboard: over plain http from another machine', async () => {
    const origin = new URL(stage.instance.webUiUrl);
    origin.hostname = OTHER_MACHINE;
    const tab = await stage.openAs(ada, PATH, { width: 360 }, origin.origin);
    const { page } = tab;
    expect(await page.evaluate(() => isSecureContext)).to.equal(false);
    const button = page.getByRole('button', { name: 'Copy link' });
    await button.click();
    const text = page.getByRole('textbox', { name: 'Copy this by hand' });
    await page.waitForFunction(() => document.activeElement instanceof HTMLTextAreaElement && document.activeElement.selectionEnd > 0);
    expect(await text.evaluate((field: HTMLTextAreaElement) => field.value.slice(field.selectionStart, field.selectionEnd))).to.equal(page.url());
    await tab.expectAccessible();
    expect(await page.getByText('Copied').count()).to.equal(0);
    // What people are told to press does work.
    await text.press('ControlOrMeta+c');
    await text.press('Escape');
    await text.waitFor({ state: 'detached' });
    expect(await button.evaluate((element) => element === document.activeElement)).to.equal(true);
  });
});
