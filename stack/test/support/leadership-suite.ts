import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from '@cave/adapter-postgres';
import { Receiver, checkLedger, createTenant, eventually, expectCall, type TestTenant } from '@cave/app-all-in-one/test-support';
import { testContext } from '@cave/conformance';
import { expect } from 'chai';
import { Stack, counterSum, schedulerStatus, type Environment, type SchedulerStatus, type ServiceProcess, type StackProfileName, type StackServerName } from '../../src/index.js';
import { control } from './control.js';
import { describeOnStack } from './describe-on-stack.js';

const LEASE_MS = 4_000;
const PERIOD = 1;
const FAR_AHEAD_SECONDS = 1_000;

interface Leader {
  readonly scheduler: ServiceProcess;
  readonly status: SchedulerStatus & { readonly epoch: number; readonly watermark: number };
}

/** `leases`: the server that keeps the lease of the office. `more` declares the profile's own tests, which come before the ledger is judged. */
export interface LeadershipOptions {
  readonly profile: StackProfileName;
  readonly title: string;
  readonly leases: StackServerName;
  readonly environment?: Environment;
  readonly more?: (stack: () => Stack) => void;
}

/** How three schedulers lead and follow; the same in every profile. */
export function describeLeadership({ profile, title, leases, environment = {}, more }: LeadershipOptions): void {
  describeOnStack(profile, title, () => suite(profile, leases, environment, more));
}

function suite(profile: StackProfileName, leases: StackServerName, environment: Environment, more: LeadershipOptions['more']): void {
  let directory: string;
  let receiver: Receiver;
  let stack: Stack;
  let tenant: TestTenant;
  let api: string;
  const alertIds: string[] = [];
  const stop = new AbortController();
  let publishing: Promise<void>;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-leadership-'));
    receiver = await Receiver.start();
    stack = await Stack.start({ profile, directory, counts: { scheduler: 3 }, environment: { ...environment, LEADER_ELECTION_LEASE_MS: String(LEASE_MS), WORKER_NOTIFICATIONS_ALLOW_NETWORKS: '127.0.0.0/8' } });
    api = stack.instances('api')[0]?.url ?? '';
    tenant = await createTenant(api, directory, 'leadership', receiver.url);
    await publish(1);
    for (let i = 0; i < 3; i += 1) {
      const body = { description: `alert ${i}`, enabled: true, period: `${PERIOD}s`, condition: 'load > 0', handbook_url: null, routing: null };
      const { id } = await expectCall<{ id: string }>(201, api, 'POST', '/organizations/leadership/alerts', { token: tenant.session, body });
      alertIds.push(id);
    }
    publishing = publishUntilStopped();
  });

  after(async () => {
    stop.abort();
    await publishing;
    await stack?.stop();
    await receiver.close();
    await rm(directory, { recursive: true, force: true });
  });

  const publish = (value: number): Promise<unknown> =>
    expectCall(202, api, 'POST', '/organizations/leadership/metrics', { token: tenant.token, body: { metrics: [{ name: 'load', timestamp: Math.floor(Date.now() / 1000), value, tags: {} }] } });

  async function publishUntilStopped(): Promise<void> {
    for (let value = 1; !stop.signal.aborted; value += 1) {
      await publish(value);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  async function leadersAmong(schedulers: readonly ServiceProcess[]): Promise<readonly Leader[]> {
    const told = await Promise.all(schedulers.map(async (scheduler) => ({ scheduler, status: await schedulerStatus(scheduler) })));
    return told.flatMap(({ scheduler, status }) => (status?.leader === true && status.epoch !== null && status.watermark !== null ? [{ scheduler, status: { ...status, epoch: status.epoch, watermark: status.watermark } }] : []));
  }

  const oneLeader = (schedulers: readonly ServiceProcess[], isMeant: (leader: Leader) => boolean = () => true): Promise<Leader> =>
    eventually('one leader', async () => {
      const found = await leadersAmong(schedulers);
      return found.length === 1 && found[0] !== undefined && isMeant(found[0]) ? found[0] : undefined;
    });

  /** As a deposed leader would: straight to the config store, under its old epoch. */
  async function advancesWatermark(epoch: number, to: number): Promise<boolean> {
    const { hostname, port, username, password, pathname } = stack.server('postgres').address;
    const store = postgres.create(
      { host: hostname, port: Number(port), user: username, password, database: pathname.slice(1), 'pool-size': 2, 'connection-timeout-ms': 5_000, 'statement-timeout-ms': 30_000, ssl: 'off' },
      testContext(),
    );
    await store.start();
    try {
      return await store.offices.advanceWatermark('scheduler', epoch, to);
    } finally {
      await store.close();
    }
  }

  it('a leader frozen for longer than its lease is followed within two leases, and its watermark writes are refused', async () => {
    const schedulers = stack.instances('scheduler');
    const { scheduler: frozen, status: before } = await oneLeader(schedulers);
    await frozen.freeze();
    const frozenAt = performance.now();
    const { status: next } = await oneLeader(schedulers.filter((scheduler) => scheduler !== frozen));
    const tookMs = performance.now() - frozenAt;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 3 * LEASE_MS - tookMs)));
    await frozen.thaw();
    expect(next.epoch).to.be.greaterThan(before.epoch);
    expect(tookMs, 'milliseconds until another led').to.be.at.most(2 * LEASE_MS);
    await eventually('the old leader knows', async () => ((await schedulerStatus(frozen))?.leader === false ? true : undefined));
    await eventually('it says why', async () => (/office_lost/.test(await readFile(frozen.log, 'utf8')) ? true : undefined));
    expect(await advancesWatermark(before.epoch, next.watermark + FAR_AHEAD_SECONDS), 'a watermark write under the old epoch').to.equal(false);
    const { status: now } = await oneLeader(schedulers);
    expect(now.watermark).to.be.within(next.watermark, next.watermark + FAR_AHEAD_SECONDS - 1);
    console.log(`      another led after ${(tookMs / 1000).toFixed(1)} s of a lease of ${LEASE_MS / 1000} s; epoch ${before.epoch} → ${next.epoch}`);
  });

  it(`a lease store (${leases}) that was killed and forgot everything leaves one leader, under a greater epoch`, async () => {
    const schedulers = stack.instances('scheduler');
    const { status: before } = await oneLeader(schedulers);
    const store = control(stack.server(leases));
    await store.forget();
    await store.start();
    const { status: next } = await oneLeader(schedulers, ({ status }) => status.epoch > before.epoch && status.watermark > before.watermark);
    expect(await advancesWatermark(before.epoch, next.watermark + FAR_AHEAD_SECONDS), 'a watermark write under the old epoch').to.equal(false);
    console.log(`      epoch ${before.epoch} → ${next.epoch}`);
  });

  more?.(() => stack);

  it('no due tick was left out and none was recorded twice', async () => {
    console.log(`      ${await checkLedger(api, tenant, alertIds, PERIOD)}`);
    for (const id of alertIds) await expectCall(200, api, 'PATCH', `/organizations/leadership/alerts/${id}`, { token: tenant.session, body: { enabled: false } });
    // A history point replaces itself; only the workers' own count tells a tick that was recorded twice.
    const rows = await eventually('as many ticks in the ledger as were recorded', async () => {
      const counts = await Promise.all(alertIds.map(async (id) => {
        const query = new URLSearchParams({ metric: 'alertsHistory', tags: `alert:${id}` });
        return (await expectCall<{ metrics: unknown[] }>(200, api, 'GET', `/organizations/leadership/metrics?${query.toString()}`, { token: tenant.session })).metrics.length;
      }));
      const inLedger = counts.reduce((sum, count) => sum + count, 0);
      return inLedger === (await counterSum(stack.instances('worker'), 'cave_worker_checks_total')) ? inLedger : undefined;
    });
    console.log(`      ${rows} ticks recorded, ${rows} rows`);
  });
}
