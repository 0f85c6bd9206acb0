import { expect } from 'chai';
import type { WorkQueue } from '@cave/core';
import workQueue from '../src/work-queue.js';
import { systemClock, testContext } from '@cave/conformance';
import { Places } from './support/places.js';

const HOUR = 3_600_000;

describe('The embedded work queue', () => {
  const places = new Places();
  const open: WorkQueue[] = [];
  let number = 0;
  let place: string;
  /** Added to the wall clock. */
  let step = 0;

  const start = async (windowMs = 60_000): Promise<WorkQueue> => {
    const clock = { nowMs: () => Date.now() + step, monotonicMs: () => systemClock.monotonicMs() };
    const queue = workQueue.create({ directory: places.directory(place), 'max-attempts': 3, 'deduplication-window-ms': windowMs }, testContext(clock));
    open.push(queue);
    await queue.start();
    return queue;
  };
  const statuses = async (queue: WorkQueue, id: string): Promise<string[]> => (await queue.publish([{ id, body: Buffer.from('b') }])).map(({ status }) => status);

  beforeEach(() => {
    place = `queue-${number++}`;
    step = 0;
  });
  afterEach(async () => {
    for (const queue of open.splice(0)) await queue.close();
  });
  after(() => places.removeAll());

  it('neither ends nor prolongs a lease or a delay when the wall clock steps', async () => {
    const queue = await start();
    await queue.publish([{ id: 'held', body: Buffer.from('b') }]);
    const [held] = await queue.receive({ maxJobs: 1, waitMs: 1_000, leaseMs: HOUR / 2 });
    step = HOUR;
    expect(await queue.receive({ maxJobs: 1, waitMs: 20, leaseMs: HOUR })).to.deep.equal([]);
    expect(await queue.ack([held?.lease ?? ''])).to.deep.equal(['ok']);
    await queue.publish([{ id: 'short', body: Buffer.from('b') }]);
    await queue.receive({ maxJobs: 1, waitMs: 1_000, leaseMs: 20 });
    step = -HOUR;
    expect(await queue.receive({ maxJobs: 1, waitMs: 10_000, leaseMs: HOUR })).to.have.length(1);
  });

  it('hides a job no longer than asked when the wall clock was set back between two starts', async () => {
    const queue = await start();
    await queue.publish([{ id: 'a', body: Buffer.from('b') }]);
    const [job] = await queue.receive({ maxJobs: 1, waitMs: 1_000, leaseMs: HOUR });
    await queue.nack([job?.lease ?? ''], { delayMs: 50, reason: 'later' });
    await queue.close();
    step = -HOUR;
    const again = await start();
    expect(await again.receive({ maxJobs: 1, waitMs: 10_000, leaseMs: HOUR })).to.have.length(1);
  });

  it('keeps the newest dead letters within their bound, and counts what is there', async () => {
    const queue = workQueue.create({ directory: places.directory(place), 'max-attempts': 1, 'deduplication-window-ms': 0, 'dead-letter-max-bytes': 1024 * 1024 }, testContext());
    open.push(queue);
    await queue.start();
    const ids = Array.from({ length: 12 }, (_, i) => `job-${i}`);
    await queue.publish(ids.map((id) => ({ id, body: Buffer.alloc(200_000) })));
    for (let dead = 0; dead < ids.length; dead += 3) {
      const leases = await queue.receive({ maxJobs: 3, waitMs: 1_000, leaseMs: HOUR });
      await queue.nack(leases.map(({ lease }) => lease), { reason: 'no' });
    }
    await queue.publish([{ id: 'last', body: Buffer.alloc(200_000) }]);
    const [last] = await queue.receive({ maxJobs: 1, waitMs: 1_000, leaseMs: HOUR });
    await queue.nack([last?.lease ?? ''], { reason: 'no' });
    expect((await queue.deadLetters(100)).map(({ id }) => id)).to.deep.equal(['last', 'job-11', 'job-10', 'job-9', 'job-8']);
    expect(await queue.depth()).to.deep.equal({ ready: 0, leased: 0, delayed: 0, dead: 5 });
  });

  it('forgets an id once the window is over, over restarts too', async () => {
    const queue = await start();
    expect(await statuses(queue, 'a')).to.deep.equal(['accepted']);
    await queue.close();
    step = 30_000;
    const within = await start();
    expect(await statuses(within, 'a')).to.deep.equal(['duplicate']);
    await within.close();
    step = 61_000;
    const beyond = await start();
    expect(await statuses(beyond, 'a')).to.deep.equal(['accepted']);
    expect(await statuses(beyond, 'a')).to.deep.equal(['duplicate']);
  });

  it('removes no duplicates with a window of 0', async () => {
    const queue = await start(0);
    expect([...(await statuses(queue, 'a')), ...(await statuses(queue, 'a'))]).to.deep.equal(['accepted', 'accepted']);
  });
});
