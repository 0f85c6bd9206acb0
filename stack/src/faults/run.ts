import { FLIP_METRIC, Receiver, UniqueLoad, checkEvents, checkLedger, checkPoints, createTenant, expectCall, flip, type TestTenant } from '@cave/app-all-in-one/test-support';
import type { ServiceProcess } from '../service-process.js';
import { Stack } from '../stack.js';
import { faultPlan, randomFrom, type Fault } from './plan.js';
import { Probe } from './probe.js';

const INSTANCES = 2;
const CLIENTS = 4;
/** Between two batches of 50 points of one client: about 2,000 points a second in all. */
const PAUSE_MS = 100;
const ALERTS = 3;
const ALERT_PERIOD = 2;
/** Leases in this run, and a freeze that outlasts each of them. */
const LEASES = { LEADER_ELECTION_LEASE_MS: '5000', RAW_STREAM_SESSION_TIMEOUT_MS: '10000', WORKER_JOBS_LEASE_SECONDS: '10' };
const FREEZE_MS = 15_000;
const RECOVERY_PATIENCE_MS = 120_000;
const JUDGE_PATIENCE_MS = 180_000;

export interface FaultRunOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** What can be hurt: a service or a server. */
interface Victim {
  readonly name: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

interface FaultRow {
  readonly victim: string;
  readonly fault: Fault;
  readonly downMs: number;
  /** Milliseconds, or what did not come back. */
  readonly recovery: number | string;
}

/** Answers whether every rule held: points, ledger, events, and each recovery within its time. */
export async function faultRun({ minutes, seed, directory, signal }: FaultRunOptions): Promise<boolean> {
  console.log(`faults: ${minutes} minutes, seed ${seed}, ${INSTANCES} instances of each service`);
  const random = randomFrom(seed);
  const receiver = await Receiver.start();
  let stack: Stack | undefined;
  try {
    stack = await Stack.start({ directory, instances: INSTANCES, environment: { ...LEASES, WORKER_NOTIFICATIONS_ALLOW_NETWORKS: '127.0.0.0/8' } });
    const apis = stack.instances('api').map(({ url }) => url);
    const [api = ''] = apis;
    const tenant = await createTenant(api, directory, 'faults', receiver.url);
    const now = Math.floor(Date.now() / 1000);
    const alertIds = await createAlerts(api, tenant, now);

    const stop = new AbortController();
    let turn = 0;
    const nextApi = (): string => apis[turn++ % apis.length] as string;
    const clients = Array.from({ length: CLIENTS }, (_, i) => new UniqueLoad(i, tenant, now - 80_000, PAUSE_MS));
    const load = [...clients.map((client) => client.run(nextApi, stop.signal)), flip(nextApi, tenant, stop.signal)];
    const rows = await inflict(stack, new Probe(stack.services, tenant, alertIds), random, minutes, signal);
    stop.abort();
    await Promise.all(load);
    summarize(rows);
    if (signal.aborted) throw new Error('The run was ended before it was judged.');
    const held = await judge(api, tenant, clients, alertIds, receiver);
    return held && rows.length > 0 && rows.every(({ recovery }) => typeof recovery === 'number');
  } finally {
    await stack?.stop();
    await receiver.close();
  }
}

async function createAlerts(api: string, tenant: TestTenant, now: number): Promise<readonly string[]> {
  await expectCall(202, api, 'POST', '/organizations/faults/metrics', { token: tenant.token, body: { metrics: [{ name: FLIP_METRIC, timestamp: now, value: 0, tags: {} }] } });
  const ids: string[] = [];
  for (let i = 0; i < ALERTS; i += 1) {
    const body = { description: `flip ${i}`, enabled: true, period: `${ALERT_PERIOD}s`, condition: `${FLIP_METRIC} > 0`, handbook_url: null, routing: null };
    ids.push((await expectCall<{ id: string }>(201, api, 'POST', '/organizations/faults/alerts', { token: tenant.session, body })).id);
  }
  return ids;
}

function victimsOf(stack: Stack): readonly Victim[] {
  const servers = stack.servers.map(({ name, control }): Victim => {
    if (control === null) throw new Error(`${name} is named by the environment: it is not ours to kill. Run without its CAVE_TEST_… variable.`);
    return { ...control, name };
  });
  return [...(stack.services satisfies readonly (Victim & ServiceProcess)[]), ...servers];
}

async function inflict(stack: Stack, probe: Probe, random: () => number, minutes: number, signal: AbortSignal): Promise<readonly FaultRow[]> {
  const until = performance.now() + minutes * 60_000;
  const rows: FaultRow[] = [];
  for (const { victim, fault } of faultPlan(victimsOf(stack), random)) {
    if (performance.now() >= until || signal.aborted) break;
    await sleep(500 + random() * 2_500, signal);
    const downMs = fault === 'freeze' ? FREEZE_MS : 500 + random() * 5_000;
    await (fault === 'freeze' ? victim.freeze() : victim.kill());
    await sleep(downMs, signal);
    await (fault === 'freeze' ? victim.thaw() : victim.start());
    const recovery = await probe.recovery(RECOVERY_PATIENCE_MS, signal);
    rows.push({ victim: victim.name, fault, downMs, recovery });
    console.log(`  ${describe(rows[rows.length - 1] as FaultRow)}`);
    // Without recovery the next fault would only hide this one.
    if (typeof recovery === 'string') break;
  }
  return rows;
}

function describe({ victim, fault, downMs, recovery }: FaultRow): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return `${victim.padEnd(12)} ${fault.padEnd(6)} for ${seconds(downMs).padStart(6)}  ${typeof recovery === 'string' ? `NOT RECOVERED, ${recovery}` : `recovered after ${seconds(recovery)}`}`;
}

function summarize(rows: readonly FaultRow[]): void {
  const recovered = rows.flatMap(({ recovery }) => (typeof recovery === 'number' ? [recovery / 1000] : [])).sort((a, b) => a - b);
  const at = (share: number): string => (recovered[Math.min(recovered.length - 1, Math.floor(recovered.length * share))] ?? Number.NaN).toFixed(1);
  const kills = rows.filter(({ fault }) => fault === 'kill').length;
  console.log(`\n${rows.length} faults (${kills} killed, ${rows.length - kills} frozen) on ${new Set(rows.map(({ victim }) => victim)).size} victims; recovery p50 ${at(0.5)} s, max ${at(1)} s`);
}

async function judge(api: string, tenant: TestTenant, clients: readonly UniqueLoad[], alertIds: readonly string[], receiver: Receiver): Promise<boolean> {
  const rules: readonly (readonly [string, () => Promise<string>])[] = [
    ['points', () => checkPoints(api, tenant, clients, JUDGE_PATIENCE_MS)],
    ['ledger', () => checkLedger(api, tenant, alertIds, ALERT_PERIOD, JUDGE_PATIENCE_MS)],
    ['events', () => checkEvents(api, tenant, alertIds, receiver, JUDGE_PATIENCE_MS)],
  ];
  let held = true;
  for (const [name, check] of rules) {
    try {
      console.log(`${name}: ${await check()}`);
    } catch (error) {
      held = false;
      console.error(`${name}: BROKEN: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return held;
}

/** Ends early when the signal fires. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
