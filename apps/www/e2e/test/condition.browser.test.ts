import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { describeInBrowser, type Person } from './support/browser.js';
import { clearCondition, conditionEditor } from './support/condition.js';
import { untilListed } from './support/stored.js';

const ORDERS = '/organizations/acme/metrics/orders';
/** CodeMirror takes no choice sooner after its list has appeared: nobody can have meant it. */
const LIST_READ_MS = 100;

describeInBrowser('writing a condition in the browser', (stage) => {
  let ada: Person;

  before(async () => {
    const acme = await stage.tenant('acme');
    ada = acme;
    const now = Math.floor(Date.now() / 1000);
    const points = Array.from({ length: 30 }, (_, i) => ['US', 'DE', 'New York'].map((shipTo) => ({ name: 'orders', timestamp: now - i * 60, value: 10, tags: { shipTo, env: 'live' } }))).flat();
    await stage.publish(acme, [...points, { name: 'order time', timestamp: now, value: 1 }, { name: 'load', timestamp: now, value: 1 }]);
    await untilListed(stage, 'acme', acme, ['orders', 'order time', 'load']);
  });

  it('completes metric, tag, value, aggregator and duration by the keyboard alone', async () => {
    const { page } = await stage.openAs(ada, ORDERS);
    const field = await emptyEditor(page);
    await field.pressSequentially('ord');
    await option(page, 'order time').waitFor();
    await choose(page, 'orders', ['ArrowDown']);
    expect(await textOf(field)).to.equal('orders');
    await field.pressSequentially(' [s');
    await choose(page, 'shipTo');
    expect(await textOf(field)).to.equal('orders [shipTo: ');
    await option(page, 'DE').waitFor();
    await field.pressSequentially('new');
    await choose(page, 'New York');
    expect(await textOf(field)).to.equal('orders [shipTo: "New York"');
    await field.pressSequentially('].p99');
    await choose(page, 'p999', ['ArrowDown']);
    // An aggregator goes on to its window.
    await choose(page, '15m', ['ArrowDown', 'ArrowDown']);
    await field.pressSequentially(' > 3');
    await field.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('condition') === 'orders [shipTo: "New York"].p999.15m > 3');
  });

  it('closes its list on Escape, and keeps what is typed', async () => {
    const { page } = await stage.openAs(ada, ORDERS);
    const field = await emptyEditor(page);
    await field.pressSequentially('ord');
    await option(page, 'orders').waitFor();
    await field.press('Escape');
    await option(page, 'orders').waitFor({ state: 'detached' });
    expect(await textOf(field)).to.equal('ord');
    expect(await hasFocus(field)).to.equal(true);
  });

  it('underlines an error where it is, and links its message to the field', async () => {
    const tab = await stage.openAs(ada, ORDERS);
    const { page } = tab;
    const field = await emptyEditor(page);
    await field.pressSequentially('orders[].average.5m > 3');
    expect(await page.locator('.cave-underline-error').allInnerTexts()).to.deep.equal(['average']);
    expect(await field.getAttribute('aria-invalid')).to.equal('true');
    expect(await describedBy(field)).to.include('median');
    await tab.expectAccessible();
    // The same of an answer of the api, which knows what the language does not.
    await clearCondition(page);
    await field.pressSequentially('nowhere > 3');
    expect(await field.getAttribute('aria-invalid')).to.equal('false');
    await field.press('Enter');
    await page.getByText('The condition reads a series that was never seen').waitFor();
    expect(await field.getAttribute('aria-invalid')).to.equal('true');
    expect(await describedBy(field)).to.include('was never seen');
  });

  it('is left by Tab in both directions; only then is a half-written condition called wrong', async () => {
    const { page } = await stage.openAs(ada, ORDERS);
    const field = await emptyEditor(page);
    await field.pressSequentially('load >');
    expect(await field.getAttribute('aria-invalid')).to.equal('false');
    expect(await describedBy(field)).to.match(/^Next: /);
    await page.keyboard.press('Tab');
    expect(await hasFocus(field)).to.equal(false);
    await page.locator('.cave-underline-error').waitFor();
    expect(await textOf(field)).to.equal('load >');
    await page.keyboard.press('Shift+Tab');
    expect(await hasFocus(field)).to.equal(true);
  });

  it('offers the brackets that were forgotten, and takes them at the press of a button', async () => {
    const { page } = await stage.openAs(ada, ORDERS);
    const field = await emptyEditor(page);
    await field.pressSequentially('orders.sum.5m > 3');
    expect(await page.locator('.cave-underline-warning').allInnerTexts()).to.deep.equal(['orders.sum.5m']);
    await page.getByRole('button', { name: /^Use orders ?\[\]\.sum\.5m$/ }).press('Enter');
    expect((await textOf(field)).replace(' [', '[')).to.equal('orders[].sum.5m > 3');
    expect(await page.locator('.cave-underline-warning').count()).to.equal(0);
  });

  it('loses no key while data come in', async () => {
    const { page } = await stage.openAs(ada);
    await page.clock.install();
    await page.goto(`${ORDERS}?refresh=5s`);
    const field = await emptyEditor(page);
    let answers = 0;
    page.on('response', (response) => {
      if (new URL(response.url()).pathname.endsWith('/metrics')) answers += 1;
    });
    const condition = 'orders [shipTo: US, env: live].sum.5m * 1.5 >= 3 at least 3 times delayed by 5m';
    const before = await page.getByText(/^Looks at/).innerText();
    for (const [i, key] of [...condition].entries()) {
      if (i % 8 === 0) await page.clock.fastForward('00:06');
      await page.keyboard.press(key === ' ' ? 'Space' : key);
    }
    await page.waitForFunction((old) => ![...document.querySelectorAll('p')].some(({ textContent }) => textContent === old), before);
    expect(answers).to.be.greaterThan(3);
    expect(await textOf(field)).to.equal(condition);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Evaluate' }).click();
    await page.waitForURL((url) => url.searchParams.get('condition') === condition);
  });

  it('evaluates without the editor, when that cannot be loaded, and says so', async () => {
    const tab = await stage.openAs(ada);
    const { page } = tab;
    await page.route('**/condition-editor-*.js', (route) => route.abort());
    await page.goto(ORDERS);
    await page.getByText('The editor with completion could not be loaded.').waitFor();
    const field = page.getByRole('textbox', { name: 'Condition' });
    expect(await describedBy(field)).to.include('could not be loaded');
    await field.fill('orders[].average.5m > 3');
    expect(await field.getAttribute('aria-invalid')).to.equal('true');
    await field.fill('orders[].sum.5m > 3');
    await tab.expectAccessible();
    await field.press('Enter');
    await page.getByText('condition true').waitFor();
  });
});

/** The editor in place of the textarea that stands in for it, with the suggestion of the page deleted. */
async function emptyEditor(page: Page): Promise<Locator> {
  const field = conditionEditor(page);
  await page.getByText(/^Looks at/).waitFor();
  await field.getByText('orders').first().waitFor();
  await clearCondition(page);
  return field;
}

function option(page: Page, name: string): Locator {
  return page.getByRole('listbox').getByRole('option', { name, exact: true });
}

/** Waits for the option, presses the keys that lead to it, and takes it. */
async function choose(page: Page, name: string, keys: readonly string[] = []): Promise<void> {
  await option(page, name).waitFor();
  await page.waitForTimeout(LIST_READ_MS);
  for (const key of keys) await page.keyboard.press(key);
  await page.getByRole('option', { name, exact: true, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await option(page, name).waitFor({ state: 'detached' });
}

/** Without the placeholder, and with the blank at the end. */
function textOf(field: Locator): Promise<string> {
  return field.evaluate((element) => [...element.querySelectorAll('.cm-line')].map(({ textContent }) => textContent).join('\n'));
}

/** What a screen reader says after the name of the field. */
function describedBy(field: Locator): Promise<string> {
  return field.evaluate((element) => (element.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' '));
}

function hasFocus(field: Locator): Promise<boolean> {
  return field.evaluate((element) => element === document.activeElement);
}
