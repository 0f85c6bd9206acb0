import { randomBytes } from 'node:crypto';
import { eventually as repeat, failsWith, testContext } from '@cave/conformance';
import type { ConfigBus, LeasedJob, WorkQueue } from '@cave/core';
import { describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import configBus from '../src/config-bus.js';
import { Link } from '../src/link.js';
import type { RabbitConnectionOptions, RabbitWorkQueueOptions } from '../src/options.js';
import workQueue from '../src/work-queue.js';
import { tlsFront } from './support/tls.js';
import { configBusOn, connectionTo, controlOf, isOurs, rabbitmqctl, removeWorkQueue, throughProxy, withServer, workQueueOn } from './support/server.js';

const PATIENCE_MS = 30_000;
const LEASE_MS = 600_000;
const eventually = <T>(what: string, probe: () => T | Promise<T>): Promise<Exclude<T, false>> => repeat(what, PATIENCE_MS, probe);

const jobs = (count: number, from = 0): { id: string; body: Buffer }[] => Array.from({ length: count }, (_, i) => ({ id: `job-${from + i}`, body: Buffer.from(String(from + i)) }));

describeOnServer('rabbitmq', 'what only RabbitMQ does', (server) => {
  const open: (WorkQueue | ConfigBus)[] = [];
  const queues = new Set<string>();

  const fresh = (): string => {
    const name = `vendor-${randomBytes(5).toString('hex')}`;
    queues.add(name);
    return name;
  };
  const made = (changes: Partial<RabbitWorkQueueOptions> = {}): WorkQueue => {
    const queue = workQueue.create({ ...workQueueOn(throughProxy(server()), changes.queue ?? fresh()), ...changes }, testContext());
    open.push(queue);
    return queue;
  };
  const started = async (changes: Partial<RabbitWorkQueueOptions> = {}): Promise<WorkQueue> => {
    const queue = made(changes);
    await queue.start();
    return queue;
  };
  const accept = async (queue: WorkQueue, list: readonly { id: string; body: Buffer }[]): Promise<void> => {
    const results = await queue.publish(list);
    expect([...new Set(results.map((result) => (result.status === 'failed' ? result.error.message : result.status)))].join()).to.equal('accepted');
  };
  const one = (queue: WorkQueue, leaseMs = LEASE_MS): Promise<LeasedJob> =>
    eventually('a job is received', async () => (await queue.receive({ maxJobs: 1, waitMs: 200, leaseMs }))[0] ?? false);
  const onlyOurs = (title: string, body: () => Promise<void>): void => {
    if (isOurs) it(title, body);
    else it(`${title} [not proven: the server that the environment names is not ours]`);
  };

  afterEach(async () => {
    for (const driver of open.splice(0)) await driver.close(AbortSignal.abort());
    for (const queue of queues) await removeWorkQueue(server(), queue);
    queues.clear();
  });

  describe('settings that are wrong', () => {
    const refused = (connection: Partial<RabbitConnectionOptions>): Promise<Error> => failsWith('configuration', 'start', () => made(connection).start());

    it('names the user that is refused, and no password', async () => {
      const { message } = await refused({ password: 'wrong-secret' });
      expect(message).to.include('"cave"').and.include('"password"').and.not.include('wrong-secret');
    });

    it('names the virtual host that is not there', async () => {
      expect((await refused({ vhost: 'no where' })).message).to.include('"no where"').and.include('"vhost"');
      const bus = configBus.create(configBusOn({ ...connectionTo(server().url), vhost: 'nowhere' }, 'any'), testContext());
      open.push(bus);
      await failsWith('configuration', 'start of the bus', () => bus.start());
    });

    it('says what differs in a queue that exists, and leaves it as it is', async () => {
      const queue = fresh();
      const first = await started({ queue });
      await accept(first, jobs(1));
      const { message } = await failsWith('configuration', 'start', () => made({ queue, 'max-attempts': 7 }).start());
      expect(message).to.include(queue).and.include('x-delivery-limit').and.include('remove');
      expect((await one(first)).id).to.equal('job-0');
    });

    it('says that an exchange of another kind is there', async () => {
      const exchange = fresh();
      queues.delete(exchange);
      await withServer(server(), async (model) => void (await (await model.createChannel()).assertExchange(exchange, 'direct', { durable: true })));
      const bus = configBus.create(configBusOn(throughProxy(server()), exchange), testContext());
      open.push(bus);
      expect((await failsWith('configuration', 'start', () => bus.start())).message).to.include(exchange);
      await withServer(server(), async (model) => void (await (await model.createChannel()).deleteExchange(exchange)));
    });
  });

  onlyOurs('start names the place that it cannot reach, and may be called again', async () => {
    const queue = made();
    await controlOf(server()).kill();
    const { message } = await failsWith('unavailable', 'start', () => queue.start());
    expect(message).to.include(String(throughProxy(server()).port));
    await controlOf(server()).start();
    await queue.start();
    expect(await queue.health()).to.deep.equal({ healthy: true });
  });

  it('with TLS the certificate is verified, by an authority that is named, or not at all', async () => {
    const { host, port, ...rest } = connectionTo(server().url);
    const front = await tlsFront({ host, port });
    try {
      const queue = fresh();
      const at = { ...rest, queue, host: 'localhost', port: front.port };
      await failsWith('unavailable', 'start', () => made({ ...at, tls: 'on' }).start());
      await failsWith('unavailable', 'start without TLS', () => made({ ...at, 'connection-timeout-ms': 500 }).start());
      for (const tls of [{ tls: 'on', 'tls-ca': front.ca }, { tls: 'unverified' }] as const) {
        const encrypted = await started({ ...at, ...tls });
        await accept(encrypted, jobs(1));
        await encrypted.ack([(await one(encrypted)).lease]);
        await encrypted.close();
      }
    } finally {
      await front.close();
    }
  });

  onlyOurs('an opening that the server ends is told in its words', async () => {
    const link = new Link(connectionTo(server().url), {
      name: 'opening',
      open: async (line) => {
        const channel = await line.channel();
        await rabbitmqctl(server(), 'close_all_connections', 'closed by a test');
        return channel.checkQueue('any');
      },
    }, testContext().logger);
    expect((await failsWith('unavailable', 'start', () => link.start())).message).to.include('closed by a test');
  });

  describe('leases', () => {
    onlyOurs('are lost with their connection, and the job comes again with its attempt counted', async () => {
      const queue = await started();
      await accept(queue, jobs(1));
      const held = await one(queue);
      const heal = await server().cuttable?.cut();
      expect(await eventually('the connection is lost', async () => ((await queue.ack([held.lease]))[0] === 'lost' ? 'lost' : false))).to.equal('lost');
      await heal?.();
      const again = await one(queue);
      expect([again.id, again.attempt]).to.deep.equal(['job-0', 2]);
      expect(await queue.extend([held.lease], LEASE_MS)).to.deep.equal(['lost']);
    });

    onlyOurs('that a killed server took with it are counted as attempts, like those before', async () => {
      const queue = await started({ 'max-attempts': 10 });
      await accept(queue, jobs(1));
      expect(await queue.nack([(await one(queue)).lease], { reason: 'again' })).to.deep.equal(['ok']);
      expect(await queue.nack([(await one(queue)).lease], { reason: 'later', delayMs: 100 })).to.deep.equal(['ok']);
      const held = await one(queue);
      expect(held.attempt).to.equal(3);
      await controlOf(server()).kill();
      await controlOf(server()).start();
      const again = await one(queue);
      expect([again.id, again.attempt]).to.deep.equal(['job-0', 4]);
      expect(await queue.ack([held.lease])).to.deep.equal(['lost']);
      expect(await queue.ack([again.lease])).to.deep.equal(['ok']);
    });

    onlyOurs('that outlast a consumer time-out nobody told of are lost, and the job comes again', async () => {
      const set = (timeoutMs: number, tickMs: number): Promise<string> =>
        rabbitmqctl(server(), 'eval', `application:set_env(rabbit, consumer_timeout, ${timeoutMs}), application:set_env(rabbit, channel_tick_interval, ${tickMs}).`);
      await set(1_000, 200);
      try {
        const queue = await started();
        await accept(queue, jobs(1));
        const held = await one(queue);
        await eventually('the lease is lost', async () => (await queue.extend([held.lease], LEASE_MS))[0] === 'lost');
        expect((await one(queue)).attempt).to.equal(2);
      } finally {
        await set(1_800_000, 60_000);
      }
    });

    it("end before the server's consumer time-out would end the channel", async () => {
      const queue = await started({ 'consumer-timeout-ms': 60_000 });
      await accept(queue, jobs(1));
      await failsWith('invalid_argument', 'a lease beyond it', () => queue.receive({ maxJobs: 1, waitMs: 0, leaseMs: 60_000 }));
      const held = await one(queue, 50_000);
      expect(await queue.extend([held.lease], 51_000)).to.deep.equal(['ok']);
      expect(await queue.extend([held.lease], 60_000)).to.deep.equal(['lost'], 'it cannot be held that long');
      expect((await one(queue, 50_000)).attempt).to.equal(2);
    });

    it('a job that was fetched for a receiver that left goes to another worker, at its first attempt', async () => {
      const queue = fresh();
      const [left, other] = [await started({ queue }), await started({ queue })];
      expect(await left.receive({ maxJobs: 1, waitMs: 10, leaseMs: LEASE_MS })).to.deep.equal([]);
      await accept(left, jobs(1)); // goes to the one whose consumer is there
      const job = await one(other);
      expect([job.id, job.attempt]).to.deep.equal(['job-0', 1]);
      expect(await other.ack([job.lease])).to.deep.equal(['ok']);
      expect(await eventually('the queue is empty', async () => ((await other.depth()).ready === 0 ? 'empty' : false))).to.equal('empty');
    });

    it('a job that was fetched and not handed out when the queue closes keeps its first attempt', async () => {
      const queue = fresh();
      const left = await started({ queue });
      expect(await left.receive({ maxJobs: 1, waitMs: 10, leaseMs: LEASE_MS })).to.deep.equal([]);
      await accept(left, jobs(1));
      await left.close();
      expect((await one(await started({ queue }))).attempt).to.equal(1);
    });
  });

  it('a long delay is the sum of several: not too short, and hardly too long', async () => {
    const queue = await started();
    await accept(queue, jobs(1));
    const from = performance.now();
    expect(await queue.nack([(await one(queue)).lease], { delayMs: 1_250, reason: 'later' })).to.deep.equal(['ok']);
    const again = await one(queue);
    const hidden = performance.now() - from;
    expect(again.attempt).to.equal(2);
    expect(hidden).to.be.within(1_250, 4_000);
  });

  it('dead letters can be looked at again and again, by several at once', async () => {
    const queue = await started({ 'max-attempts': 1 });
    await accept(queue, jobs(5));
    for (let i = 0; i < 5; i++) await queue.nack([(await one(queue)).lease], { reason: `reason ${i}` });
    for (let round = 0; round < 30; round++) {
      const [all, some] = await Promise.all([queue.deadLetters(10), queue.deadLetters(2)]);
      expect(all.length).to.equal(5);
      expect(some.length).to.equal(2);
    }
    expect((await queue.depth()).dead).to.equal(5);
  });

  it('thousands of jobs are confirmed together, and received in batches', async () => {
    const queue = await started();
    const count = 20_000;
    let began = performance.now();
    await Promise.all(Array.from({ length: count / 1_000 }, (_, i) => accept(queue, jobs(1_000, i * 1_000))));
    const published = performance.now() - began;
    began = performance.now();
    const seen = new Set<string>();
    const worker = async (): Promise<void> => {
      while (seen.size < count) {
        const batch = await queue.receive({ maxJobs: 500, waitMs: 200, leaseMs: LEASE_MS });
        for (const { id } of batch) seen.add(id);
        await queue.ack(batch.map(({ lease }) => lease));
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    const received = performance.now() - began;
    console.log(`      ${Math.round((count / published) * 1_000)} published and ${Math.round((count / received) * 1_000)} received a second`);
    expect(await queue.depth()).to.deep.equal({ ready: 0, leased: 0, delayed: 0, dead: 0 });
  });

  it('a queue that is removed takes no job in silence, and is made again', async () => {
    const name = fresh();
    const queue = await started({ queue: name });
    await withServer(server(), async (model) => void (await (await model.createChannel()).deleteQueue(name)));
    const [result] = await queue.publish(jobs(1));
    expect(result?.status).to.equal('failed');
    await eventually('it takes jobs again', async () => (await queue.publish(jobs(1)))[0]?.status === 'accepted');
    expect((await one(queue)).id).to.equal('job-0');
  });

  onlyOurs('a resource alarm is told as such, does not hold up leases, and passes', async () => {
    const queue = await started();
    await accept(queue, jobs(1));
    const held = await one(queue);
    await rabbitmqctl(server(), 'set_vm_memory_high_watermark', '0.000001');
    try {
      await eventually('health tells the alarm', async () => {
        const { healthy, detail } = await queue.health();
        return !healthy && detail?.includes('alarm') === true;
      });
      const [refused] = await queue.publish(jobs(1, 1));
      expect(refused?.status === 'failed' && refused.error.code).to.equal('resource_exhausted');
      expect(await queue.ack([held.lease])).to.deep.equal(['ok']);
    } finally {
      await rabbitmqctl(server(), 'set_vm_memory_high_watermark', '0.4');
    }
    await eventually('it takes jobs again', async () => (await queue.publish(jobs(1, 2)))[0]?.status === 'accepted');
    expect(await queue.health()).to.deep.equal({ healthy: true });
  });

  onlyOurs('a publish that an alarm catches under way has an unknown outcome', async () => {
    const queue = await started();
    await rabbitmqctl(server(), 'set_vm_memory_high_watermark', '0.000001');
    try {
      const codes = new Set<string>();
      await eventually('publishing is blocked', async () => {
        const [result] = await queue.publish(jobs(1));
        if (result?.status === 'failed') codes.add(result.error.code);
        return codes.has('resource_exhausted');
      });
      expect([...codes]).to.deep.equal(['unknown_outcome', 'resource_exhausted']);
    } finally {
      await rabbitmqctl(server(), 'set_vm_memory_high_watermark', '0.4');
    }
  });

  onlyOurs('a frozen server is noticed: health at once, calls within the heartbeats', async () => {
    const queue = await started();
    const closed = await started();
    await accept(queue, jobs(1));
    const held = await one(queue);
    await controlOf(server()).freeze();
    try {
      const control = new AbortController();
      const aborted = failsWith('aborted', 'a publish that is aborted', () => queue.publish(jobs(1, 3), control.signal));
      control.abort();
      await aborted;
      const began = performance.now();
      await closed.close(AbortSignal.abort());
      expect(performance.now() - began).to.be.below(2_000, 'a close whose caller has no patience');
      const asked = performance.now();
      expect((await queue.health()).healthy).to.equal(false);
      expect(performance.now() - asked).to.be.below(2_000);
      const [[published], [acked]] = await Promise.all([queue.publish(jobs(1, 1)), queue.ack([held.lease])]);
      expect(published?.status === 'failed' && published.error.code).to.be.oneOf(['unknown_outcome', 'unavailable']);
      expect(acked).to.equal('lost');
      expect(performance.now() - asked).to.be.below(10_000);
    } finally {
      await controlOf(server()).thaw();
    }
    await eventually('it serves again', async () => (await queue.health()).healthy);
    await accept(queue, jobs(1, 2));
  });

  onlyOurs('a server that forgot everything gets queue and exchange again', async () => {
    const queue = await started();
    const bus = configBus.create(configBusOn(throughProxy(server()), fresh()), testContext());
    open.push(bus);
    await bus.start();
    const resyncs: string[] = [];
    await bus.subscribe({ onMessage: () => undefined, onResync: (reason) => void resyncs.push(reason) });
    await controlOf(server()).forget();
    await controlOf(server()).start();
    await eventually('jobs are taken again', async () => (await queue.publish(jobs(1)))[0]?.status === 'accepted');
    expect((await one(queue)).attempt).to.equal(1);
    await eventually('the subscriber is told', () => resyncs.length > 0);
  });

  it('what a stranger puts on the exchange disturbs no subscriber', async () => {
    const exchange = fresh();
    const bus = configBus.create(configBusOn(throughProxy(server()), exchange), testContext());
    open.push(bus);
    await bus.start();
    const keys: string[] = [];
    await bus.subscribe({ onMessage: ({ key }) => void keys.push(key), onResync: () => undefined });
    await withServer(server(), async (model) => {
      const channel = await model.createConfirmChannel();
      channel.publish(exchange, '', Buffer.from('what?'));
      await channel.waitForConfirms();
    });
    await bus.publish([{ key: 'alert:1', version: 1, body: Buffer.from('b') }]);
    await eventually('the change arrives', () => keys.length > 0);
    expect(keys).to.deep.equal(['alert:1']);
  });
});
