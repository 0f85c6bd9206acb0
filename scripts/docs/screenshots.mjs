// Takes the pictures of the web UI in docs/images: `npm run docs:screenshots [-- --minutes N]`.
//
// They show a CAVE that this script starts, with what `cave feed host` measured of this computer
// in those minutes (10 unless told otherwise); nothing in them is made up but the names.
/* global document, innerHeight -- of the pages */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT, makeReady } from '../lib/ready.mjs';

const IMAGES = join(ROOT, 'docs', 'images');
const ORGANIZATION = 'acme';
const EMAIL = 'ada@example.com';
const HOST = 'web-1';
const VIEWPORT = { width: 1280, height: 860 };

makeReady();
const load = (path) => import(pathToFileURL(join(ROOT, path)).href);
const { Instance, expectCall, registerAndLogin, login } = await load('apps/all-in-one/dist/test/support/index.js');
const { findChromium, launchChromium } = await load('test-servers/dist/src/index.js');
const { PASSWORD } = await load('apps/www/e2e/dist/test/support/browser.js');

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);
if (!(minutes >= 1)) throw new Error(`--minutes takes a number of at least 1, not "${values.minutes}".`);
if (findChromium() === null) throw new Error('There is no Chromium on this machine; install it, or name one by CAVE_TEST_CHROMIUM.');

const directory = mkdtempSync(join(tmpdir(), 'cave-screenshots-'));
const receiver = createServer((_request, response) => response.writeHead(204).end());
await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const instance = await Instance.start({ directory, environment: { WORKER_NOTIFICATIONS_ALLOW_NETWORKS: '127.0.0.0/8' } });
try {
  await fill();
  await photograph();
} finally {
  await instance.stop();
  receiver.close();
  rmSync(directory, { recursive: true, force: true });
}

/** An organization with a team, measurements of this computer and alerts on them. */
async function fill() {
  const api = instance.url;
  const session = await registerAndLogin(api, directory, EMAIL);
  await expectCall(200, api, 'PATCH', '/users/info', { token: session, body: { first_name: 'Ada', last_name: 'Example' } });
  const { tokens } = await expectCall(201, api, 'POST', '/organizations', { token: session, body: { name: ORGANIZATION, email: EMAIL, notification_url: `http://127.0.0.1:${receiver.address().port}/cave` } });
  await expectCall(201, api, 'POST', `/organizations/${ORGANIZATION}/teams`, { token: session, body: { name: 'web' } });
  const alerts = [
    { description: 'A computer reports', condition: 'host.cpu.busy [host: web-1] missing for 1m', period: '30s' },
    { description: 'Processors are busy', condition: 'host.cpu.busy [].mean.1m > 20', period: '10s', handbook_url: 'https://example.com/handbook/cpu' },
    { description: 'Memory runs low', condition: 'host.memory.available [].min.1m < 1000', period: '1m' },
    { description: 'The disk is written to', condition: 'host.disk.written [].sum.1m > 0 at least 2 times', period: '10s' },
  ];
  const feed = spawn(process.execPath, [join(ROOT, 'apps/cli/dist/src/main.js'), 'feed', 'host', '--url', api, '--org', ORGANIZATION, '--host', HOST, '--interval', '2'], { env: { ...process.env, CAVE_TOKEN: tokens[0].value }, stdio: ['ignore', 'ignore', 'inherit'] });
  // A condition on a metric that was never seen would be an error, and then be told as one.
  await sleep(10_000);
  for (const alert of alerts) await expectCall(201, api, 'POST', `/organizations/${ORGANIZATION}/alerts`, { token: session, body: { enabled: true, ...alert } });
  await sleep(minutes * 60_000);
  feed.kill();
}

async function photograph() {
  mkdirSync(IMAGES, { recursive: true });
  const tenant = `/organizations/${ORGANIZATION}`;
  const alerts = await expectCall(200, instance.url, 'GET', `${tenant}/alerts`, { token: await login(instance.url, EMAIL) });
  const busy = alerts.find(({ description }) => description === 'Processors are busy');
  const now = Math.floor(Date.now() / 1000);
  const between = [now - minutes * 60, now].map((seconds) => seconds - (seconds % 60)).map((seconds) => new Date(seconds * 1000).toISOString()).join('..');
  const pages = {
    home: { path: '/' },
    metrics: { path: `${tenant}/metrics` },
    metric: { path: `${tenant}/metrics/host.cpu.busy?${new URLSearchParams({ between, condition: 'host.cpu.busy [].mean.1m > 20' })}`, fullPage: true },
    alerts: { path: `${tenant}/alerts?sort=urgency` },
    alert: { path: `${tenant}/alerts/${busy.id}?range=1h`, fullPage: true },
  };
  const browser = await launchChromium();
  try {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({ baseURL: instance.webUiUrl, colorScheme, viewport: VIEWPORT, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.goto('/login');
      await page.getByLabel('Email address').fill(EMAIL);
      await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
      await page.getByRole('heading', { name: 'Home' }).waitFor();
      for (const [name, { path, fullPage = false }] of Object.entries(pages)) {
        await page.goto(path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForLoadState('networkidle');
        await page.locator('[data-state="loading"]').first().waitFor({ state: 'detached' });
        // As tall as what it shows: a picture of a page that scrolls would cut the navigation off.
        if (fullPage) {
          await page.setViewportSize({ ...VIEWPORT, height: await page.evaluate(() => document.documentElement.scrollHeight) });
          await page.waitForFunction(() => document.querySelector('nav').getBoundingClientRect().bottom >= innerHeight);
        }
        await page.screenshot({ path: join(IMAGES, `${name}-${colorScheme}.png`) });
        await page.setViewportSize(VIEWPORT);
        console.log(`docs/images/${name}-${colorScheme}.png`);
      }
      await context.close();
    }
  } finally {
    await browser.close();
  }
}
