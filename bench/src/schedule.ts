import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import configBusAdapter from '@cave/adapter-embedded/config-bus';
import leaderElectionAdapter from '@cave/adapter-embedded/leader-election';
import workQueueAdapter from '@cave/adapter-embedded/work-queue';
import { Scheduler, encodeJob, nextTick, type ConfigStore, type ScheduledAlert, type Telemetry, type WorkQueue } from '@cave/core';
import { createAdapter } from './embedded.js';
import { adapterContext, QUIET } from './context.js';
import type { BenchOptions } from './options.js';
import { printTable } from './report.js';

const MAX_LATENESS_MS = 60_000;

/** Periods in seconds and how many of a hundred alerts have them: about 20,000 ticks a second for a million. */
const PERIODS: readonly (readonly [number, number])[] = [
  [10, 10],
  [30, 10],
  [60, 38],
  [300, 24],
  [3_600, 15],
  [86_400, 3],
];

/**
 * A whole scheduler with `alerts` (1,000,000) enabled alerts of mixed periods: memory, dispatches
 * a second, lateness. Work queue, config bus and leader election are the embedded ones; the
 * alerts come from a generator instead of a config store, so that loading does not measure
 * Postgres. A consumer in the same process takes the jobs off again.
 */
export async function run(options: BenchOptions): Promise<void> {
  const alerts = options.alerts ?? 1_000_000;
  const seconds = options.seconds ?? 60;
  const directory = await mkdtemp(join(tmpdir(), 'cave-bench-'));
  // Counts for each millisecond: a million single values would make garbage that is not the scheduler's.
  const lateness = new Uint32Array(MAX_LATENESS_MS + 1);
  let dispatched = 0;
  const telemetry: Telemetry = {
    ...QUIET,
    count: (name, by = 1) => {
      if (name === 'cave_scheduler_dispatches_total') dispatched += by;
    },
    observe: (name, value) => {
      if (name !== 'cave_scheduler_lateness_seconds') return;
      const ms = Math.min(MAX_LATENESS_MS, Math.ceil(value * 1000));
      lateness[ms] = (lateness[ms] ?? 0) + 1;
    },
  };
  const context = adapterContext(telemetry);
  const workQueue = createAdapter(workQueueAdapter, { directory: join(directory, 'queue') }, context);
  const configBus = createAdapter(configBusAdapter, {}, context);
  const leaderElection = createAdapter(leaderElectionAdapter, {}, context);
  for (const part of [workQueue, configBus, leaderElection]) await part.start();

  globalThis.gc?.();
  const before = process.memoryUsage();
  const scheduler = new Scheduler(
    { configStore: generatedAlerts(alerts), configBus, workQueue, leaderElection, ...context },
    { reconcileMs: 3_600_000, pageSize: 5_000, publishBatch: 1_000, settleMs: 10_000 },
  );
  const loadStarted = performance.now();
  await scheduler.start();
  await scheduler.whenLoaded();
  const loadMs = performance.now() - loadStarted;
  globalThis.gc?.();
  const after = process.memoryUsage();
  const bytes = (after.heapUsed - before.heapUsed + (after.arrayBuffers - before.arrayBuffers)) / alerts;

  const stop = new AbortController();
  const consumed = consume(workQueue, stop.signal);
  // Taking office owes a job for every alert that ever ticked; the measure begins when those are out.
  while ((scheduler.status().watermark ?? 0) === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  lateness.fill(0);
  dispatched = 0;
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const took = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const sample = lateness.slice();
  const count = dispatched;
  await scheduler.stop();
  stop.abort();
  await consumed;
  const bare = await barePublish(workQueue, 200_000);
  for (const part of [workQueue, configBus, leaderElection]) await part.close();
  await rm(directory, { recursive: true });

  printTable(`schedule: ${alerts.toLocaleString('en-US')} enabled alerts of mixed periods, ${seconds} s`, [
    { what: 'memory (heap and columns) an alert', figure: bytes, unit: 'B' },
    { what: 'loaded in', figure: loadMs / 1000, unit: 's' },
    { what: 'dispatches', figure: count / took, unit: '/s' },
    { what: 'lateness p50', figure: latenessAt(sample, 0.5), unit: 'ms' },
    { what: 'lateness p99', figure: latenessAt(sample, 0.99), unit: 'ms' },
    { what: 'lateness max', figure: latenessAt(sample, 1), unit: 'ms' },
    { what: 'CPU (scheduler, queue and consumer)', figure: (cpu.user + cpu.system) / 1e4 / took, unit: '% of a core' },
    { what: "the queue's own publish, bare", figure: bare, unit: '/s' },
    { what: 'share of what the bare queue does', figure: (100 * count) / took / bare, unit: '%' },
  ]);
}

/** The lateness, in whole milliseconds rounded up, within which a share `p` of the dispatches was. */
function latenessAt(counts: Uint32Array, p: number): number {
  const wanted = counts.reduce((sum, count) => sum + count, 0) * p;
  let seen = 0;
  for (const [ms, count] of counts.entries()) {
    seen += count;
    if (count > 0 && seen >= wanted) return ms;
  }
  return Number.NaN;
}

/** Everything of a config store that a scheduler touches. */
function generatedAlerts(alerts: number): ConfigStore {
  const choose = PERIODS.flatMap(([period, share]) => Array<number>(share).fill(period));
  const now = Math.floor(Date.now() / 1000);
  const make = (id: number): ScheduledAlert => {
    const periodSeconds = choose[id % 100] as number;
    // Spread like the offsets of real alerts, by a hash of the id.
    const offsetSeconds = Math.floor(((Math.imul(id, 0x9e3779b1) >>> 0) / 2 ** 32) * periodSeconds);
    return { id: String(id), version: 1, enabled: true, periodSeconds, offsetSeconds, effectiveFrom: nextTick(now, periodSeconds, offsetSeconds) - periodSeconds };
  };
  let epoch = 0;
  return {
    alerts: {
      scheduled: (afterId: string | null, limit: number) => {
        const first = Number(afterId ?? 0) + 1;
        return Promise.resolve(Array.from({ length: Math.max(0, Math.min(limit, alerts - first + 1)) }, (_, i) => make(first + i)));
      },
      scheduledByIds: () => Promise.resolve([]),
      unsettled: () => Promise.resolve([]),
    },
    offices: {
      takeOffice: () => Promise.resolve({ epoch: ++epoch, watermark: null }),
      advanceWatermark: () => Promise.resolve(true),
    },
  } as unknown as ConfigStore;
}

async function consume(workQueue: WorkQueue, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const jobs = await workQueue.receive({ maxJobs: 2_000, waitMs: 1_000, leaseMs: 60_000 }, signal);
      if (jobs.length > 0) await workQueue.ack(jobs.map((job) => job.lease));
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Jobs a second that the queue takes in the same batches with nothing around it. */
async function barePublish(workQueue: WorkQueue, jobs: number): Promise<number> {
  const started = performance.now();
  for (let first = 0; first < jobs; first += 1_000) {
    await workQueue.publish(Array.from({ length: 1_000 }, (_, i) => encodeJob({ alertId: String(first + i), tick: 1 })));
  }
  return jobs / ((performance.now() - started) / 1000);
}
