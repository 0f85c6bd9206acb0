import assert from 'node:assert/strict';
import { failsWith } from './wait.js';
import { acked, jobs, longLease, MANY, nothingComes, publish, receiveOne, THREE, type At, type WorkQueueCase } from './work-queue-tools.js';

/** Clocks of the kit and the queue may tell a time-out apart by this much. */
const CLOCK_SLACK_MS = 5;

interface Held {
  readonly id: string;
  readonly from: number;
  /** When it was given back by the kit, or its lease ran out. */
  readonly until: number;
}

/** Leases, attempts, dead letters. */
export const workQueueLeaseCases: readonly WorkQueueCase[] = [
  {
    id: 'WQ-11',
    title: 'nack delivers the job again with attempt + 1 and the same body',
    async run(at: At) {
      const queue = await at.open(MANY);
      await publish(queue, jobs('a', 1));
      for (let attempt = 1; attempt <= 4; attempt++) {
        const job = await receiveOne(at, queue);
        assert.deepEqual([job.id, job.attempt, Buffer.from(job.body).toString()], ['a-0', attempt, 'a/0']);
        assert.deepEqual(await queue.nack([job.lease], { reason: 'not today' }), ['ok']);
      }
    },
  },
  {
    id: 'WQ-12',
    title: 'a delayed nack hides the job for that long, then delivers it',
    async run(at: At) {
      const queue = await at.open(MANY);
      await publish(queue, jobs('a', 1));
      const job = await receiveOne(at, queue);
      const delayMs = 4 * at.tickMs;
      if (!queue.capabilities.delaysNack) {
        await failsWith('unsupported', 'a delayed nack', () => queue.nack([job.lease], { delayMs, reason: 'later' }));
        return;
      }
      const from = performance.now();
      assert.deepEqual(await queue.nack([job.lease], { delayMs, reason: 'later' }), ['ok']);
      const again = await receiveOne(at, queue);
      const hidden = performance.now() - from;
      assert.ok(hidden >= delayMs - CLOCK_SLACK_MS, `hidden for ${Math.round(hidden)} of ${delayMs} ms`);
      assert.equal(again.attempt, 2);
    },
  },
  {
    id: 'WQ-13',
    title: 'an expired lease delivers the job again with attempt + 1, not before its time',
    async run(at: At) {
      const queue = await at.open(MANY);
      await publish(queue, jobs('a', 1));
      const leaseMs = 4 * at.tickMs;
      const from = performance.now();
      await receiveOne(at, queue, leaseMs);
      const again = await receiveOne(at, queue);
      const held = performance.now() - from;
      assert.ok(held >= leaseMs - CLOCK_SLACK_MS, `held for ${Math.round(held)} of ${leaseMs} ms`);
      assert.equal(again.attempt, 2);
      assert.equal(Buffer.from(again.body).toString(), 'a/0');
    },
  },
  {
    id: 'WQ-14',
    title: 'ack, nack and extend of a lease that was lost say so, and disturb the new holder not at all',
    async run(at: At) {
      const queue = await at.open(MANY);
      await publish(queue, jobs('a', 1));
      const stale = await receiveOne(at, queue, 2 * at.tickMs);
      const holder = await receiveOne(at, queue);
      assert.deepEqual(await queue.ack([stale.lease]), ['lost']);
      assert.deepEqual(await queue.nack([stale.lease], { reason: 'stale' }), ['lost']);
      if (queue.capabilities.extendsLeases) assert.deepEqual(await queue.extend([stale.lease], longLease(at)), ['lost']);
      await nothingComes(at, queue);
      await acked(queue, [holder]);
      assert.deepEqual(await queue.ack([holder.lease]), ['lost'], 'a lease ends with its ack');
    },
  },
  {
    id: 'WQ-15',
    title: 'extend holds the job beyond its first lease',
    async run(at: At) {
      const queue = await at.open(MANY);
      await publish(queue, jobs('a', 1));
      const leaseMs = 4 * at.tickMs;
      const job = await receiveOne(at, queue, leaseMs);
      if (!queue.capabilities.extendsLeases) {
        await failsWith('unsupported', 'extend', () => queue.extend([job.lease], leaseMs));
        return;
      }
      assert.deepEqual(await queue.extend([job.lease], longLease(at)), ['ok']);
      await nothingComes(at, queue, 8);
      await acked(queue, [job]);
    },
  },
  {
    id: 'WQ-16',
    title: 'a lease that is extended no more expires, and extending it then says lost',
    async run(at: At) {
      const queue = await at.open(MANY);
      if (!queue.capabilities.extendsLeases) return failsWith('unsupported', 'extend', () => queue.extend(['any'], 1)).then(() => undefined);
      await publish(queue, jobs('a', 1));
      const job = await receiveOne(at, queue, longLease(at));
      assert.deepEqual(await queue.extend([job.lease], 2 * at.tickMs), ['ok'], 'extend counts from now, so it can shorten too');
      const again = await receiveOne(at, queue);
      assert.equal(again.attempt, 2);
      assert.deepEqual(await queue.extend([job.lease], longLease(at)), ['lost']);
      return undefined;
    },
  },
  {
    id: 'WQ-17',
    title: 'never two live leases on one job: the history of 6 consumers and 60 jobs, with nacks and expiries',
    async run(at: At) {
      const queue = await at.open(MANY);
      const total = 60;
      await publish(queue, jobs('a', total));
      const history: Held[] = [];
      const done = new Map<string, number>();
      const leaseMs = 3 * at.tickMs;
      const consumer = async (number: number): Promise<void> => {
        let handled = number;
        while (done.size < total) {
          // A lease began somewhere between asking and getting; it is certain to live only from asking on.
          const asked = performance.now();
          const batch = await queue.receive({ maxJobs: 1 + (number % 3), waitMs: at.tickMs, leaseMs });
          const from = performance.now();
          for (const job of batch) {
            const fate = job.attempt > 2 ? 'ack' : (['ack', 'nack', 'expire'] as const)[handled++ % 3];
            if (fate === 'expire') {
              history.push({ id: job.id, from, until: Math.max(from, asked + leaseMs - CLOCK_SLACK_MS) });
              continue;
            }
            const until = performance.now();
            const [told] = fate === 'ack' ? await queue.ack([job.lease]) : await queue.nack([job.lease], { reason: 'again' });
            history.push({ id: job.id, from, until });
            if (fate === 'ack' && told === 'ok') done.set(job.id, (done.get(job.id) ?? 0) + 1);
          }
        }
      };
      await at.within('all jobs are done', Promise.all([0, 1, 2, 3, 4, 5].map(consumer)));
      for (const id of done.keys()) {
        const held = history.filter((lease) => lease.id === id).sort((a, b) => a.from - b.from);
        held.forEach((lease, i) => {
          const next = held[i + 1];
          assert.ok(next === undefined || next.from >= lease.until, `${id} was handed out at ${next?.from} while leased from ${lease.from} until ${lease.until}`);
        });
      }
      assert.ok([...done.values()].every((count) => count === 1), 'a job was acknowledged twice');
    },
  },
  {
    id: 'WQ-18',
    title: 'after maxAttempts nacks the job is dead: with reason, attempts, body and id, durably',
    async run(at: At) {
      const queue = await at.open(THREE);
      const body = Buffer.from([0, 1, 254, 255]);
      await publish(queue, [{ id: 'poison', body }]);
      for (let attempt = 1; attempt <= 3; attempt++) {
        const job = await receiveOne(at, queue);
        assert.deepEqual(await queue.nack([job.lease], { reason: `failed ünhappily, attempt ${attempt}` }), ['ok']);
      }
      await nothingComes(at, queue);
      const again = await at.reopen(queue, THREE);
      const dead = await again.deadLetters(10);
      assert.deepEqual(
        dead.map((job) => ({ ...job, body: Buffer.from(job.body).toString('hex') })),
        [{ id: 'poison', attempts: 3, reason: 'failed ünhappily, attempt 3', body: '0001feff' }],
      );
      await nothingComes(at, again);
    },
  },
  {
    id: 'WQ-19',
    title: 'after maxAttempts expiries the job is dead, with a reason and its body',
    async run(at: At) {
      const queue = await at.open({ maxAttempts: 2 });
      await publish(queue, jobs('a', 1));
      await receiveOne(at, queue, 2 * at.tickMs);
      await receiveOne(at, queue, 2 * at.tickMs);
      const [dead] = await at.eventually('the job is dead', async () => {
        const list = await queue.deadLetters(10);
        return list.length > 0 ? list : false;
      });
      assert.ok(dead);
      assert.deepEqual([dead.id, dead.attempts, Buffer.from(dead.body).toString()], ['a-0', 2, 'a/0']);
      assert.notEqual(dead.reason, '');
      await nothingComes(at, queue);
    },
  },
  {
    id: 'WQ-20',
    title: 'an envelope that cannot be parsed is dead-lettered at once, and the others go on',
    needs: ['injectGarbage'],
    async run(at: At) {
      const queue = await at.open(THREE);
      await publish(queue, jobs('before', 1));
      await queue.close();
      await at.harness.injectGarbage?.(at.place);
      const again = await at.open(THREE);
      await publish(again, jobs('after', 1));
      const good = [await receiveOne(at, again), await receiveOne(at, again)];
      assert.deepEqual(good.map(({ id }) => id).sort(), ['after-0', 'before-0']);
      await acked(again, good);
      const dead = await at.eventually('the garbage is dead-lettered', async () => {
        const list = await again.deadLetters(10);
        return list.length > 0 ? list : false;
      });
      assert.equal(dead.length, 1);
      assert.notEqual(dead[0]?.reason, '');
      await nothingComes(at, again);
    },
  },
  {
    id: 'WQ-21',
    title: 'attempts survive a restart',
    async run(at: At) {
      const queue = await at.open(THREE);
      await publish(queue, jobs('a', 1));
      await queue.nack([(await receiveOne(at, queue)).lease], { reason: 'once' });
      const again = await at.reopen(queue, THREE);
      const second = await receiveOne(at, again);
      assert.equal(second.attempt, 2);
      await again.nack([second.lease], { reason: 'twice' });
      const last = await at.reopen(again, THREE);
      const third = await receiveOne(at, last);
      assert.equal(third.attempt, 3);
      await last.nack([third.lease], { reason: 'thrice' });
      assert.deepEqual((await last.deadLetters(10)).map(({ reason }) => reason), ['thrice']);
    },
  },
  {
    id: 'WQ-35',
    title: 'a delay survives a restart: the job stays hidden, then comes',
    async run(at: At) {
      const queue = await at.open(MANY);
      await publish(queue, jobs('a', 2));
      const [soon, late] = [await receiveOne(at, queue), await receiveOne(at, queue)];
      if (!queue.capabilities.delaysNack) {
        await failsWith('unsupported', 'a delayed nack', () => queue.nack([soon.lease], { delayMs: at.tickMs, reason: 'later' }));
        return;
      }
      await queue.nack([soon.lease], { delayMs: 2 * at.tickMs, reason: 'later' });
      await queue.nack([late.lease], { delayMs: longLease(at), reason: 'much later' });
      const again = await at.reopen(queue, MANY);
      assert.equal((await receiveOne(at, again)).id, soon.id);
      await nothingComes(at, again);
      assert.equal((await again.depth()).delayed, 1);
    },
  },
];
