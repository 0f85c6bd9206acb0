import assert from 'node:assert/strict';
import { acked, ids, jobs, longLease, MANY, nothingComes, publish, receive, receiveOne, THREE, type At, type WorkQueueCase } from './work-queue-tools.js';

/**
 * Publishes one job at a time through an outage; every accepted one must be delivered
 * afterwards. The outage lasts until a publish that began in it has been answered: the one
 * that was under way when it began may have been carried out or not.
 */
async function nothingLost<T>(at: At, begin: () => Promise<T>, end: (begun: T) => Promise<unknown>): Promise<void> {
  const queue = await at.open(MANY);
  const accepted: string[] = [];
  let stop = false;
  let isOut = false;
  let answeredInOutage = 0;
  const publisher = (async () => {
    for (let i = 0; !stop; i++) {
      const beganInOutage = isOut;
      const [result] = await at.within('a publish during the outage', queue.publish([{ id: `through-${i}`, body: Buffer.from('b') }]));
      if (beganInOutage) answeredInOutage += 1;
      if (result?.status === 'accepted') accepted.push(`through-${i}`);
      // A driver that knows that nobody is there says so at once; asked again at once, it would never learn otherwise.
      else await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await at.eventually('some jobs are accepted before', () => accepted.length >= 20);
  const begun = await begin();
  isOut = true;
  await at.eventually('a publish that began in the outage is answered', () => answeredInOutage > 0);
  await end(begun);
  const before = accepted.length;
  await at.eventually('some jobs are accepted after', () => accepted.length >= before + 20);
  stop = true;
  await publisher;
  const seen = new Set<string>();
  await at.eventually('every accepted job is delivered', async () => {
    const batch = await queue.receive({ maxJobs: 100, waitMs: at.tickMs, leaseMs: longLease(at) });
    for (const { id } of batch) seen.add(id);
    await queue.ack(batch.map(({ lease }) => lease));
    return accepted.every((id) => seen.has(id));
  });
}

/** Processes, brokers and networks that go away. */
export const workQueueOutageCases: readonly WorkQueueCase[] = [
  {
    id: 'WQ-22',
    title: 'a consumer killed with SIGKILL mid-job: the job is delivered again, its attempt counted',
    needs: ['spawnProcess'],
    async run(at: At) {
      const remote = await at.harness.spawnProcess?.(at.place, THREE);
      assert.ok(remote);
      at.cleanup(() => remote.kill());
      await publish(remote.driver, jobs('a', 2));
      const held = await receiveOne(at, remote.driver, 10 * at.tickMs);
      await remote.kill();
      const queue = await at.open(THREE);
      const received = await receive(at, queue, 2, longLease(at));
      assert.deepEqual(ids(received), ['a-0', 'a-1']);
      assert.equal(received.find(({ id }) => id === held.id)?.attempt, 2);
      assert.equal(received.find(({ id }) => id !== held.id)?.attempt, 1);
      assert.deepEqual(await queue.ack([held.lease]), ['lost']);
    },
  },
  {
    id: 'WQ-23',
    title: 'what was told accepted or acknowledged survives SIGKILL at once',
    needs: ['spawnProcess'],
    async run(at: At) {
      const remote = await at.harness.spawnProcess?.(at.place, MANY);
      assert.ok(remote);
      at.cleanup(() => remote.kill());
      await publish(remote.driver, jobs('done', 5));
      await acked(remote.driver, await receive(at, remote.driver, 5, longLease(at)));
      const accepted: string[] = [];
      const settled = Promise.allSettled(
        jobs('a', 20_000).map(async (job) => {
          const [result] = await remote.driver.publish([job]);
          if (result?.status === 'accepted') accepted.push(job.id);
        }),
      );
      await at.eventually('some jobs are accepted', () => accepted.length >= 100);
      await remote.kill();
      await at.within('the publishes', settled);
      const queue = await at.open(MANY);
      const seen = new Set<string>();
      await at.eventually('every accepted job is delivered', async () => {
        for (const { id } of await queue.receive({ maxJobs: 1_000, waitMs: at.tickMs, leaseMs: longLease(at) })) seen.add(id);
        return accepted.every((id) => seen.has(id));
      });
      assert.deepEqual([...seen].filter((id) => id.startsWith('done')), [], 'an acknowledged job came again');
    },
  },
  {
    id: 'WQ-33',
    title: 'a job that kills its consumer every time is dead after maxAttempts',
    needs: ['spawnProcess'],
    async run(at: At) {
      for (let attempt = 1; attempt <= 3; attempt++) {
        const remote = await at.harness.spawnProcess?.(at.place, THREE);
        assert.ok(remote);
        at.cleanup(() => remote.kill());
        if (attempt === 1) await publish(remote.driver, jobs('deadly', 1));
        assert.equal((await receiveOne(at, remote.driver, 5 * at.tickMs)).attempt, attempt);
        await remote.kill();
      }
      const queue = await at.open(THREE);
      const dead = await at.eventually('the job is dead', async () => {
        const list = await queue.deadLetters(10);
        return list.length > 0 ? list : false;
      });
      assert.deepEqual(dead.map(({ id, attempts }) => [id, attempts]), [['deadly-0', 3]]);
      await nothingComes(at, queue);
    },
  },
  {
    id: 'WQ-37',
    title: 'the broker is killed and restarted mid-run: no accepted job is lost',
    needs: ['killBroker', 'restartBroker'],
    run: (at: At) =>
      nothingLost(
        at,
        async () => at.harness.killBroker?.(),
        async () => at.harness.restartBroker?.(),
      ),
  },
  {
    id: 'WQ-38',
    title: 'the network is cut and healed mid-run: no accepted job is lost',
    needs: ['cutNetwork'],
    run: (at: At) =>
      nothingLost(
        at,
        async () => at.harness.cutNetwork?.(),
        async (heal) => heal?.(),
      ),
  },
  {
    id: 'WQ-70',
    title: 'while the broker is away calls hold up nothing else in the process, even without a pause between them; afterwards they work again',
    needs: ['killBroker', 'restartBroker'],
    async run(at: At) {
      const queue = await at.open(MANY);
      await publish(queue, jobs('before', 1));
      await at.harness.killBroker?.();
      const calls = [
        () => queue.publish(jobs('during', 1)),
        () => queue.receive({ maxJobs: 1, waitMs: 0, leaseMs: longLease(at) }),
        () => queue.depth(),
      ];
      // Each may wait for a connection; those after it must not spin either.
      let made = 0;
      for (let round = 1; round <= calls.length + 1; round++) {
        let turned = false;
        setImmediate(() => (turned = true));
        const last = made + 3_000;
        while (!turned && made < last) await calls[made++ % calls.length]?.().catch(() => undefined);
        assert.ok(turned, 'thousands of calls failed one after another without letting anything else run');
      }
      await at.harness.restartBroker?.();
      await at.eventually('jobs are accepted again', async () => (await queue.publish(jobs('after', 1)))[0]?.status !== 'failed');
      const seen = new Set<string>();
      await at.eventually('what was accepted before is delivered', async () => {
        for (const { id } of await queue.receive({ maxJobs: 10, waitMs: at.tickMs, leaseMs: longLease(at) })) seen.add(id);
        return seen.has('before-0') && seen.has('after-0');
      });
    },
  },
];
