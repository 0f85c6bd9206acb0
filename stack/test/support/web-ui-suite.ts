import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { confirmationToken, createTenant, eventually, expectCall } from '@cave/app-all-in-one/test-support';
import { findChromium, launchChromium, required } from '@cave/test-servers';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { Stack, type StackProfileName, type StackService } from '../../src/index.js';
import { control } from './control.js';
import { describeOnStack } from './describe-on-stack.js';

const EMAIL = 'ada@example.com';
const PASSWORD = 'correct horse battery staple';
/** A check comes each second, a page asks every ten; the deadline only bounds a failure. */
const SOON_MS = 60_000;
/** Without their store points wait, and with them the checks that need them; in few seconds instead of 30. */
const ENVIRONMENT = { WORKER_CHECKS_PATIENCE_SECONDS: '2' };
const ISSUE = /^(?:Points arrive late in the metrics store|The metrics store cannot answer): alerts are/;

/** The web UI over services that are processes of their own; the same in every profile. What its pages do is tested in apps/www/e2e. */
export function describeWebUi(profile: StackProfileName): void {
  describeOnStack(profile, `the web UI on the profile ${profile}`, () => {
    if (findChromium() === null && !required('chromium')) {
      it('all of it [skipped: there is no Chromium on this machine; install it, or name one by CAVE_TEST_CHROMIUM]');
      return;
    }
    suite(profile);
  });
}

function suite(profile: StackProfileName): void {
  let directory: string;
  let stack: Stack;
  let browser: Browser;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-web-ui-'));
    stack = await Stack.start({ profile, directory, environment: ENVIRONMENT });
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    await stack?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const urlOf = (service: StackService) => (): string => {
    const [first] = stack.instances(service);
    if (first === undefined) throw new Error(`The stack has no ${service}.`);
    return first.url;
  };
  const [api, www] = [urlOf('api'), urlOf('www')];

  it('leads from signing up, by a real mail, to a point on a chart and an alert that fires', async () => {
    const page = await browser.newPage({ baseURL: www() });
    page.setDefaultTimeout(SOON_MS);
    await page.goto('/register');
    await page.getByLabel('Email address').fill(EMAIL);
    await page.getByRole('button', { name: 'Sign up' }).click();
    const token = await eventually('the mail', () => confirmationToken(stack.outbox, EMAIL));
    expect(await page.getByRole('link', { name: /outbox/i }).count(), 'mails are sent here, none is shown').to.equal(0);
    await page.goto(`/confirm?token=${token}`);
    await page.getByLabel('First name').fill('Ada');
    await page.getByLabel('Last name').fill('Lovelace');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create my account' }).click();

    await page.getByRole('main').getByRole('link', { name: 'Create your organization' }).click();
    await page.getByLabel('Name', { exact: false }).fill('lovelace');
    await page.getByLabel('Notification URL').fill('https://example.com/hook');
    await page.getByRole('button', { name: 'Create the organization' }).click();
    const curl = await page.getByRole('figure').filter({ hasText: 'One point, with curl' }).innerText();
    const tenantToken = /-u ([\w-]+):/.exec(curl)?.[1];
    if (tenantToken === undefined) throw new Error(`The guide shows no token: ${curl}`);
    const publish = (value: number): Promise<unknown> =>
      expectCall(202, api(), 'POST', '/organizations/lovelace/metrics', { token: tenantToken, body: { metrics: [{ name: 'orders', timestamp: Math.floor(Date.now() / 1000), value }] } });
    await publish(1);
    await page.getByTestId('first-metric').getByRole('link', { name: 'orders', exact: true }).click();
    await page.getByRole('heading', { name: 'orders', level: 1 }).waitFor();

    await page.goto('/organizations/lovelace/alerts/new?condition=orders+%3E+5&description=Somebody+orders');
    await page.getByRole('textbox', { name: 'Period' }).fill('1s');
    await page.getByRole('button', { name: 'Create the alert' }).click();
    await page.getByRole('heading', { name: 'Somebody orders', level: 1 }).waitFor();
    await publish(9);
    await page.locator('dl [data-alert-state="firing"]').waitFor();
  });

  it('says to anybody what of CAVE is sick, and that it is well again, without a reload', async () => {
    // A worker finds out by an alert that it cannot check.
    const { session, token } = await createTenant(api(), directory, 'gilt');
    await expectCall(202, api(), 'POST', '/organizations/gilt/metrics', { token, body: { metrics: [{ name: 'load', timestamp: Math.floor(Date.now() / 1000), value: 1 }] } });
    await expectCall(201, api(), 'POST', '/organizations/gilt/alerts', { token: session, body: { description: 'Load', enabled: true, period: '1s', condition: 'load > 5' } });
    const page = await browser.newPage({ baseURL: www() });
    page.setDefaultTimeout(SOON_MS);
    await page.goto('/status');
    const well = page.getByText('CAVE knows of nothing that is wrong with itself.');
    await well.waitFor();
    const influxdb = control(stack.server('influxdb'));
    await influxdb.kill();
    try {
      await page.getByText(ISSUE).first().waitFor();
    } finally {
      await influxdb.start();
    }
    await well.waitFor();
    await page.getByText(ISSUE).first().waitFor(); // among those that are over
  });
}
