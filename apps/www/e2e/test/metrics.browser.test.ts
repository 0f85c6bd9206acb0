import { expectCall, type TestTenant } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { describeInBrowser, type Person } from './support/browser.js';
import { typeCondition } from './support/condition.js';
import { untilListed } from './support/stored.js';

const ROOT = '/organizations/gilt/metrics';
/** More than a window's height of rows. */
const OTHERS = Array.from({ length: 60 }, (_, i) => `other.${String(i).padStart(2, '0')}`);
const HOSTS = ['web-1', 'web-2', 'db-1'];
const SPLIT_LIMIT = 20;
const WORKERS = Array.from({ length: SPLIT_LIMIT + 5 }, (_, i) => `worker-${String(i).padStart(2, '0')}`);
/** Low at first, and high in the last half hour. */
const [LOW, HIGH] = [10, 50];

describeInBrowser('metrics in the browser', (stage) => {
  let gilt: TestTenant & Person;
  let viewer: Person;

  before(async () => {
    const now = Math.floor(Date.now() / 1000);
    gilt = await stage.tenant('gilt');
    const minutes = Array.from({ length: 60 }, (_, i) => i);
    await stage.publish(gilt, HOSTS.flatMap((host) => minutes.map((i) => ({ name: 'latency', timestamp: now - i * 60, value: i < 30 ? HIGH : LOW, tags: { host, env: host === 'db-1' ? 'storage' : 'web' } }))));
    await stage.publish(gilt, [...OTHERS.map((name) => ({ name, timestamp: now - 60, value: 1 })), ...WORKERS.map((worker, i) => ({ name: 'jobs', timestamp: now - 60, value: i, tags: { worker } }))]);
    await untilListed(stage, 'gilt', gilt, ['latency', 'jobs', ...OTHERS]);
    viewer = await stage.person('viewer@example.com');
    await expectCall(202, stage.apiUrl, 'POST', '/organizations/gilt/users', { token: gilt.session, body: { email: viewer.email, role: 'viewer' } });
  });

  describe('the list', () => {
    it('shows last value and sparkline, and finds metrics by their names and tags', async () => {
      const { page } = await stage.openAs(gilt, ROOT);
      await page.getByRole('link', { name: 'jobs', exact: true }).waitFor();
      await page.getByRole('searchbox', { name: 'Search' }).pressSequentially('host');
      await page.waitForURL('**/metrics?q=host');
      const rows = page.getByRole('row').filter({ has: page.getByRole('link') });
      await page.getByText('1 to 1 of 1').waitFor();
      expect(await rows.count()).to.equal(1);
      await page.getByRole('img', { name: 'latency in the last hour: last 50' }).waitFor();
      await page.getByRole('searchbox', { name: 'Search' }).fill('nothing of that name');
      await page.getByRole('button', { name: 'Show all 62' }).click();
      await page.getByText('1 to 50 of 62').waitFor();
    });

    it('shows the newest point as it was published, not a mean, and not the time of a window', async () => {
      const wells = await stage.tenant('wells');
      const newest = Math.floor(Date.now() / 1000);
      await stage.publish(wells, [{ name: 'depth', timestamp: newest - 1, value: 10 }, { name: 'depth', timestamp: newest, value: 90 }, { name: 'silent', timestamp: newest - 3 * 86_400, value: 7 }]);
      await untilListed(stage, 'wells', wells, ['depth', 'silent']);
      const { page } = await stage.openAs(wells, '/organizations/wells/metrics');
      const last = (metric: string): Locator => page.getByRole('row').filter({ has: page.getByRole('link', { name: metric }) }).getByRole('cell').first();
      await last('depth').getByText('90', { exact: true }).waitFor();
      expect(Date.parse((await last('depth').locator('time').getAttribute('datetime')) ?? '')).to.equal(newest * 1000);
      await last('silent').getByText('3 days ago').waitFor();
      await last('silent').getByText('7', { exact: true }).waitFor();
    });

    it('asks only for what is in view', async () => {
      const { page } = await stage.openAs(gilt);
      const asked = new Set<string>();
      page.on('request', (request) => {
        const url = new URL(request.url());
        if (url.pathname.endsWith('/metrics') && url.searchParams.has('metric')) asked.add(url.searchParams.get('metric') ?? '');
      });
      await page.goto(ROOT);
      await page.getByRole('img', { name: /^other\.00 in the last hour: last/ }).waitFor();
      expect([...asked]).to.include('jobs').and.not.to.include('other.47');
      await page.getByRole('link', { name: 'other.47' }).scrollIntoViewIfNeeded();
      await page.getByRole('img', { name: /^other\.47 in the last hour: last/ }).waitFor();
    });

    it('sorts by name and pages, and the address says so', async () => {
      const { page } = await stage.openAs(gilt, ROOT);
      await page.getByRole('button', { name: 'Page 2' }).click();
      await page.waitForURL('**/metrics?page=2');
      await page.getByRole('link', { name: 'other.59' }).waitFor();
      await page.getByRole('button', { name: 'Metric', exact: true }).click();
      await page.waitForURL('**/metrics?order=descending');
      await page.locator('th[aria-sort="descending"]').waitFor();
      await page.getByRole('link', { name: 'other.59' }).waitFor();
      await page.goBack();
      await page.getByText('51 to 62 of 62').waitFor();
    });

    it('lets an admin delete a metric, by its name', async () => {
      const { page } = await stage.openAs(gilt, `${ROOT}?q=other.13`);
      await page.getByRole('button', { name: 'Delete other.13' }).click();
      const dialog = page.getByRole('dialog', { name: 'Delete the metric "other.13"?' });
      const confirm = dialog.getByRole('button', { name: 'Delete the metric' });
      await dialog.getByLabel('Type "other.13" to confirm').fill('other.1');
      expect(await confirm.isDisabled()).to.equal(true);
      await dialog.getByLabel('Type "other.13" to confirm').fill('other.13');
      await confirm.click();
      await page.getByText('No metric and no tag is named like "other.13"').waitFor();
      const listed = await expectCall<readonly { readonly name: string }[]>(200, stage.apiUrl, 'GET', '/organizations/gilt/metric-names', { token: gilt.session });
      expect(listed.map(({ name }) => name)).to.include('other.12').and.not.to.include('other.13');
    });

    it('shows a viewer nothing that would fail', async () => {
      const { page } = await stage.openAs(viewer, ROOT);
      await page.getByRole('img', { name: /^jobs in the last hour/ }).waitFor();
      expect(await page.getByRole('button', { name: /^Delete/ }).count()).to.equal(0);
      await page.goto(`${ROOT}/latency`);
      await page.getByRole('button', { name: 'Evaluate' }).waitFor();
      expect(await page.getByText('Save as alert').count()).to.equal(0);
    });

    it('says that there is nothing yet, and that a member of a team only may not look', async () => {
      const twain = await stage.tenant('twain');
      const empty = await stage.openAs(twain, '/organizations/twain/metrics');
      await empty.page.getByRole('heading', { name: 'No metrics yet' }).waitFor();
      await empty.page.getByRole('link', { name: 'The overview shows how to publish one.' }).click();
      await empty.page.waitForURL('**/organizations/twain');
      const guest = await stage.person('guest@example.com');
      await expectCall(201, stage.apiUrl, 'POST', '/organizations/twain/teams', { token: twain.session, body: { name: 'web', notification_url: 'https://example.com/hook' } });
      await expectCall(202, stage.apiUrl, 'POST', '/organizations/twain/teams/web/users', { token: twain.session, body: { email: guest.email, role: 'viewer' } });
      const { page } = await stage.openAs(guest, '/organizations/twain/metrics');
      await page.getByText('You have no role in twain').waitFor();
      await page.goto('/organizations/twain/teams/web/metrics');
      await page.getByRole('heading', { name: 'No metrics yet' }).waitFor();
    });
  });

  describe('a metric', () => {
    it('is zoomed by dragging, and shown whole again by the button, a double-click and the way back', async () => {
      const { page } = await stage.openAs(gilt, `${ROOT}/latency?refresh=off`);
      await page.getByRole('img', { name: /^latency, mean/ }).waitFor();
      const asked = page.waitForRequest((request) => new URL(request.url()).searchParams.get('period') === '1' && rangeOf(request.url()) < 1_500);
      await drag(page, 0.5, 0.75);
      await page.waitForURL(/zoom=/);
      // A quarter of an hour, give or take the pixels of the drag.
      expect(rangeOf((await asked).url())).to.be.within(800, 1_000);
      await page.getByRole('button', { name: 'Reset zoom' }).click();
      await page.waitForURL((url) => !url.searchParams.has('zoom'));
      await page.goBack();
      await page.waitForURL(/zoom=/);
      await page.locator('.u-over').dblclick();
      await page.waitForURL((url) => !url.searchParams.has('zoom'));
    });

    it('is filtered by a tag whose name and value are completed', async () => {
      const { page } = await stage.openAs(gilt, `${ROOT}/latency`);
      await page.getByRole('combobox', { name: 'Tag', exact: true }).fill('ho');
      await page.getByRole('listbox', { name: 'Tag' }).getByRole('option', { name: 'host' }).click();
      await page.getByRole('combobox', { name: 'Value', exact: true }).fill('web');
      const asked = page.waitForRequest((request) => new URL(request.url()).searchParams.get('tags') === 'host:web-2');
      await page.getByRole('listbox', { name: 'Value' }).getByRole('option', { name: 'web-2' }).click();
      await page.waitForURL((url) => url.searchParams.get('tags') === 'host:web-2');
      await asked;
      await page.getByRole('button', { name: 'Remove the filter host: web-2' }).click();
      await page.waitForURL((url) => !url.searchParams.has('tags'));
    });

    it('is split by the values of a tag', async () => {
      const { page } = await stage.openAs(gilt, `${ROOT}/latency`);
      await page.getByLabel('One series for each').selectOption('host');
      await page.waitForURL('**/latency?split=host');
      for (const host of HOSTS) await page.getByRole('checkbox', { name: `Show ${host}` }).waitFor();
    });

    it('shows the first of many values, says how many there are, and shows them all when asked', async () => {
      const { page } = await stage.openAs(gilt, `${ROOT}/jobs?split=worker`);
      await page.getByText(`${SPLIT_LIMIT} of ${WORKERS.length} values of "worker" are shown.`).waitFor();
      expect(await page.getByRole('checkbox', { name: /^Show worker-/ }).count()).to.equal(SPLIT_LIMIT);
      await page.getByRole('button', { name: `Show all ${WORKERS.length}` }).click();
      await page.waitForURL(/series=all/);
      await page.getByRole('checkbox', { name: `Show ${WORKERS.at(-1)}` }).waitFor();
      expect(await page.getByRole('checkbox', { name: /^Show worker-/ }).count()).to.equal(WORKERS.length);
    });

    it('is shown from and to times of the own zone, which the address holds in UTC', async () => {
      const { page } = await stage.openAs(gilt, `${ROOT}/latency`);
      await page.getByLabel('Range').selectOption('custom');
      await page.getByLabel('From (local time)').fill('2026-01-10T08:00:00');
      await page.getByLabel('To (local time)').fill('2026-01-10T09:30:00');
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      // New York is five hours behind UTC in winter.
      await page.waitForURL((url) => url.searchParams.get('between') === '2026-01-10T13:00:00Z..2026-01-10T14:30:00Z');
      await page.getByText('There are no points in this time. Choose a longer range.').waitFor();
    });

    it('says what it does not understand in the address, and that there is no such metric', async () => {
      const { page } = await stage.openAs(gilt, `${ROOT}/latency?aggregator=average`);
      await page.getByText('The address says aggregator=average, which has no meaning here').waitFor();
      await page.goto(`${ROOT}/latency?tags=host:nowhere`);
      await page.getByRole('button', { name: 'Remove the filters' }).click();
      await page.getByRole('img', { name: /^latency, mean/ }).waitFor();
      await page.goto(`${ROOT}/nowhere`);
      await page.getByRole('heading', { name: 'There is no metric "nowhere"' }).waitFor();
    });

    it('is asked for again by itself as long as its range ends now', async () => {
      const { page } = await stage.openAs(gilt, `${ROOT}/latency?refresh=5s`);
      await page.getByRole('img', { name: /^latency, mean/ }).waitFor();
      await stage.publish(gilt, [{ name: 'latency', timestamp: Math.floor(Date.now() / 1000), value: 100_000, tags: { host: 'web-1', env: 'web' } }]);
      await page.getByRole('row', { name: /latency.* k/ }).first().waitFor();
    });
  });

  describe('evaluating a condition', () => {
    const CONDITION = 'latency[].median.1m > 30';

    it('shows when it was true and when not, in the chart and in words, and leads to a new alert', async () => {
      const { page } = await stage.openAs(gilt, `${ROOT}/latency`);
      await page.getByText(/^Looks at (59|60) steps of 1 minute/).waitFor();
      await typeCondition(page, CONDITION);
      await page.getByRole('button', { name: 'Evaluate' }).click();
      await page.waitForURL((url) => url.searchParams.get('condition') === CONDITION);
      await page.getByText('condition true').waitFor();
      await page.getByText('condition false').waitFor();
      const words = await page.locator('[data-state="evaluated"]').innerText();
      const [, held, steps] = /True in (\d+) of (\d+) steps, last at/.exec(words) ?? [];
      expect(Number(steps)).to.be.within(59, 60);
      expect(Number(held)).to.be.within(27, 32);
      await page.getByRole('link', { name: 'Save as alert' }).click();
      await page.waitForURL((url) => url.pathname === '/organizations/gilt/alerts/new' && url.searchParams.get('condition') === CONDITION);
    });

    it('tells what the api says about it, and offers nothing to try while it cannot be read', async () => {
      const { page } = await stage.openAs(gilt, `${ROOT}/latency`);
      await page.getByText(/^Looks at/).waitFor();
      await typeCondition(page, 'latency[].median > 30');
      expect(await page.getByRole('button', { name: 'Evaluate' }).isDisabled()).to.equal(true);
      await typeCondition(page, 'nowhere[].median.1m > 30');
      await page.getByRole('button', { name: 'Evaluate' }).click();
      await page.getByText('The condition reads a series that was never seen').waitFor();
    });
  });

  it('are accessible, and fit a phone', async () => {
    for (const options of [{ colorScheme: 'light', width: 1280 }, { colorScheme: 'dark', width: 1280 }, { colorScheme: 'light', width: 360 }] as const) {
      const tab = await stage.openAs(gilt, ROOT, options);
      await tab.page.getByRole('img', { name: /^jobs in the last hour: last/ }).waitFor();
      await tab.expectAccessible();
      expect(await scrollsSideways(tab.page)).to.equal(false);
      await tab.page.goto(`${ROOT}/latency?split=host&tags=env:web&condition=${encodeURIComponent('latency[].mean.1m > 30')}`);
      await tab.page.getByText('condition true').waitFor();
      await tab.expectAccessible();
      expect(await scrollsSideways(tab.page)).to.equal(false);
    }
  });
});

/** Drags over the plot from one part of its width to another. */
async function drag(page: Page, from: number, to: number): Promise<void> {
  const box = await page.locator('.u-over').boundingBox();
  if (box === null) throw new Error('The chart has no plot.');
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, y, { steps: 5 });
  await page.mouse.up();
}

/** Seconds between the `start` and the `end` that a call asks for. */
function rangeOf(url: string): number {
  const { searchParams } = new URL(url);
  return (Date.parse(searchParams.get('end') ?? '') - Date.parse(searchParams.get('start') ?? '')) / 1000;
}

function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}
