import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Instance } from './support/instance.js';
import { checkEvents, checkLedger, checkPoints } from './support/judge.js';
import { Receiver } from './support/receiver.js';
import { createTenant, expectCall } from './support/tenant.js';
import { FLIP_METRIC, UniqueLoad, flip } from './support/unique-load.js';

const KILLS = Number(process.env['CAVE_CRASH_KILLS'] ?? 20);
const CLIENTS = 4;
const ALERT_PERIOD = 2;

describe('a process that is killed again and again', function () {
  this.timeout(15 * 60_000);
  let directory: string;
  let receiver: Receiver;
  let instance: Instance | undefined;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-crash-'));
    receiver = await Receiver.start();
  });

  after(async () => {
    await instance?.kill();
    await receiver.close();
    await rm(directory, { recursive: true });
  });

  it(`loses no acknowledged point, doubles none, records every due tick once and tells every event in order, over ${KILLS} kills`, async () => {
    instance = await Instance.start({ directory });
    const port = Number(new URL(instance.url).port);
    const { url } = instance;
    const tenant = await createTenant(url, directory, 'crash', receiver.url);
    const now = Math.floor(Date.now() / 1000);
    await expectCall(202, url, 'POST', '/organizations/crash/metrics', { token: tenant.token, body: { metrics: [{ name: FLIP_METRIC, timestamp: now, value: 0, tags: {} }] } });
    const alertIds: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const alert = await expectCall<{ id: string }>(201, url, 'POST', '/organizations/crash/alerts', {
        token: tenant.session,
        body: { description: `flip ${i}`, enabled: true, period: `${ALERT_PERIOD}s`, condition: `${FLIP_METRIC} > 0`, handbook_url: null, routing: null },
      });
      alertIds.push(alert.id);
    }

    const stop = new AbortController();
    const clients = Array.from({ length: CLIENTS }, (_, i) => new UniqueLoad(i, tenant, now - 80_000));
    const publishing = [...clients.map((client) => client.run(() => url, stop.signal)), flip(() => url, tenant, stop.signal)];
    for (let kill = 0; kill < KILLS; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 4_000));
      await instance.kill();
      instance = await Instance.start({ directory, port });
    }
    stop.abort();
    await Promise.all(publishing);

    console.log(`      ${await checkPoints(url, tenant, clients)}`);
    console.log(`      ${await checkLedger(url, tenant, alertIds, ALERT_PERIOD)}`);
    console.log(`      ${await checkEvents(url, tenant, alertIds, receiver)}`);
    expect(await instance.stop(), instance.printed).to.equal(0);
    instance = undefined;
  });
});
