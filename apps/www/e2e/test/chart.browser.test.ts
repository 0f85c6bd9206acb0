import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { describeInBrowser, type Person } from './support/browser.js';
import { untilListed } from './support/stored.js';

const LATENCY = '/organizations/acme/metrics/latency';
const HOSTS = ['db-1', 'web-1', 'web-2'];
const MINUTES = 60;

describeInBrowser('a chart in the browser', (stage) => {
  let ada: Person;
  /** The hour in which there are points, whatever the time is while the tests run. */
  let hour: string;
  let start: number;

  before(async () => {
    const acme = await stage.tenant('acme');
    ada = acme;
    const end = Math.floor(Date.now() / 60_000) * 60;
    start = end - MINUTES * 60;
    hour = [start, end].map((seconds) => new Date(seconds * 1000).toISOString().replace('.000', '')).join('..');
    await stage.publish(acme, Array.from({ length: MINUTES }, (_, i) => HOSTS.map((host, j) => ({ name: 'latency', timestamp: start + i * 60, value: 10 * (j + 1) + i / 100, tags: { host } }))).flat());
    await untilListed(stage, 'acme', acme, ['latency']);
  });

  const open = (options = {}, more: Readonly<Record<string, string>> = {}): Promise<Page> => openChart(async () => (await stage.openAs(ada, `${LATENCY}?${new URLSearchParams({ between: hour, ...more }).toString()}`, options)).page);

  describe('the overview below it', () => {
    it('chooses a part by the mouse, which then is moved and resized', async () => {
      const page = await open();
      await drag(page, strip(page), 0.25, 0.5);
      await page.waitForURL(/zoom=/);
      const [from, to] = zoomOf(page);
      expect(from - start).to.be.closeTo(15 * 60, 30);
      expect(to - start).to.be.closeTo(30 * 60, 30);
      await untilShown(page, from, to);

      const moved = page.waitForURL((url) => url.searchParams.get('zoom') !== null && zoomIn(url)[0] > from);
      await drag(page, strip(page), 0.4, 0.6);
      await moved;
      const [movedFrom, movedTo] = zoomOf(page);
      expect(movedFrom - from).to.be.closeTo(12 * 60, 30);
      expect(movedTo - movedFrom).to.equal(to - from);

      const resized = page.waitForURL((url) => zoomIn(url)[1] > movedTo);
      await drag(page, strip(page), (movedTo - start) / 3_600, 0.9);
      await resized;
      expect(zoomOf(page)[0]).to.equal(movedFrom);
      expect(zoomOf(page)[1] - start).to.be.closeTo(54 * 60, 60);

      // Beside the window begins another one.
      const other = page.waitForURL((url) => zoomIn(url)[0] < from);
      await drag(page, strip(page), 0.1, 0.2);
      await other;
      expect(zoomOf(page)[1] - start).to.be.closeTo(12 * 60, 30);
    });

    it('does so by the keyboard', async () => {
      const page = await open();
      const endHandle = page.getByRole('slider', { name: 'End of the shown part' });
      const whole = page.getByRole('slider', { name: /^Shown part; arrow keys move it/ });
      await press(page, endHandle, 'ArrowLeft', start, start + 54 * 60);
      await press(page, page.getByRole('slider', { name: 'Start of the shown part' }), 'ArrowRight', start + 324, start + 54 * 60);
      await press(page, whole, 'Home', start, start + 54 * 60 - 324);
      await press(page, whole, 'ArrowRight', start + 292, start + 54 * 60 - 324 + 292);
      await press(page, whole, 'Shift+ArrowRight', start + 292, start + 54 * 60 - 324 + 292 + 292);
      await untilShown(page, start + 292, start + 54 * 60 - 324 + 292 + 292);
      expect(await whole.getAttribute('aria-valuetext')).to.equal(`${localTime(start + 292)} to ${localTime(start + 54 * 60 - 324 + 292 + 292)}`);
      // All of it is no zoom any more.
      await whole.press('Home');
      await endHandle.press('End');
      await page.waitForURL((url) => !url.searchParams.has('zoom'));
    });
  });

  describe('its legend', () => {
    it('shows one series alone, and hides and shows single ones, by the mouse', async () => {
      const page = await open({}, { split: 'host' });
      await page.getByRole('button', { name: 'web-1', exact: true }).click();
      await untilDrawn(page, ['web-1']);
      await page.getByRole('button', { name: 'web-1', exact: true }).click();
      await untilDrawn(page, HOSTS);
      await page.getByRole('button', { name: 'db-1', exact: true }).click({ modifiers: ['ControlOrMeta'] });
      await untilDrawn(page, ['web-1', 'web-2']);
      await page.getByRole('checkbox', { name: 'Show db-1' }).click();
      await untilDrawn(page, HOSTS);
    });

    it('does so by the keyboard', async () => {
      const page = await open({}, { split: 'host' });
      await page.getByRole('checkbox', { name: 'Show web-2' }).press('Space');
      await untilDrawn(page, ['db-1', 'web-1']);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await untilDrawn(page, ['web-2']);
      await page.keyboard.press('Enter');
      await untilDrawn(page, HOSTS);
    });

    it('says last, least, greatest and mean value of each', async () => {
      const page = await open({}, { split: 'host' });
      await page.getByRole('row', { name: 'Show db-1 db-1 10.59 10 10.59 10.3' }).waitFor();
    });
  });

  describe('under a finger', () => {
    it('is zoomed along, on the plot and on the overview, and scrolls the page across', async () => {
      const page = await open({ width: 360, touch: true });
      const plot = page.locator('.u-over');
      expect(await page.evaluate(() => scrollY)).to.equal(0);
      await swipe(page, plot, [0.5, 0.9], [0.55, -0.5]);
      await page.waitForFunction(() => scrollY > 0);
      expect(await plot.evaluate((over) => over.querySelector('.u-select')?.clientWidth), 'nothing is marked').to.equal(0);
      expect(new URL(page.url()).searchParams.has('zoom')).to.equal(false);

      await swipe(page, plot, [0.25, 0.5], [0.75, 0.55]);
      await page.waitForURL(/zoom=/);
      const [from, to] = zoomOf(page);
      expect(from - start).to.be.closeTo(15 * 60, 60);
      expect(to - start).to.be.closeTo(45 * 60, 60);
      await untilShown(page, from, to);

      const moved = page.waitForURL((url) => zoomIn(url)[0] < from);
      await swipe(page, strip(page), [0.5, 0.5], [0.3, 0.5]);
      await moved;
    });

    it('tells the values where it was put', async () => {
      const page = await open({ width: 360, touch: true }, { split: 'host' });
      await page.locator('.u-over').tap();
      await page.getByText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/).waitFor();
      expect(new URL(page.url()).searchParams.has('zoom')).to.equal(false);
    });
  });

  it('shows its data as a table', async () => {
    const page = await open({}, { split: 'host' });
    const button = page.getByRole('button', { name: 'Show data as table' });
    expect(await button.getAttribute('aria-expanded')).to.equal('false');
    await button.press('Enter');
    const table = page.getByRole('region', { name: /^Data of latency/ });
    await table.getByText('All 60 times').waitFor();
    const newest = table.getByRole('row').nth(1);
    expect((await newest.getByRole('cell').allInnerTexts()).map(Number)).to.deep.equal([10.59, 20.59, 30.59]);
    expect(await newest.getByRole('rowheader').innerText()).to.equal(localTime(start + 59 * 60));
    expect(await newest.locator('time').getAttribute('title')).to.match(/UTC$/);
    await page.getByRole('checkbox', { name: 'Show web-1' }).click();
    await table.getByRole('columnheader', { name: 'web-1' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Hide the table' }).click();
    await table.waitFor({ state: 'detached' });
  });

  it('tells the time under the pointer in the own zone and in UTC, with the values of then', async () => {
    const page = await open({}, { split: 'host' });
    await page.locator('.u-over').hover();
    const utc = page.getByText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    await utc.waitFor();
    const tooltip = utc.locator('..');
    const at = Date.parse((await utc.innerText()).replace(' UTC', 'Z').replace(' ', 'T')) / 1000;
    expect(at - start).to.be.closeTo(30 * 60, 60);
    const lines = (await tooltip.innerText()).replaceAll(/\s/g, ' ');
    expect(lines).to.include(localTime(at));
    for (const value of ['db-1', 'web-1', 'web-2']) expect(lines).to.include(value);
    await page.mouse.move(0, 0);
    await utc.waitFor({ state: 'detached' });
  });

  it('is drawn anew in the other colours, as if the page had begun with them', async () => {
    const page = await open();
    const light = await picture(page);
    const begun = await page.evaluate(() => performance.timeOrigin);
    await page.getByRole('button', { name: 'Switch to dark colours' }).click();
    await page.waitForFunction((old) => document.querySelector<HTMLCanvasElement>('.uplot canvas')?.toDataURL() !== old, light);
    const dark = await picture(await open({ colorScheme: 'dark' }));
    await page.waitForFunction((expected) => document.querySelector<HTMLCanvasElement>('.uplot canvas')?.toDataURL() === expected, dark);
    await page.getByRole('button', { name: 'Switch to light colours' }).click();
    await page.waitForFunction((expected) => document.querySelector<HTMLCanvasElement>('.uplot canvas')?.toDataURL() === expected, light);
    expect(await page.evaluate(() => performance.timeOrigin)).to.equal(begun);
  });
});

async function openChart(open: () => Promise<Page>): Promise<Page> {
  const page = await open();
  await page.getByRole('img', { name: /^latency, mean/ }).waitFor();
  await strip(page).waitFor();
  return page;
}

function strip(page: Page): Locator {
  return page.getByRole('group', { name: 'All of the time chosen, of latency' });
}

/** Drags from one part of the element's width to another. */
async function drag(page: Page, element: Locator, from: number, to: number): Promise<void> {
  await element.scrollIntoViewIfNeeded();
  const box = await element.boundingBox();
  if (box === null) throw new Error('There is nothing to drag over.');
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, y, { steps: 5 });
  await page.mouse.up();
}

/** Moves one finger over the element, between two places in parts of its width and height. */
async function swipe(page: Page, element: Locator, from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  await element.scrollIntoViewIfNeeded();
  const box = await element.boundingBox();
  if (box === null) throw new Error('There is nothing to swipe over.');
  const cdp = await page.context().newCDPSession(page);
  const at = (part: number): { x: number; y: number }[] => [{ x: box.x + box.width * (from[0] + (to[0] - from[0]) * part), y: box.y + box.height * (from[1] + (to[1] - from[1]) * part) }];
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) });
  for (const part of [0.1, 0.2, 0.4, 0.6, 0.8, 1]) await cdp.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(part) });
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await cdp.detach();
}

/** Presses the key on the slider and waits until the address shows that part. */
async function press(page: Page, slider: Locator, key: string, from: number, to: number): Promise<void> {
  await slider.press(key);
  await page.waitForURL((url) => url.searchParams.has('zoom') && zoomIn(url)[0] === from && zoomIn(url)[1] === to);
}

/** Start and end in seconds since the epoch; NaN where the address has no zoom. */
function zoomIn(url: URL): readonly [number, number] {
  const [from, to] = (url.searchParams.get('zoom') ?? '').split('..').map((text) => Date.parse(text) / 1000);
  return [from ?? NaN, to ?? NaN];
}

function zoomOf(page: Page): readonly [number, number] {
  return zoomIn(new URL(page.url()));
}

/** The words that stand in for the picture: what it shows. */
function summary(page: Page): Promise<string> {
  return page.getByRole('img', { name: /^latency, mean/ }).evaluate((chart) => document.getElementById(chart.getAttribute('aria-describedby') ?? '')?.textContent ?? '');
}

async function untilShown(page: Page, from: number, to: number): Promise<void> {
  await untilSummary(page, `from ${localTime(from)} to ${localTime(to)}`);
}

async function untilDrawn(page: Page, labels: readonly string[]): Promise<void> {
  await untilSummary(page, labels.length === 1 ? 'One series' : `${labels.length} series`);
  const words = await summary(page);
  for (const host of HOSTS) expect(words.includes(`${host} lies between`), host).to.equal(labels.includes(host));
  for (const host of HOSTS) expect(await page.getByRole('checkbox', { name: `Show ${host}` }).isChecked(), host).to.equal(labels.includes(host));
}

async function untilSummary(page: Page, words: string): Promise<void> {
  await page.waitForFunction((text) => [...document.querySelectorAll('figure > p')].some((paragraph) => paragraph.textContent.replaceAll(/\s/g, ' ').includes(text)), words);
}

/** As the browser of the tests writes it: in American English, in New York. */
function localTime(seconds: number): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'America/New_York' }).format(new Date(seconds * 1000)).replaceAll(/\s/g, ' ');
}

function picture(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector<HTMLCanvasElement>('.uplot canvas')?.toDataURL() ?? '');
}
