import assert from 'node:assert/strict';
import { BOUNDS, FOUR, ONE, publish, records, take, takeAll, text, type At, type RawStreamCase } from './raw-stream-tools.js';

/** Publishes one record at a time through an outage, and notes the fate that was told of each. */
async function publishThrough(at: At, outage: () => Promise<void>): Promise<{ appended: string[]; never: string[]; stream: Awaited<ReturnType<At['open']>> }> {
  const stream = await at.open(FOUR);
  const appended: string[] = [];
  const never: string[] = [];
  let stop = false;
  const publisher = (async () => {
    for (let i = 0; !stop; i++) {
      const body = Buffer.from(`through/${i}`);
      const [result] = await at.within('a publish during the outage', stream.publish([{ key: `k${i % 16}`, body }]));
      if (result?.status === 'appended') appended.push(body.toString());
      if (result?.status === 'not_appended') never.push(body.toString());
    }
  })();
  await at.eventually('some records are appended before', () => appended.length >= 20);
  await outage();
  const before = appended.length;
  await at.eventually('some records are appended after', () => appended.length >= before + 20);
  stop = true;
  await publisher;
  return { appended, never, stream };
}

async function nothingLost(at: At, outage: () => Promise<void>): Promise<void> {
  const { appended, never, stream } = await publishThrough(at, outage);
  const read = (await takeAll(at, await stream.consume({ group: 'g', ...BOUNDS }))).map(text);
  const found = new Set(read);
  assert.deepEqual(appended.filter((body) => !found.has(body)), [], 'told appended and lost');
  assert.deepEqual(never.filter((body) => found.has(body)), [], 'told not appended and there');
  assert.equal(found.size, read.length, 'a record is there twice');
}

/** Processes, brokers and networks that go away. */
export const rawStreamOutageCases: readonly RawStreamCase[] = [
  {
    id: 'RS-17',
    title: 'a consumer killed with SIGKILL in the middle of a batch: only what lies beyond the checkpoint comes again',
    needs: ['spawnProcess'],
    async run(at: At) {
      const remote = await at.harness.spawnProcess?.(at.place, ONE);
      assert.ok(remote);
      at.cleanup(() => remote.kill());
      await publish(remote.driver, records('a', 20));
      const consumer = await remote.driver.consume({ group: 'g', ...BOUNDS });
      const batch = await at.within('a batch', consumer.poll(at.patienceMs));
      const eighth = batch?.records[7];
      assert.ok(batch && eighth);
      assert.equal(await consumer.checkpoint(batch.partition, eighth.offset), 'ok');
      await remote.kill();
      const again = await at.open(ONE);
      const rest = await takeAll(at, await again.consume({ group: 'g', ...BOUNDS }));
      assert.deepEqual(rest.map(text), records('a', 20).slice(8).map(text));
    },
  },
  {
    id: 'RS-36',
    title: 'what was told appended survives SIGKILL of the publisher at once',
    needs: ['spawnProcess'],
    async run(at: At) {
      const remote = await at.harness.spawnProcess?.(at.place, FOUR);
      assert.ok(remote);
      at.cleanup(() => remote.kill());
      const told: string[] = [];
      const publishing = records('a', 50_000, 13).map(async (_, i, all) => {
        if (i % 50 !== 0) return;
        const results = await remote.driver.publish(all.slice(i, i + 50));
        results.forEach((result, j) => {
          const appended = all[i + j];
          if (result.status === 'appended' && appended !== undefined) told.push(text(appended));
        });
      });
      const settled = Promise.allSettled(publishing);
      await at.eventually('some records are appended', () => told.length >= 200);
      await remote.kill();
      await at.within('the publishes', settled);
      const again = await at.open(FOUR);
      const read = new Set((await takeAll(at, await again.consume({ group: 'g', ...BOUNDS, maxRecords: 5_000 }))).map(text));
      assert.deepEqual(told.filter((body) => !read.has(body)), []);
    },
  },
  {
    id: 'RS-38',
    title: 'the broker is killed and restarted mid-run: the fate told of every record is true',
    needs: ['killBroker', 'restartBroker'],
    run: (at: At) =>
      nothingLost(at, async () => {
        await at.harness.killBroker?.();
        await at.harness.restartBroker?.();
      }),
  },
  {
    id: 'RS-39',
    title: 'the network is cut and healed mid-run: the fate told of every record is true',
    needs: ['cutNetwork'],
    run: (at: At) =>
      nothingLost(at, async () => {
        const heal = await at.harness.cutNetwork?.();
        await heal?.();
      }),
  },
  {
    id: 'RS-40',
    title: 'a broker that is gone shows in health, and so does its return',
    needs: ['killBroker', 'restartBroker'],
    async run(at: At) {
      const stream = await at.open(ONE);
      await at.harness.killBroker?.();
      await at.eventually('health is bad', async () => !(await stream.health()).healthy);
      await at.harness.restartBroker?.();
      await at.eventually('health is good', async () => (await stream.health()).healthy);
      await publish(stream, records('a', 1));
      await take(at, await stream.consume({ group: 'g', ...BOUNDS }), 1, true);
    },
  },
];
