import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '@cave/test-servers';
import type { Browser, Page } from 'playwright-core';
import { percentile, printTable, type Row } from './report.js';
import { serveClient } from './static-server.js';

const CLIENT = fileURLToPath(new URL('../../../apps/www/dist/client', import.meta.url));
const FRAMES_OF_EMPTY_PAGE = 240;
const DONE_WITHIN_MS = 180_000;

interface FrameTimes {
  readonly frames: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/**
 * How fluid a chart of 100 series with 1,440 windows is, in a headless Chromium, by the client's
 * own page for it. Beside it, in the same browser, the frames of a page on which nothing is: no
 * page can be faster than those. Headless means without a graphics processor: people see better.
 */
export async function run(): Promise<void> {
  if (!existsSync(join(CLIENT, 'index.html'))) throw new Error(`There is no built client in ${CLIENT}; npm run bench builds it.`);
  const { url, server } = await serveClient(CLIENT);
  let browser: Browser | undefined;
  try {
    browser = await launchChromium();
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const empty = await emptyPage(page, url);
    const figures = await chartPage(page, url);
    printTable('chart: frame times of 100 series with 1,440 windows', rows(empty, figures));
  } finally {
    await browser?.close();
    server.close();
  }
}

async function emptyPage(page: Page, url: string): Promise<FrameTimes> {
  await page.goto(`${url}/empty`);
  const times: number[] = await page.evaluate(`new Promise((resolve) => {
    const times = [];
    let before;
    requestAnimationFrame(function frame(now) {
      if (before !== undefined) times.push(now - before);
      before = now;
      if (times.length < ${FRAMES_OF_EMPTY_PAGE}) requestAnimationFrame(frame);
      else resolve(times);
    });
  })`);
  const sorted = Float64Array.from(times);
  return { frames: times.length, p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), max: percentile(sorted, 1) };
}

async function chartPage(page: Page, url: string): Promise<Readonly<Record<string, FrameTimes>>> {
  await page.goto(`${url}/bench/chart`);
  const outcome = page.getByTestId(/^frame-times(-failure)?$/);
  await outcome.waitFor({ timeout: DONE_WITHIN_MS });
  const text = (await outcome.textContent()) ?? '';
  if ((await outcome.getAttribute('data-testid')) !== 'frame-times') throw new Error(`The page could not measure: ${text}`);
  return JSON.parse(text) as Readonly<Record<string, FrameTimes>>;
}

function rows(empty: FrameTimes, figures: Readonly<Record<string, FrameTimes>>): Row[] {
  const of = (what: string, { p50, p95, max }: FrameTimes): Row[] => [
    { what: `${what}, p50`, figure: p50, unit: 'ms' },
    { what: `${what}, p95`, figure: p95, unit: 'ms' },
    { what: `${what}, longest`, figure: max, unit: 'ms' },
  ];
  return [
    ...of('empty page', empty),
    ...Object.entries(figures).flatMap(([what, times]) => [
      ...of(what, times),
      { what: `${what}, p50 over that of the empty page`, figure: times.p50 / empty.p50, unit: '×' },
      { what: `${what}, p95 over that of the empty page`, figure: times.p95 / empty.p95, unit: '×' },
    ]),
  ];
}
