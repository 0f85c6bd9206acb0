import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Instance, createTenant } from '@cave/app-all-in-one/test-support';
import { launchChromium } from '@cave/test-servers';
import type { Browser } from 'playwright-core';
import { percentile, printTable, type Row } from './report.js';
import { API, ApiCalls } from './web-api-calls.js';
import { metricName, publishHour } from './web-metrics.js';
import { Visitor, type Picture } from './web-visitor.js';

const METRICS = 1_000;
const ROUNDS = 10;
const ORGANIZATION = 'bench';
const METRIC = metricName(METRICS / 2);

const FIRST_CHART = 'from "Log in" to the first chart';
const FIRST_SPARKLINE = 'from opening the list to the first sparkline';

/** Milliseconds of each thing that was measured, one a round. */
type Times = Map<string, number[]>;

/**
 * How soon people see something: from the click on "Log in" to the first chart, and from the
 * address of the metrics' list or of a metric to its first picture, in a headless Chromium against
 * a CAVE on the embedded profile. Each in a new profile of the browser, which in the case of the
 * login has what that page has loaded before the click, and once more with the files that it has
 * kept. Beside it, in the same rounds, the calls that are underneath, made one after the other from
 * here. No round is left out, the first one included.
 */
export async function run(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'cave-bench-'));
  let instance: Instance | undefined;
  let browser: Browser | undefined;
  try {
    instance = await Instance.start({ directory });
    const tenant = await createTenant(instance.url, directory, ORGANIZATION);
    await publishHour(instance.url, tenant, METRICS);
    browser = await launchChromium();
    const calls = new ApiCalls(instance.url, tenant, METRIC);
    const loadBefore = loadavg()[0] as number;
    const times: Times = new Map();
    for (let round = 0; round < ROUNDS; round += 1) {
      add(times, await visits(browser, instance.webUiUrl));
      add(times, await calls.time());
    }
    printTable(`web: ${ROUNDS} rounds with ${METRICS.toLocaleString('en-US')} metrics, in milliseconds`, [
      ...rows(times),
      { what: 'first chart over its calls and the login, p50', figure: middle(times, FIRST_CHART) / (middle(times, API.login) + middle(times, API.chart)), unit: '×' },
      { what: 'first sparkline over its calls, p50', figure: middle(times, FIRST_SPARKLINE) / middle(times, API.list), unit: '×' },
      { what: 'load average before and after', figure: `${loadBefore.toFixed(2)}, ${(loadavg()[0] as number).toFixed(2)}` },
    ]);
  } finally {
    await browser?.close();
    await instance?.kill();
    await rm(directory, { recursive: true });
  }
}

async function visits(browser: Browser, url: string): Promise<Readonly<Record<string, number>>> {
  const email = `${ORGANIZATION}@example.com`;
  const chart = `/organizations/${ORGANIZATION}/metrics/${METRIC}`;
  const list = `/organizations/${ORGANIZATION}/metrics`;
  return Visitor.with(browser, url, email, async (one) => {
    const cold = await one.logIn(chart);
    await one.logOut();
    const warm = await one.logIn(chart);
    // Other profiles: this one has most files of those pages already.
    const twice = (path: string, picture: Picture): Promise<readonly [number, number]> => Visitor.with(browser, url, email, async (other) => {
      await other.takeSession();
      return [await other.open(path, picture), await other.open(path, picture)] as const;
    });
    const [listCold, listWarm] = await twice(list, 'sparkline');
    const [chartCold, chartWarm] = await twice(chart, 'chart');
    return {
      [FIRST_CHART]: cold.chart,
      '  until the login is answered': cold.answered,
      '  from there on': cold.chart - cold.answered,
      [`${FIRST_CHART}, files kept`]: warm.chart,
      '  files kept: until the login is answered': warm.answered,
      '  files kept: from there on': warm.chart - warm.answered,
      [FIRST_SPARKLINE]: listCold,
      [`${FIRST_SPARKLINE}, files kept`]: listWarm,
      'from opening a metric to its chart': chartCold,
      'from opening a metric to its chart, files kept': chartWarm,
    };
  });
}

function add(times: Times, measured: Readonly<Record<string, number>>): void {
  for (const [what, time] of Object.entries(measured)) times.set(what, [...(times.get(what) ?? []), time]);
}

function middle(times: Times, what: string): number {
  return percentile(Float64Array.from(times.get(what) ?? []), 0.5);
}

function rows(times: Times): Row[] {
  return [...times].map(([what, measured]) => {
    const sorted = Float64Array.from(measured);
    return { what, figure: `p50 ${percentile(sorted, 0.5).toFixed(0).padStart(5)}  max ${percentile(sorted, 1).toFixed(0).padStart(5)}`, unit: 'ms' };
  });
}
