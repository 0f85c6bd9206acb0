import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Instance, call, createTenant, eventually, expectCall, type TestTenant } from '@cave/app-all-in-one/test-support';
import { bareAppender } from './bare-appender.js';
import { generateLoad } from './load-generator.js';
import type { BenchOptions } from './options.js';
import { percentile, printTable } from './report.js';

const CONNECTIONS = 16;
const POINTS_PER_REQUEST = 100;
const SERIES = 1_000;
const BARE_POINTS = 2_000_000;

/**
 * The whole way of a point on the embedded profile: HTTP from this process, durable before 202,
 * stored by the dbwriter in another process, and queryable. Beside it what DuckDB's own
 * appender does in the same run.
 */
export async function run(options: BenchOptions): Promise<void> {
  const seconds = options.seconds ?? 60;
  const directory = await mkdtemp(join(tmpdir(), 'cave-bench-'));
  const instance = await Instance.start({ directory });
  try {
    const tenant = await createTenant(instance.url, directory, 'bench');
    const stop = new AbortController();
    const memory = sampleMemory(instance.pid, stop.signal);
    const visible = sampleVisibility(instance.url, tenant, stop.signal);
    const started = performance.now();
    const timer = setTimeout(() => stop.abort(), seconds * 1000);
    const load = await generateLoad({ url: instance.url, organization: tenant.organization, token: tenant.token, connections: CONNECTIONS, pointsPerRequest: POINTS_PER_REQUEST, series: SERIES }, stop.signal);
    const took = (performance.now() - started) / 1000;
    clearTimeout(timer);
    const stored = await drained(instance.url, tenant, load.accepted);
    const backlogMs = performance.now() - started - took * 1000;
    const samples = await memory;
    const delays = await visible;
    await instance.stop();
    const bare = await bareAppender(directory, BARE_POINTS);
    const rate = load.accepted / took;
    printTable(`ingest: batches of ${POINTS_PER_REQUEST} over ${CONNECTIONS} connections, ${SERIES} series, ${seconds} s`, [
      { what: 'accepted durably', figure: rate, unit: 'points/s' },
      { what: 'not accepted', figure: JSON.stringify(load.refused) },
      { what: 'stored after the last answer within', figure: backlogMs, unit: 'ms' },
      { what: 'stored', figure: stored, unit: 'points' },
      { what: 'latency p50', figure: percentile(load.latencies, 0.5), unit: 'ms' },
      { what: 'latency p99', figure: percentile(load.latencies, 0.99), unit: 'ms' },
      { what: 'queryable after, p50', figure: percentile(delays, 0.5), unit: 'ms' },
      { what: 'queryable after, max', figure: percentile(delays, 1), unit: 'ms' },
      { what: 'memory of CAVE after each fifth of the time', figure: [1, 2, 3, 4, 5].map((fifth) => megabytes(memoryAt(samples, fifth / 5).own)).join(' '), unit: 'MB' },
      { what: 'pages of its files that the system keeps for it, at the end', figure: megabytes(memoryAt(samples, 1).mapped), unit: 'MB' },
      { what: "DuckDB's appender, bare", figure: bare, unit: 'points/s' },
      { what: 'share of the bare appender', figure: (100 * rate) / bare, unit: '%' },
    ]);
    if (stored !== load.accepted) throw new Error(`${load.accepted} points were accepted, but ${stored} are stored.`);
  } finally {
    await instance.kill();
    await rm(directory, { recursive: true });
  }
}

/** Resident memory in kB. */
interface MemorySample {
  /** What the process has for itself. */
  readonly own: number;
  /** Pages of mapped files, which the system takes back when it needs them. */
  readonly mapped: number;
}

/** Once a second. */
async function sampleMemory(pid: number, stop: AbortSignal): Promise<MemorySample[]> {
  const samples: MemorySample[] = [];
  while (!stop.aborted) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    samples.push({ own: field('RssAnon'), mapped: field('RssFile') + field('RssShmem') });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return samples;
}

/** The median of the ten samples before `share` of the time. */
function memoryAt(samples: readonly MemorySample[], share: number): MemorySample {
  const until = Math.round(samples.length * share);
  const near = samples.slice(Math.max(0, until - 10), until);
  const median = (values: readonly number[]): number => percentile(Float64Array.from(values), 0.5);
  return { own: median(near.map(({ own }) => own)), mapped: median(near.map(({ mapped }) => mapped)) };
}

function megabytes(kilobytes: number): string {
  return (kilobytes / 1024).toFixed(0);
}

/** How long after its 202 a point is in a query's answer, again and again while the load runs; milliseconds. */
async function sampleVisibility(url: string, { organization, token, session }: TestTenant, stop: AbortSignal): Promise<Float64Array> {
  const delays: number[] = [];
  for (let value = 1; !stop.aborted; value += 1) {
    const timestamp = Math.floor(Date.now() / 1000);
    await expectCall(202, url, 'POST', `/organizations/${organization}/metrics`, { token, body: { metrics: [{ name: 'sentinel', timestamp, value }] } });
    const accepted = performance.now();
    await eventually('the sentinel', async () => {
      const { status, body } = await call<{ metrics: { value: number }[] }>(url, 'GET', `/organizations/${organization}/metrics?metric=sentinel&limit=1`, { token: session });
      return status === 200 && body.metrics[0]?.value === value ? true : undefined;
    });
    delays.push(performance.now() - accepted);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return Float64Array.from(delays);
}

/** Counts what is stored until it is as much as was accepted, or grows no more. */
async function drained(url: string, { organization, session }: TestTenant, accepted: number): Promise<number> {
  let stored = 0;
  await eventually(
    'every accepted point',
    async () => {
      const { metrics } = await expectCall<{ metrics: { value: number }[] }>(200, url, 'GET', `/organizations/${organization}/metrics?metric=requests&aggregator=count&period=1440`, { token: session });
      stored = metrics.reduce((sum, { value }) => sum + value, 0);
      return stored >= accepted ? true : undefined;
    },
    60_000,
  ).catch(() => undefined);
  return stored;
}
