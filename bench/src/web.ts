import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Instance, createTenant } from '@cave/app-all-in-one/test-support';
import type { Browser } from 'playwright-core';
import { launchChromium } from './chromium.js';
import { percentile, printTable, type Row } from './report.js';
import { ApiCalls } from './web-api-calls.js';
import { publishHour } from './web-metrics.js';
import { Visitor } from './web-visitor.js';

const METRICS = 1_000;
const ROUNDS = 10;
const ORGANIZATION = 'bench';
const METRIC = 'bench.metric.0500';

/** Milliseconds of each thing that was measured, one a round. */
type Times = Map<string, number[]>;

/**
 * How soon people see something: from the click on "Log in" to the first chart, and from the
 * address of the metrics' list to its first sparkline, in a headless Chromium against a CAVE on the
 * embedded profile. Each in a new profile of the browser that has nothing but the page before it,
 * and once more with what that has kept. Beside it, in the same rounds, the calls that are
 * underneath, made one after the other from here. No round is left out, the first one included.
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
      { what: 'first chart over login and calls underneath, p50', figure: middle(times, 'first chart after "Log in"') / (middle(times, 'api: log in') + middle(times, 'api: what the chart needs')), unit: '×' },
      { what: 'first sparkline over calls underneath, p50', figure: middle(times, 'first sparkline of the list') / middle(times, 'api: what the list needs'), unit: '×' },
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
    // Another profile: this one has the list's files, as the chart's are in part the same.
    const [listCold, listWarm] = await Visitor.with(browser, url, email, async (other) => {
      await other.takeSession();
      return [await other.openList(list), await other.openList(list)] as const;
    });
    return {
      'first chart after "Log in"': cold.chart,
      '  of it until the login is answered': cold.answered,
      '  of it from there on': cold.chart - cold.answered,
      'first chart, files kept': warm.chart,
      '  of it until then ': warm.answered,
      '  of it from there on ': warm.chart - warm.answered,
      'first sparkline of the list': listCold,
      'first sparkline, files kept': listWarm,
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
