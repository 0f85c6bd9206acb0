import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLIP_METRIC, Receiver, UniqueLoad, checkEvents, checkLedger, checkPoints, createTenant, eventually, expectCall, flip } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { Stack, mustBeWell, type ServiceProcess, type StackService } from '../src/index.js';
import { describeOnStack } from './support/describe-on-stack.js';

const CLIENTS = 4;
const PAUSE_MS = 100;
const ALERT_PERIOD = 2;
const SERVICES: readonly StackService[] = ['dbwriter', 'worker', 'scheduler', 'api'];
/** How long each new set of instances works before the next change. */
const STEADY_MS = 3_000;

describeOnStack('open', 'instances that come and go under load', () => {
  let directory: string;
  let receiver: Receiver;
  let stack: Stack;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-scale-'));
    receiver = await Receiver.start();
    stack = await Stack.start({ directory, environment: { WORKER_NOTIFICATIONS_ALLOW_NETWORKS: '127.0.0.0/8' } });
  });

  after(async () => {
    await stack?.stop();
    await receiver.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('lose no point, leave out no tick, and stop with 0', async () => {
    const apis = stack.instances('api').map(({ url }) => url);
    const [first = ''] = apis;
    const tenant = await createTenant(first, directory, 'scale', receiver.url);
    const now = Math.floor(Date.now() / 1000);
    await expectCall(202, first, 'POST', '/organizations/scale/metrics', { token: tenant.token, body: { metrics: [{ name: FLIP_METRIC, timestamp: now, value: 0, tags: {} }] } });
    const body = { description: 'flip', enabled: true, period: `${ALERT_PERIOD}s`, condition: `${FLIP_METRIC} > 0`, handbook_url: null, routing: null };
    const { id } = await expectCall<{ id: string }>(201, first, 'POST', '/organizations/scale/alerts', { token: tenant.session, body });

    const stop = new AbortController();
    let turn = 0;
    const nextApi = (): string => apis[turn++ % apis.length] as string;
    const clients = Array.from({ length: CLIENTS }, (_, i) => new UniqueLoad(i, tenant, now - 80_000, PAUSE_MS));
    const load = [...clients.map((client) => client.run(nextApi, stop.signal)), flip(nextApi, tenant, stop.signal)];
    const steady = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, STEADY_MS));
    const isWell = (one: ServiceProcess): Promise<true> => eventually(`${one.name} is well`, () => mustBeWell(one), 60_000);

    // One to three of each, then the first two leave.
    for (const service of SERVICES) {
      for (let i = 0; i < 2; i += 1) {
        const more = stack.add(service);
        await more.start();
        await isWell(more);
        if (service === 'api') apis.push(more.url);
      }
      await steady();
    }
    for (const service of SERVICES) {
      for (const leaving of stack.instances(service).slice(0, 2)) {
        if (service === 'api') apis.splice(apis.indexOf(leaving.url), 1);
        expect(await leaving.stop(), `${leaving.name} was told to stop`).to.equal(0);
        await steady();
      }
    }
    stop.abort();
    await Promise.all(load);
    const [last = ''] = apis;
    console.log(`      ${await checkPoints(last, tenant, clients, 120_000)}`);
    console.log(`      ${await checkLedger(last, tenant, [id], ALERT_PERIOD, 120_000)}`);
    console.log(`      ${await checkEvents(last, tenant, [id], receiver, 120_000)}`);
    expect(clients.flatMap(({ unanswered }) => unanswered), 'batches that a graceful stop left unanswered').to.deep.equal([]);
  });
});
