import assert from 'node:assert/strict';
import type { BusMessage, BusSubscriber, ConfigBus } from '@cave/core';
import type { Harness, TestFrame } from './harness.js';
import { declareKit, type Case, type CaseContext, type Kit } from './kit.js';
import { lifecycleCases } from './lifecycle.js';
import { failsWith } from './wait.js';

export interface ConfigBusSettings {
  /** Messages that may wait for one subscriber, where the adapter bounds them itself. */
  readonly queueLength?: number;
}

export interface ConfigBusHarness extends Harness<ConfigBus, ConfigBusSettings> {
  /** The adapter bounds what waits for a subscriber, by `queueLength`. */
  readonly boundsQueues?: true;
  /** How much the backend keeps for subscribers of this place, such as queues. */
  resources?(place: string): Promise<number>;
}

type At = CaseContext<ConfigBus, ConfigBusSettings, ConfigBusHarness>;

const message = (version: number, key = 'alert:1', body: Uint8Array = new Uint8Array([version % 256])): BusMessage => ({ key, version, body });
const ignore: BusSubscriber = { onMessage: () => undefined, onResync: () => undefined };

/** Keeps what it was told. */
class Listener implements BusSubscriber {
  readonly messages: BusMessage[] = [];
  readonly resyncs: string[] = [];
  onMessage(one: BusMessage): void {
    this.messages.push(one);
  }
  onResync(reason: string): void {
    this.resyncs.push(reason);
  }
  has(version: number): boolean {
    return this.messages.some((one) => one.version === version);
  }
}

async function publish(bus: ConfigBus, ...messages: BusMessage[]): Promise<void> {
  const results = await bus.publish(messages);
  assert.deepEqual(results.map(({ status }) => status), messages.map(() => 'published'));
}

/** A subscriber whose network was cut for as long as health took to say so. */
async function cutAndHealed(at: At): Promise<{ readonly bus: ConfigBus; readonly listener: Listener }> {
  const bus = await at.open({});
  const listener = new Listener();
  await bus.subscribe(listener);
  const heal = await at.harness.cutNetwork?.();
  await at.eventually('health says so', async () => !(await bus.health()).healthy);
  await heal?.();
  return { bus, listener };
}

const cases: Case<ConfigBus, ConfigBusSettings, ConfigBusHarness>[] = [
  {
    id: 'CB-10',
    title: 'every subscriber of every instance gets every message',
    async run(at: At) {
      const [one, two] = [await at.open({}), await at.open({})];
      const listeners = [new Listener(), new Listener(), new Listener()];
      await Promise.all(listeners.map((listener, index) => (index === 0 ? one : two).subscribe(listener)));
      for (let version = 1; version <= 50; version += 1) await publish(version % 2 === 0 ? one : two, message(version));
      for (const listener of listeners) await at.eventually('all 50 arrive', () => new Set(listener.messages.map((m) => m.version)).size === 50);
    },
  },
  {
    id: 'CB-11',
    title: 'key, version and binary body arrive unchanged',
    async run(at: At) {
      const bus = await at.open({});
      const listener = new Listener();
      await bus.subscribe(listener);
      const sent = message(Number.MAX_SAFE_INTEGER, 'alert:ü✓', Uint8Array.from({ length: 256 }, (_, byte) => byte));
      await publish(bus, sent, message(1, 'empty', new Uint8Array()));
      await at.eventually('both arrive', () => listener.has(sent.version) && listener.has(1));
      const got = listener.messages.find((one) => one.version === sent.version);
      assert.equal(got?.key, sent.key);
      assert.deepEqual(Buffer.from(got.body), Buffer.from(sent.body));
    },
  },
  {
    id: 'CB-12',
    title: 'a subscription is live when subscribe resolves',
    async run(at: At) {
      const bus = await at.open({});
      for (let round = 1; round <= 20; round += 1) {
        const listener = new Listener();
        const subscription = await bus.subscribe(listener);
        await publish(bus, message(round));
        await at.eventually('what is published next arrives', () => listener.has(round));
        await subscription.unsubscribe();
      }
    },
  },
  {
    id: 'CB-13',
    title: 'no call comes after unsubscribe, which may be repeated',
    async run(at: At) {
      const bus = await at.open({});
      const [leaver, stayer] = [new Listener(), new Listener()];
      const subscription = await bus.subscribe(leaver);
      await bus.subscribe(stayer);
      await publish(bus, message(1));
      await at.eventually('it arrives', () => leaver.has(1));
      await subscription.unsubscribe();
      await subscription.unsubscribe();
      await publish(bus, message(2));
      await at.eventually('the other still gets it', () => stayer.has(2));
      assert.equal(leaver.has(2), false, 'a call came after unsubscribe');
    },
  },
  {
    id: 'CB-14',
    title: 'a slow subscriber stalls no other and is called one at a time',
    async run(at: At) {
      const bus = await at.open({});
      const fast = new Listener();
      let running = 0;
      let most = 0;
      let open = (): void => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      at.cleanup(() => open());
      let told = 0;
      const slow = async (): Promise<void> => {
        most = Math.max(most, (running += 1));
        await gate;
        running -= 1;
        told += 1;
      };
      await bus.subscribe({ onMessage: slow, onResync: slow });
      await bus.subscribe(fast);
      for (let version = 1; version <= 20; version += 1) await at.within('publish', publish(bus, message(version)));
      await at.eventually('the fast one gets all', () => new Set(fast.messages.map((m) => m.version)).size === 20);
      open();
      await at.eventually('the slow one goes on', () => told > 1);
      assert.equal(most, 1, 'two calls to one subscriber ran at once');
    },
  },
  {
    id: 'CB-15',
    title: 'a subscriber that falls too far behind is told to resync',
    needs: ['boundsQueues'],
    async run(at: At) {
      const bus = await at.open({ queueLength: 5 });
      const listener = new Listener();
      let open = (): void => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      at.cleanup(() => open());
      await bus.subscribe({
        onMessage: async (one) => {
          await gate;
          listener.onMessage(one);
        },
        onResync: (reason) => listener.onResync(reason),
      });
      for (let version = 1; version <= 50; version += 1) await publish(bus, message(version));
      open();
      await at.eventually('it is told to resync', () => listener.resyncs.length > 0);
      await publish(bus, message(51));
      await at.eventually('later messages arrive', () => listener.has(51));
    },
  },
  {
    id: 'CB-16',
    title: 'a subscriber that throws keeps getting messages',
    async run(at: At) {
      const bus = await at.open({});
      const listener = new Listener();
      await bus.subscribe({
        onMessage: (one) => {
          listener.onMessage(one);
          throw new Error('the subscriber fails');
        },
        onResync: () => undefined,
      });
      await publish(bus, message(1), message(2));
      await at.eventually('both arrive', () => listener.has(1) && listener.has(2));
    },
  },
  {
    id: 'CB-17',
    title: 'the largest body is taken, one byte more is too_large, and only that one fails',
    async run(at: At) {
      const bus = await at.open({});
      const listener = new Listener();
      await bus.subscribe(listener);
      const limit = bus.capabilities.maxMessageBytes;
      const results = await bus.publish([message(1), message(2, 'alert:1', new Uint8Array(limit + 1)), message(3, 'alert:1', new Uint8Array(limit).fill(7))]);
      assert.deepEqual(results.map((result) => (result.status === 'failed' ? result.error.code : result.status)), ['published', 'too_large', 'published']);
      await at.eventually('the others arrive', () => listener.has(1) && listener.has(3));
      assert.equal(listener.has(2), false);
      assert.equal(listener.messages.find((one) => one.version === 3)?.body.byteLength, limit);
      assert.deepEqual(await bus.publish([]), []);
    },
  },
  {
    id: 'CB-18',
    title: 'calls whose signal has fired are aborted',
    async run(at: At) {
      const bus = await at.open({});
      await failsWith('aborted', 'publish', () => bus.publish([message(1)], AbortSignal.abort()));
      await failsWith('aborted', 'subscribe', () => bus.subscribe(ignore, AbortSignal.abort()));
    },
  },
  {
    id: 'CB-19',
    title: 'a closed instance is told nothing more, and the others are',
    async run(at: At) {
      const [one, two] = [await at.open({}), await at.open({})];
      const [gone, stayer] = [new Listener(), new Listener()];
      await one.subscribe(gone);
      await two.subscribe(stayer);
      await at.within('close', one.close());
      await publish(two, message(1));
      await at.eventually('the other gets it', () => stayer.has(1));
      assert.equal(gone.has(1), false);
    },
  },
  {
    id: 'CB-20',
    title: "an instance's resources disappear with it",
    needs: ['resources'],
    async run(at: At) {
      const before = await at.harness.resources?.(at.place);
      const bus = await at.open({});
      await bus.subscribe(ignore);
      await bus.close();
      await at.eventually('nothing is kept', async () => (await at.harness.resources?.(at.place)) === before);
    },
  },
  {
    id: 'CB-21',
    title: 'after the broker was gone a subscriber is told to resync and is live again',
    needs: ['killBroker', 'restartBroker'],
    async run(at: At) {
      const bus = await at.open({});
      const listener = new Listener();
      await bus.subscribe(listener);
      await at.harness.killBroker?.();
      await at.harness.restartBroker?.();
      await at.eventually('it is told to resync', () => listener.resyncs.length > 0);
      await at.eventually('what is published now arrives', async () => (await bus.publish([message(9)]))[0]?.status === 'published' && listener.has(9));
    },
  },
  {
    id: 'CB-22',
    title: 'a cut network shows in health, and after it a subscriber is live again',
    needs: ['cutNetwork'],
    async run(at: At) {
      const { bus, listener } = await cutAndHealed(at);
      await at.eventually('what is published now arrives', async () => (await bus.publish([message(9)]))[0]?.status === 'published' && listener.has(9));
    },
  },
  {
    id: 'CB-23',
    title: 'after the network was cut a subscriber is told to resync',
    needs: ['cutNetwork'],
    async run(at: At) {
      const { listener } = await cutAndHealed(at);
      await at.eventually('it is told to resync', () => listener.resyncs.length > 0);
    },
  },
];

/** CB: what every config bus must do. */
export const configBusKit: Kit<ConfigBus, ConfigBusSettings, ConfigBusHarness> = {
  port: 'config-bus',
  prefix: 'CB',
  cases: [
    ...lifecycleCases<ConfigBus, ConfigBusSettings, ConfigBusHarness>('CB', {
      settings: {},
      calls: [
        { name: 'publish', use: (bus) => bus.publish([message(1)]) },
        { name: 'subscribe', use: (bus) => bus.subscribe(ignore) },
      ],
    }),
    ...cases,
  ],
};

export function runConfigBusConformance(frame: TestFrame, harness: ConfigBusHarness): void {
  declareKit(frame, configBusKit, harness);
}
