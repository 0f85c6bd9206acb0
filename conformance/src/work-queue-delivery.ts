import assert from 'node:assert/strict';
import { failsWith } from './wait.js';
import { acked, ids, jobs, longLease, MANY, nothingComes, publish, receive, receiveOne, THREE, type At, type WorkQueueCase } from './work-queue-tools.js';

/** Publishing, receiving, bodies, duplicates, what restarts keep. */
export const workQueueDeliveryCases: readonly WorkQueueCase[] = [
  {
    id: 'WQ-10',
    title: 'every accepted job is delivered once, first attempt, and an acknowledgement sticks',
    async run(at: At) {
      const queue = await at.open(THREE);
      const list = jobs('a', 50);
      await publish(queue, list);
      const leaseMs = 5 * at.tickMs;
      const received = await receive(at, queue, 50, longLease(at));
      assert.deepEqual(ids(received), ids(list));
      assert.ok(received.every(({ attempt }) => attempt === 1));
      await acked(queue, received);
      await publish(queue, jobs('short', 1));
      const short = await receiveOne(at, queue, leaseMs);
      await acked(queue, [short]);
      await nothingComes(at, queue, 8);
      assert.deepEqual(await queue.depth(), { ready: 0, leased: 0, delayed: 0, dead: 0 });
      await nothingComes(at, await at.reopen(queue, THREE));
    },
  },
  {
    id: 'WQ-24',
    title: 'one slow job starves no other',
    async run(at: At) {
      const queue = await at.open(THREE);
      await publish(queue, jobs('slow', 1));
      const slow = await receiveOne(at, queue);
      await publish(queue, jobs('quick', 20));
      const quick = await receive(at, queue, 20, longLease(at));
      assert.deepEqual(ids(quick), ids(jobs('quick', 20)));
      await acked(queue, quick);
      await acked(queue, [slow]);
    },
  },
  {
    id: 'WQ-25',
    title: 'close loses nothing: what was acknowledged stays away, what was accepted or held comes again',
    async run(at: At) {
      const queue = await at.open(MANY);
      await publish(queue, jobs('a', 10));
      const [done, ...held] = await receive(at, queue, 5, longLease(at));
      assert.ok(done);
      const racing = jobs('racing', 20).map((job) => queue.publish([job]).then((results) => (results[0]?.status === 'accepted' ? [job] : []), () => []));
      const acking = queue.ack([done.lease]);
      await at.within('close', queue.close());
      assert.deepEqual(await at.within('the ack', acking), ['ok']);
      const accepted = (await at.within('the publishes', Promise.all(racing))).flat();
      const again = await at.open(MANY);
      const rest = await receive(at, again, 9 + accepted.length, longLease(at));
      assert.deepEqual(ids(rest), [...ids(jobs('a', 10)).filter((id) => id !== done.id), ...ids(accepted)].sort());
      for (const { id } of held) assert.equal(rest.find((job) => job.id === id)?.attempt, 2, `${id} was held when the queue closed`);
      assert.deepEqual(await again.ack(held.map(({ lease }) => lease)), held.map(() => 'lost'));
    },
  },
  {
    id: 'WQ-26',
    title: 'a second publish of one id within the window is a duplicate and delivers nothing',
    async run(at: At) {
      const queue = await at.open(THREE);
      if (queue.capabilities.deduplicationWindowMs === 0) {
        await publish(queue, jobs('a', 1));
        await publish(queue, jobs('a', 1)); // declared: the queue itself removes none
        return;
      }
      const first = { id: 'same', body: Buffer.from('first') };
      const second = { id: 'same', body: Buffer.from('second') };
      assert.deepEqual((await queue.publish([first, second])).map(({ status }) => status), ['accepted', 'duplicate']);
      const together = await Promise.all([queue.publish([{ id: 'both', body: first.body }]), queue.publish([{ id: 'both', body: second.body }])]);
      assert.deepEqual(together.flat().map(({ status }) => status).sort(), ['accepted', 'duplicate']);
      const received = await receive(at, queue, 2, longLease(at));
      assert.equal(Buffer.from(received.find(({ id }) => id === 'same')?.body ?? []).toString(), 'first', 'the earlier one stands');
      await acked(queue, received);
      assert.deepEqual((await queue.publish([second])).map(({ status }) => status), ['duplicate'], 'also once it is done');
      const again = await at.reopen(queue, THREE);
      assert.deepEqual((await again.publish([second])).map(({ status }) => status), ['duplicate'], 'also after a restart');
      await nothingComes(at, again);
    },
  },
  {
    id: 'WQ-27',
    title: 'ids in any script and bodies of any bytes come back unchanged',
    async run(at: At) {
      const queue = await at.open(THREE);
      const list = [
        { id: 'задание-仕事-🚀', body: Buffer.from(Array.from({ length: 256 }, (_, i) => i)) },
        { id: 'empty', body: Buffer.alloc(0) },
        { id: 'é'.repeat(200), body: Buffer.from('line\r\n\0🚀') },
      ];
      await publish(queue, list);
      const received = await receive(at, queue, 3, longLease(at));
      const shape = (all: readonly { readonly id: string; readonly body: Uint8Array }[]): string[] => all.map(({ id, body }) => `${id}=${Buffer.from(body).toString('hex')}`).sort();
      assert.deepEqual(shape(received), shape(list));
    },
  },
  {
    id: 'WQ-28',
    title: 'the largest body is accepted whole, one byte more is too_large, and its neighbours are accepted',
    async run(at: At) {
      const queue = await at.open(THREE);
      const { maxBodyBytes } = queue.capabilities;
      const largest = Buffer.alloc(maxBodyBytes, 0x5a);
      largest.write('end', maxBodyBytes - 3);
      const [first, second, third] = await queue.publish([
        { id: 'largest', body: largest },
        { id: 'over', body: Buffer.alloc(maxBodyBytes + 1) },
        { id: 'small', body: Buffer.from('s') },
      ]);
      assert.equal(first?.status, 'accepted');
      assert.ok(second?.status === 'failed' && second.error.code === 'too_large', `one byte more: ${second?.status}`);
      assert.equal(third?.status, 'accepted');
      const received = await receive(at, queue, 2, longLease(at));
      const body = Buffer.from(received.find(({ id }) => id === 'largest')?.body ?? []);
      assert.ok(body.equals(largest), `the largest body came back with ${body.length} of ${maxBodyBytes} bytes, or changed`);
    },
  },
  {
    id: 'WQ-29',
    title: 'a receive that waits is woken by a publish, and one that waits in vain resolves empty',
    async run(at: At) {
      const queue = await at.open(THREE);
      assert.deepEqual(await at.within('a receive in vain', queue.receive({ maxJobs: 1, waitMs: at.tickMs, leaseMs: longLease(at) })), []);
      const waiting = queue.receive({ maxJobs: 5, waitMs: 600_000, leaseMs: longLease(at) });
      await publish(queue, jobs('a', 1));
      assert.deepEqual(ids(await at.within('the receive that waited', waiting)), ['a-0']);
    },
  },
  {
    id: 'WQ-30',
    title: 'an aborted receive swallows no job',
    async run(at: At) {
      const queue = await at.open(THREE);
      for (let round = 0; round < 20; round++) {
        const control = new AbortController();
        const receiving = queue.receive({ maxJobs: 1, waitMs: 600_000, leaseMs: longLease(at) }, control.signal).catch(() => []);
        const publishing = queue.publish([{ id: `round-${round}`, body: Buffer.from('b') }]);
        // At another moment of the delivery in each round.
        for (let turn = 0; turn < round; turn++) await new Promise((resolve) => setImmediate(resolve));
        control.abort();
        await publishing;
        const got = await at.within('the aborted receive', receiving);
        await acked(queue, got);
        if (got.length === 0) {
          const job = await receiveOne(at, queue);
          assert.equal(job.id, `round-${round}`);
          assert.equal(job.attempt, 1, 'nobody was handed it before');
          await acked(queue, [job]);
        }
      }
    },
  },
  {
    id: 'WQ-31',
    title: 'publishing nothing resolves to nothing; an id without or with over 200 characters fails alone',
    async run(at: At) {
      const queue = await at.open(THREE);
      assert.deepEqual(await queue.publish([]), []);
      const results = await queue.publish([
        { id: '', body: Buffer.from('a') },
        { id: 'good', body: Buffer.from('b') },
        { id: 'x'.repeat(201), body: Buffer.from('c') },
      ]);
      assert.deepEqual(results.map((result) => (result.status === 'failed' ? result.error.code : result.status)), ['invalid_argument', 'accepted', 'invalid_argument']);
      assert.deepEqual(ids(await receive(at, queue, 1, longLease(at))), ['good']);
    },
  },
  {
    id: 'WQ-32',
    title: 'depth tells ready, leased, delayed and dead jobs',
    async run(at: At) {
      const once = { maxAttempts: 1 };
      const queue = await at.open(once);
      await publish(queue, jobs('a', 5));
      assert.deepEqual(await queue.depth(), { ready: 5, leased: 0, delayed: 0, dead: 0 });
      const [one, two] = await receive(at, queue, 2, longLease(at));
      assert.ok(one && two);
      assert.deepEqual(await queue.depth(), { ready: 3, leased: 2, delayed: 0, dead: 0 });
      await queue.nack([one.lease], { reason: 'r' });
      assert.deepEqual(await queue.depth(), { ready: 3, leased: 1, delayed: 0, dead: 1 });
      await acked(queue, [two]);
      assert.deepEqual(await queue.depth(), { ready: 3, leased: 0, delayed: 0, dead: 1 });
      const again = await at.reopen(queue, once);
      assert.deepEqual(await again.depth(), { ready: 3, leased: 0, delayed: 0, dead: 1 });
      if (!again.capabilities.delaysNack) return;
      // A place of its own: where the limit of attempts is a property of the queue, it is not changed by opening it.
      const other = await at.open(THREE, at.unique(at.place));
      await publish(other, jobs('b', 3));
      const [three] = await receive(at, other, 1, longLease(at));
      assert.ok(three);
      await other.nack([three.lease], { delayMs: longLease(at), reason: 'r' });
      assert.deepEqual(await other.depth(), { ready: 2, leased: 0, delayed: 1, dead: 0 });
    },
  },
  {
    id: 'WQ-34',
    title: 'a receive hands out at most maxJobs, and each job to one receiver',
    async run(at: At) {
      const queue = await at.open(THREE);
      await publish(queue, jobs('a', 30));
      const batches = await Promise.all(Array.from({ length: 10 }, () => queue.receive({ maxJobs: 3, waitMs: at.patienceMs, leaseMs: longLease(at) })));
      assert.ok(batches.every((batch) => batch.length >= 1 && batch.length <= 3));
      const all = batches.flat();
      assert.equal(new Set(all.map(({ id }) => id)).size, all.length, 'a job was handed out twice');
      assert.equal(new Set(all.map(({ lease }) => lease)).size, all.length, 'two leases have one name');
    },
  },
  {
    id: 'WQ-36',
    title: 'a receive and a publish whose signal has fired do nothing',
    async run(at: At) {
      const queue = await at.open(THREE);
      await failsWith('aborted', 'publish', () => queue.publish(jobs('never', 1), AbortSignal.abort()));
      await publish(queue, jobs('a', 1));
      await failsWith('aborted', 'receive', () => queue.receive({ maxJobs: 1, waitMs: 0, leaseMs: longLease(at) }, AbortSignal.abort()));
      const job = await receiveOne(at, queue);
      assert.deepEqual([job.id, job.attempt], ['a-0', 1]);
      await acked(queue, [job]);
      await nothingComes(at, queue);
    },
  },
];
