import { expect } from 'chai';
import type { Page } from 'playwright-core';
import type { TestTenant } from '@cave/app-all-in-one/test-support';
import { PASSWORD, describeInBrowser, type Person, type Stage } from './support/browser.js';
import { untilListed } from './support/stored.js';
import { Traffic, type Received } from './support/traffic.js';

/** Of what a browser without anything loads until the first page stands there. */
const MOST_BYTES = 350_000;
/** The build leaves smaller files as they are. */
const WORTH_COMPRESSING_BYTES = 2_000;
/** A client that is split at all consists of so many files. */
const LEAST_ASSETS = 3;

describeInBrowser('the size of the web UI', (stage) => {
  let ada: TestTenant & Person;

  before(async () => {
    ada = await stage.tenant('gilt');
    const now = Math.floor(Date.now() / 1000);
    await stage.publish(ada, Array.from({ length: 60 }, (_, i) => ({ name: 'latency', timestamp: now - 60 * i, value: i })));
    await untilListed(stage, 'gilt', ada, ['latency']);
  });

  it('is below 350 kB on the wire for the page on which people log in', async () => {
    const { page } = await stage.open('about:blank');
    const traffic = await Traffic.of(page);
    await page.goto('/login');
    await page.getByRole('button', { name: 'Log in', exact: true }).waitFor();
    expectSmall('/login', await traffic.untilQuiet());
  });

  it('is below 350 kB on the wire for the first page of somebody who is logged in', async () => {
    const page = await loggedIn(stage, ada);
    const traffic = await Traffic.of(page);
    await page.goto('/');
    await page.getByText('Nothing is firing').waitFor();
    const received = await traffic.untilQuiet();
    expect(received.map(({ url }) => new URL(url).pathname)).to.include('/api/users/organizations');
    expectSmall('/', received);
  });

  it('is told for a metric with its chart and the editor of conditions', async () => {
    const page = await loggedIn(stage, ada);
    const traffic = await Traffic.of(page);
    await page.goto('/organizations/gilt/metrics/latency');
    await page.locator('[data-state="drawn"]').waitFor();
    await page.locator('.cm-editor').waitFor();
    const received = await traffic.untilQuiet();
    tell('a metric with chart and editor', received);
    expectCompressed(received);
  });

  it('is there before the password is: of the page that comes next nothing but the editor is loaded after the login', async () => {
    const { page } = await stage.open('about:blank');
    const traffic = await Traffic.of(page);
    await page.goto(`/login?${new URLSearchParams({ next: '/organizations/gilt/metrics/latency' }).toString()}`);
    await page.getByLabel('Email address').fill(ada.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await traffic.untilQuiet();
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.locator('[data-state="drawn"]').waitFor();
    await page.locator('.cm-editor').waitFor();
    const names = (await traffic.untilQuiet()).filter(isAsset).map(({ url }) => new URL(url).pathname);
    expect(names.length).to.be.at.least(1);
    expect(names.filter((name) => !name.startsWith('/assets/condition-editor'))).to.deep.equal([]);
  });

  it('is loaded once: a second visit asks for no file again', async () => {
    const page = await loggedIn(stage, ada);
    const traffic = await Traffic.of(page);
    const visit = async (): Promise<readonly Received[]> => {
      await page.goto('/organizations/gilt/metrics/latency');
      await page.locator('[data-state="drawn"]').waitFor();
      await page.locator('.cm-editor').waitFor();
      return (await traffic.untilQuiet()).filter(isAsset);
    };
    const first = await visit();
    expect(first.filter(({ cached }) => cached)).to.deep.equal([]);
    const second = await visit();
    expect(second.length).to.be.at.least(LEAST_ASSETS);
    expect(second.filter(({ cached }) => !cached)).to.deep.equal([]);
  });
});

/** A page of a new profile that has a session and nothing else: the call that logs in fills no cache. */
async function loggedIn(stage: Stage, { email }: Pick<Person, 'email'>): Promise<Page> {
  const { page } = await stage.open('about:blank');
  const origin = stage.instance.webUiUrl;
  const answer = await page.request.post('/api/users/login', { headers: { 'X-CAVE-CSRF': '1', Origin: new URL(origin).origin }, data: { email, password: PASSWORD } });
  expect(answer.status(), await answer.text()).to.equal(200);
  return page;
}

function expectSmall(what: string, received: readonly Received[]): void {
  tell(what, received);
  expectCompressed(received);
  expect(received.filter(({ cached }) => cached)).to.deep.equal([]);
  expect(bytesOf(received)).to.be.lessThan(MOST_BYTES);
}

function expectCompressed(received: readonly Received[]): void {
  const large = received.filter((one) => isAsset(one) && /\.(?:js|css)$/.test(one.url) && one.bytes > WORTH_COMPRESSING_BYTES);
  expect(large.length).to.be.at.least(LEAST_ASSETS);
  expect(large.filter(({ encoding }) => encoding !== 'br' && encoding !== 'gzip')).to.deep.equal([]);
}

function tell(what: string, received: readonly Received[]): void {
  console.log(`      ${what}: ${(bytesOf(received) / 1000).toFixed(1)} kB in ${received.length} answers, of which ${(bytesOf(received.filter(isAsset)) / 1000).toFixed(1)} kB in ${received.filter(isAsset).length} files`);
}

function isAsset({ url }: Received): boolean {
  return new URL(url).pathname.startsWith('/assets/');
}

function bytesOf(received: readonly Received[]): number {
  return received.reduce((sum, { bytes }) => sum + bytes, 0);
}
