import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import configStoreAdapter from '@cave/adapter-embedded/config-store';
import metricsStoreAdapter from '@cave/adapter-embedded/metrics-store';
import { Instance, createTenant, eventually, expectCall, type TestTenant } from '@cave/app-all-in-one/test-support';
import { AlertManagement, TenantDirectory, type MetricsStore, type Question } from '@cave/core';
import { adapterContext } from './context.js';
import { createAdapter } from './embedded.js';
import type { BenchOptions } from './options.js';
import { printTable } from './report.js';

const SERIES = 1_000;
const STEP_SECONDS = 10;
const HISTORY_SECONDS = 86_400;
const AGGREGATORS = ['p99', 'sum', 'mean', 'max', 'count'] as const;

/**
 * Whole checks: scheduler, queue, data gate, evaluation, state, ledger and history relay of a
 * CAVE in its own process. Every alert is due each second and reads a 5-minute window of one of
 * 1,000 series that hold 24 h of 10-second points. Beside it what the metrics store answers to
 * the same questions with nothing around it.
 */
export async function run(options: BenchOptions): Promise<void> {
  const seconds = options.seconds ?? 600;
  const alerts = options.alerts ?? 10_000;
  const directory = await mkdtemp(join(tmpdir(), 'cave-bench-'));
  let instance = await Instance.start({ directory });
  try {
    const tenant = await createTenant(instance.url, directory, 'bench');
    const end = Math.floor(Date.now() / 1000);
    const { url } = instance;
    await timed('history published', () => publishHistory(url, tenant, end));
    await instance.stop();
    await timed('alerts created', () => createAlerts(directory, tenant.organization, alerts));
    instance = await Instance.start({ directory });
    const live = new AbortController();
    const publishing = publishLive(instance.url, tenant, live.signal);
    await eventually('the first checks', async () => ((await counters(instance.url)).checks > 0 ? true : undefined), 60_000);
    const before = await counters(instance.url);
    const started = performance.now();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const took = (performance.now() - started) / 1000;
    const after = await counters(instance.url);
    live.abort();
    await publishing;
    await instance.stop();
    const bare = await bareQuestions(directory, end);
    const rate = (after.checks - before.checks) / took;
    printTable(`evaluate: ${alerts.toLocaleString('en-US')} alerts due each second, 5-minute windows over ${SERIES} series with 24 h of ${STEP_SECONDS}-second points, ${seconds} s`, [
      { what: 'checks recorded, with state and ledger', figure: rate, unit: '/s' },
      { what: 'of them true or false', figure: (100 * (after.decided - before.decided)) / (after.checks - before.checks), unit: '%' },
      { what: 'mean delay from tick to record', figure: (after.delaySum - before.delaySum) / (after.delayCount - before.delayCount), unit: 's' },
      { what: 'the same questions on the bare store', figure: bare, unit: '/s' },
      { what: 'share of what the bare store answers', figure: (100 * rate) / bare, unit: '%' },
    ]);
  } finally {
    await instance.kill();
    await rm(directory, { recursive: true });
  }
}

/** The preparation takes minutes: say how far it is. */
async function timed(what: string, step: () => Promise<void>): Promise<void> {
  const started = performance.now();
  await step();
  console.error(`${what} in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

function point(series: number, timestamp: number): { name: string; timestamp: number; value: number; tags: Record<string, string> } {
  return { name: 'latency', timestamp, value: ((series * 7_919 + timestamp) % 1_000) / 10, tags: { series: String(series) } };
}

async function publishHistory(url: string, tenant: TestTenant, end: number): Promise<void> {
  const path = `/organizations/${tenant.organization}/metrics`;
  let timestamp = end - HISTORY_SECONDS;
  const publisher = async (): Promise<void> => {
    while (timestamp < end) {
      const mine = timestamp;
      timestamp += STEP_SECONDS * 10;
      const metrics = Array.from({ length: 10 * SERIES }, (_, i) => point(i % SERIES, mine + STEP_SECONDS * Math.floor(i / SERIES)));
      await expectCall(202, url, 'POST', path, { token: tenant.token, body: { metrics } });
    }
  };
  await Promise.all([publisher(), publisher(), publisher()]);
}

/** With the use case itself, while CAVE stands still: over HTTP the first alerts' checks would compete with the last alerts' creation. */
async function createAlerts(directory: string, organization: string, alerts: number): Promise<void> {
  const store = createAdapter(configStoreAdapter, { directory: join(directory, 'config') }, adapterContext());
  await store.start();
  const tenant = await new TenantDirectory(store).find(organization, null);
  const user = await store.users.findByEmail(`${organization}@example.com`);
  if (user === null) throw new Error('The user who owns the alerts is gone.');
  const management = new AlertManagement(store, adapterContext().clock);
  let next = 0;
  const creator = async (): Promise<void> => {
    while (next < alerts) {
      const i = next++;
      const condition = `latency [series: ${i % SERIES}].${AGGREGATORS[Math.floor(i / SERIES) % AGGREGATORS.length] as string}.5m > 1000000`;
      await management.create({ userId: user.id, email: user.email, from: 'bench' }, tenant, { description: `alert ${i}`, enabled: true, period: '1s', condition });
    }
  };
  await Promise.all(Array.from({ length: 16 }, creator));
  await store.close();
}

/** Keeps the series alive while the checks run. */
async function publishLive(url: string, tenant: TestTenant, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const timestamp = Math.floor(Date.now() / 1000);
    const metrics = Array.from({ length: SERIES }, (_, series) => point(series, timestamp));
    await expectCall(202, url, 'POST', `/organizations/${tenant.organization}/metrics`, { token: tenant.token, body: { metrics } });
    await new Promise((resolve) => setTimeout(resolve, STEP_SECONDS * 1000));
  }
}

interface Counters {
  readonly checks: number;
  readonly decided: number;
  readonly delaySum: number;
  readonly delayCount: number;
}

async function counters(url: string): Promise<Counters> {
  const text = await (await fetch(new URL('/_internal_/metrics', url))).text();
  const sum = (pattern: RegExp): number => [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
  return {
    checks: sum(/^cave_worker_checks_total\{[^}]*\} ([0-9.e+]+)$/gm),
    decided: sum(/^cave_worker_checks_total\{[^}]*verdict="(?:true|false)"[^}]*\} ([0-9.e+]+)$/gm),
    delaySum: sum(/^cave_worker_check_delay_seconds_sum(?:\{[^}]*\})? ([0-9.e+]+)$/gm),
    delayCount: sum(/^cave_worker_check_delay_seconds_count(?:\{[^}]*\})? ([0-9.e+]+)$/gm),
  };
}

/** 5-minute windows a second that the store answers in batches of 1,000, on data of the same shape in a store of its own. */
async function bareQuestions(directory: string, end: number): Promise<number> {
  const store: MetricsStore = createAdapter(metricsStoreAdapter, { directory: join(directory, 'bare-metrics') }, adapterContext());
  await store.start();
  const series = Array.from({ length: SERIES }, (_, i) => ({ name: 'latency', tags: { series: String(i) } }));
  const points = 31 * SERIES;
  await store.write([
    {
      origin: { incarnation: 'bench', partition: '0', offset: 0n },
      points: {
        database: 'bench',
        cluster: null,
        identity: { kind: 'numbered', firstNumber: 0 },
        series,
        seriesIndex: Uint32Array.from({ length: points }, (_, i) => i % SERIES),
        times: Float64Array.from({ length: points }, (_, i) => end - STEP_SECONDS * Math.floor(i / SERIES)),
        values: Float64Array.from({ length: points }, (_, i) => i % 997),
      },
    },
  ]);
  const questions = Array.from({ length: SERIES }, (_, i): Question => ({
    kind: 'windows', database: 'bench', metric: 'latency', tags: { series: String(i) }, aggregator: AGGREGATORS[i % AGGREGATORS.length] as (typeof AGGREGATORS)[number], from: end - 300, width: 300, count: 1,
  }));
  const started = performance.now();
  const rounds = 100;
  for (let i = 0; i < rounds; i += 1) await store.query(questions);
  const rate = (rounds * SERIES) / ((performance.now() - started) / 1000);
  await store.close();
  return rate;
}
