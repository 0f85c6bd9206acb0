import { eventually, failsWith, testContext, within } from '@cave/conformance';
import type { WorkQueue } from '@cave/core';
import { describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import workQueue, { type RedisWorkQueueOptions } from '../src/work-queue.js';
import { connectionOptions, control, cuttableUrl, itOnOurs, PREFIX, tidiesForeign, withClient } from './support/server.js';

const LONG_MS = 600_000;

describeOnServer('redis', 'Redis work queue: what only Redis does', (server) => {
  tidiesForeign(server);
  const opened: WorkQueue[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close()));
  });
  const optionsFor = (queue: string, changes: Partial<RedisWorkQueueOptions> = {}): RedisWorkQueueOptions => ({
    ...connectionOptions(server().url),
    queue,
    'max-attempts': 3,
    'max-dead-letters': 1_000,
    'deduplication-window-ms': 0,
    durability: 'checked',
    ...changes,
  });
  const create = (options: RedisWorkQueueOptions): WorkQueue => {
    const queue = workQueue.create(options, testContext());
    opened.push(queue);
    return queue;
  };
  const open = async (options: RedisWorkQueueOptions): Promise<WorkQueue> => {
    const queue = create(options);
    await queue.start();
    return queue;
  };
  const job = (id: string): { id: string; body: Buffer } => ({ id, body: Buffer.from(id) });
  const receive = (queue: WorkQueue, maxJobs = 1): ReturnType<WorkQueue['receive']> => queue.receive({ maxJobs, waitMs: 5_000, leaseMs: LONG_MS });

  it('keeps the newest dead letters, as many as it is told', async () => {
    const queue = await open(optionsFor('bounded', { 'max-attempts': 1, 'max-dead-letters': 3 }));
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await queue.publish([job(id)]);
      const [leased] = await receive(queue);
      await queue.nack([leased?.lease ?? ''], { reason: 'by a test' });
    }
    expect((await queue.deadLetters(10)).map(({ id }) => id)).to.deep.equal(['e', 'd', 'c']);
    expect((await queue.depth()).dead).to.equal(3);
  });

  itOnOurs('goes on after the server forgot its scripts', async () => {
    const queue = await open(optionsFor('noscript'));
    expect(await queue.publish([job('a')])).to.deep.equal([{ status: 'accepted' }]);
    await withClient(server(), (client) => client.script('FLUSH'));
    expect(await queue.publish([job('b')])).to.deep.equal([{ status: 'accepted' }]);
    await withClient(server(), (client) => client.script('FLUSH'));
    const received = await receive(queue, 2);
    await withClient(server(), (client) => client.script('FLUSH'));
    expect(await queue.ack(received.map(({ lease }) => lease))).to.deep.equal(['ok', 'ok']);
  });

  for (const [setting, value, usual] of [
    ['appendonly', 'no', 'yes'],
    ['appendfsync', 'everysec', 'always'],
    ['maxmemory-policy', 'allkeys-lru', 'noeviction'],
  ] as const) {
    itOnOurs(`refuses a server with ${setting} ${value}, unless the operator says that this is accepted`, async () => {
      const running = await open(optionsFor('durability'));
      await withClient(server(), async (client) => {
        if (setting === 'maxmemory-policy') await client.config('SET', 'maxmemory', '1gb');
        await client.config('SET', setting, value);
      });
      try {
        const error = await failsWith('configuration', 'start', () => create(optionsFor('durability')).start());
        expect(error.message).to.include(`"${setting}"`).and.include(value).and.include('"durability"');
        const health = await running.health();
        expect(health.healthy).to.equal(false, 'a setting that was changed while the queue runs is seen by health');
        expect(health.detail).to.include(`"${setting}"`);
        for (const durability of ['vouched', 'relaxed'] as const) {
          const queue = await open(optionsFor('durability', { durability }));
          expect(await queue.health()).to.deep.equal({ healthy: true });
        }
      } finally {
        await withClient(server(), async (client) => {
          await client.config('SET', setting, usual);
          await client.config('SET', 'maxmemory', '0');
        });
      }
    });
  }

  itOnOurs('says what to do where CONFIG is forbidden', async () => {
    await withClient(server(), (client) => client.call('ACL', 'SETUSER', 'noconfig', 'on', '>secret', '~*', '+@all', '-config'));
    const error = await failsWith('configuration', 'start', () => create(optionsFor('vouched', { user: 'noconfig', password: 'secret' })).start());
    expect(error.message).to.include('CONFIG').and.include('vouched');
    const queue = await open(optionsFor('vouched', { user: 'noconfig', password: 'secret', durability: 'vouched' }));
    expect(await queue.health()).to.deep.equal({ healthy: true });
  });

  itOnOurs('a full server takes no jobs and says so; nothing was done', async () => {
    const queue = await open(optionsFor('full'));
    await withClient(server(), (client) => client.config('SET', 'maxmemory', '1'));
    try {
      const [result] = await queue.publish([job('a')]);
      expect(result?.status === 'failed' ? result.error.code : result?.status).to.equal('resource_exhausted');
    } finally {
      await withClient(server(), (client) => client.config('SET', 'maxmemory', '0'));
    }
    expect(await queue.depth()).to.deep.equal({ ready: 0, leased: 0, delayed: 0, dead: 0 });
    expect(await queue.publish([job('a')])).to.deep.equal([{ status: 'accepted' }]);
  });

  it('fresh jobs and those that come again are delivered in the order in which they could be had', async () => {
    const queue = await open(optionsFor('order', { 'max-attempts': 100 }));
    await queue.publish([job('again')]);
    const [first] = await receive(queue);
    await queue.publish([job('fresh-1'), job('fresh-2')]);
    await queue.nack([first?.lease ?? ''], { reason: 'later' });
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push((await receive(queue))[0]?.id);
    expect(ids).to.deep.equal(['fresh-1', 'fresh-2', 'again']);
  });

  it('ids are remembered for the window and no longer', async () => {
    const queue = await open(optionsFor('window', { 'deduplication-window-ms': 300 }));
    expect(await queue.publish([job('a')])).to.deep.equal([{ status: 'accepted' }]);
    expect(await queue.publish([job('a')])).to.deep.equal([{ status: 'duplicate' }]);
    // Waiting is the point: the window is the server's time.
    await new Promise((resolve) => setTimeout(resolve, 320));
    expect(await queue.publish([job('a')])).to.deep.equal([{ status: 'accepted' }]);
  });

  it('a list longer than one script takes is published whole, each job with its own result', async () => {
    const queue = await open(optionsFor('long'));
    const jobs = Array.from({ length: 1_201 }, (_, i) => job(`j-${String(i)}`));
    const results = await queue.publish(jobs);
    expect(results.length).to.equal(jobs.length);
    expect(new Set(results.map(({ status }) => status))).to.deep.equal(new Set(['accepted']));
    expect((await queue.depth()).ready).to.equal(jobs.length);
  });

  it('a lease that is named twice in one call is settled once', async () => {
    const queue = await open(optionsFor('twice'));
    await queue.publish([job('a'), job('b')]);
    const [a, b] = await receive(queue, 2);
    const leases = [a?.lease ?? '', b?.lease ?? '', a?.lease ?? '', 'no lease', '/'];
    expect(await queue.extend(leases, LONG_MS)).to.deep.equal(['ok', 'ok', 'lost', 'lost', 'lost']);
    expect(await queue.ack(leases)).to.deep.equal(['ok', 'ok', 'lost', 'lost', 'lost']);
  });

  it('leaves nothing in the server once every job is settled', async () => {
    const queue = await open(optionsFor('tidy'));
    await queue.publish([job('a'), job('b')]);
    const [a, b] = await receive(queue, 2);
    await queue.nack([a?.lease ?? ''], { reason: 'again' });
    await queue.ack([b?.lease ?? '', (await receive(queue))[0]?.lease ?? '']);
    const left = await withClient(server(), async (client) => ({
      jobs: await client.xlen(`${PREFIX}{tidy}:jobs`),
      others: await client.exists(...['waiting', 'leases', 'deliveries', 'recent', 'dead'].map((name) => `${PREFIX}{tidy}:${name}`)),
    }));
    expect(left).to.deep.equal({ jobs: 0, others: 0 });
  });

  itOnOurs('a server that was killed and forgot everything begins an empty queue; what was held is lost', async () => {
    const queue = await open(optionsFor('forgotten'));
    await queue.publish([job('a'), job('b')]);
    const [held] = await receive(queue);
    const waiting = receive(queue).catch(() => []);
    await waiting;
    await control(server()).forget();
    await control(server()).start();
    expect(await queue.ack([held?.lease ?? ''])).to.deep.equal(['lost']);
    expect(await queue.depth()).to.deep.equal({ ready: 0, leased: 0, delayed: 0, dead: 0 });
    expect(await queue.publish([job('new')])).to.deep.equal([{ status: 'accepted' }]);
    const [fresh] = await receive(queue);
    expect([fresh?.id, fresh?.attempt]).to.deep.equal(['new', 1]);
  });

  itOnOurs('a frozen server: calls end within the time-out, the outcome is unknown, health says so, and it serves again afterwards', async () => {
    const queue = await open(optionsFor('frozen', { 'command-timeout-ms': 500, 'connection-timeout-ms': 500 }));
    await queue.publish([job('before')]);
    await control(server()).freeze();
    try {
      const [result] = await within('a publish', 3_000, queue.publish([job('unknown')]));
      expect(result?.status === 'failed' ? result.error.code : result?.status).to.equal('unknown_outcome');
      const [next] = await within('the next publish', 3_000, queue.publish([job('refused')]));
      expect(next?.status === 'failed' ? next.error.code : next?.status).to.equal('unavailable', 'while the connection is being replaced nothing is sent');
      expect((await within('health', 2_000, queue.health())).healthy).to.equal(false);
    } finally {
      await control(server()).thaw();
    }
    const received = new Set<string>();
    await eventually('it serves again', 15_000, async () => {
      await queue.publish([job('after')]);
      for (const { id, lease } of await receive(queue, 10)) {
        received.add(id);
        await queue.ack([lease]);
      }
      return received.has('after');
    });
    expect(received.has('before')).to.equal(true);
    expect(received.has('refused')).to.equal(false);
  });

  itOnOurs('a receive that waits while the network is cut and healed gets what is published afterwards', async () => {
    const queue = await open({ ...optionsFor('wait'), ...connectionOptions(cuttableUrl(server())) });
    const publisher = await open(optionsFor('wait'));
    const waiting = (async () => {
      for (;;) {
        const jobs = await receive(queue).catch(() => []); // the cut ends a receive that is being answered
        if (jobs.length > 0) return jobs;
      }
    })();
    const heal = await server().cuttable?.cut();
    await heal?.();
    await publisher.publish([job('a')]);
    expect((await within('the receive', 15_000, waiting)).map(({ id }) => id)).to.deep.equal(['a']);
  });
});
