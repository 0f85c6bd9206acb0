import { eventually, testContext } from '@cave/conformance';
import type { BusMessage, BusSubscriber, ConfigBus } from '@cave/core';
import { describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import configBus, { type RedisConfigBusOptions } from '../src/config-bus.js';
import { connectionOptions, control, cuttableUrl, itOnOurs, PREFIX, tidiesForeign, withClient } from './support/server.js';

const PATIENCE_MS = 15_000;

class Listener implements BusSubscriber {
  readonly versions: number[] = [];
  readonly resyncs: string[] = [];
  onMessage({ version }: BusMessage): void {
    this.versions.push(version);
  }
  onResync(reason: string): void {
    this.resyncs.push(reason);
  }
}

describeOnServer('redis', 'Redis config bus: gaps in the stream', (server) => {
  tidiesForeign(server);
  const opened: ConfigBus[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  });
  const open = async (stream: string, url: string, changes: Partial<RedisConfigBusOptions> = {}): Promise<ConfigBus> => {
    const bus = configBus.create({ ...connectionOptions(url), stream, 'stream-length': 100, 'queue-length': 10_000, 'max-message-bytes': 4_096, ...changes }, testContext());
    opened.push(bus);
    await bus.start();
    return bus;
  };
  const change = (version: number): BusMessage => ({ key: 'alert:1', version, body: Buffer.from('b') });
  const arrives = (listener: Listener, version: number): Promise<unknown> => eventually(`${String(version)} arrives`, PATIENCE_MS, () => listener.versions.includes(version));
  const resynced = (listener: Listener): Promise<unknown> => eventually('it is told to resync', PATIENCE_MS, () => listener.resyncs.length > 0);

  it('a stream is as long as it was told, give or take a block', async () => {
    const bus = await open('bounded', server().url);
    await bus.publish(Array.from({ length: 2_000 }, (_, i) => change(i)));
    const length = await withClient(server(), (client) => client.xlen(`${PREFIX}{bounded}:changes`));
    expect(length).to.be.within(100, 300);
  });

  it('a stream that was emptied under its readers begins anew: they are told to resync and are live', async () => {
    const bus = await open('emptied', server().url);
    const listener = new Listener();
    await bus.publish([change(1)]);
    await bus.subscribe(listener);
    await withClient(server(), (client) => client.del(`${PREFIX}{emptied}:changes`, `${PREFIX}{emptied}:count`));
    await resynced(listener);
    await bus.publish([change(2)]);
    await arrives(listener, 2);
  });

  it('an entry that is no change of CAVE is passed over', async () => {
    const bus = await open('garbage', server().url);
    const listener = new Listener();
    await bus.subscribe(listener);
    await withClient(server(), (client) => client.xadd(`${PREFIX}{garbage}:changes`, '*', 'neither', 'change'));
    await bus.publish([change(1)]);
    await arrives(listener, 1);
  });

  itOnOurs('a reader that was cut off while the stream was trimmed beyond its place is told to resync and is live', async () => {
    const publisher = await open('trimmed', server().url);
    const bus = await open('trimmed', cuttableUrl(server()));
    const listener = new Listener();
    await bus.subscribe(listener);
    await publisher.publish([change(1)]);
    await arrives(listener, 1);
    const heal = await server().cuttable?.cut();
    await publisher.publish(Array.from({ length: 1_000 }, (_, i) => change(10 + i)));
    await heal?.();
    await resynced(listener);
    await publisher.publish([change(5_000)]);
    await arrives(listener, 5_000);
  });

  it('entries that were trimmed before a slow reader came to them are noticed by their numbers', async () => {
    const bus = await open('overrun', server().url);
    const listener = new Listener();
    await bus.subscribe(listener);
    // One transaction: no reader comes in between.
    await withClient(server(), async (client) => {
      const key = `${PREFIX}{overrun}:changes`;
      await client
        .multi()
        .set(`${PREFIX}{overrun}:count`, 500)
        .xadd(key, '*', 'n', 500, 'key', 'alert:1', 'version', 77, 'body', 'b')
        .exec();
    });
    await arrives(listener, 77);
    expect(listener.resyncs).to.deep.equal(['Changes were removed from the stream before they were read.']);
    await bus.publish([change(78)]);
    await arrives(listener, 78);
    expect(listener.resyncs.length).to.equal(1);
  });

  itOnOurs('a server that was killed and forgot everything: subscribers are told to resync and are live', async () => {
    const bus = await open('forgotten', server().url);
    const listener = new Listener();
    await bus.subscribe(listener);
    await bus.publish(Array.from({ length: 20 }, (_, i) => change(i)));
    await arrives(listener, 19);
    await control(server()).forget();
    await control(server()).start();
    await resynced(listener);
    await eventually('it takes changes again', PATIENCE_MS, async () => (await bus.publish([change(100)]))[0]?.status === 'published');
    await arrives(listener, 100);
    await eventually('it is healthy again', PATIENCE_MS, async () => (await bus.health()).healthy);
  });

  itOnOurs('a frozen server is noticed by publisher and reader, and both come back', async () => {
    const bus = await open('frozen', server().url, { 'command-timeout-ms': 500, 'connection-timeout-ms': 500 });
    const listener = new Listener();
    await bus.subscribe(listener);
    await control(server()).freeze();
    try {
      const [result] = await bus.publish([change(1)]);
      expect(result?.status === 'failed' ? result.error.code : result?.status).to.equal('unknown_outcome');
      await eventually('health says so', PATIENCE_MS, async () => !(await bus.health()).healthy);
    } finally {
      await control(server()).thaw();
    }
    await eventually('a change gets through', PATIENCE_MS, async () => (await bus.publish([change(2)]))[0]?.status === 'published');
    await eventually('it arrives, or the subscriber is told to reload', PATIENCE_MS, () => listener.versions.includes(2) || listener.resyncs.length > 0);
  });
});
