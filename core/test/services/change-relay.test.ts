import { expect } from 'chai';
import {
  CaveError,
  ChangeRelay,
  StoreTaskRunner,
  fromBusMessage,
  toBusMessage,
  type BusMessage,
  type BusPublishResult,
  type ConfigBus,
  type ConfigStore,
  type ConfigurationChange,
  type PendingChange,
  type PendingStoreTask,
  type Repositories,
} from '../../src/index.js';
import { MemoryStore, MemoryStores } from './doubles/memory-store.js';
import { KeptLog, KeptTelemetry, eventually } from './doubles/quiet.js';

const change = (id: number, version = 1): ConfigurationChange => ({ entity: 'alert', id: String(id), operation: 'updated', version });

/** Rows of the outbox, visible once committed, in any order of ids. */
class Outbox {
  rows: PendingChange[] = [];
  readonly tasks: PendingStoreTask[] = [];
  deleteFails = 0;

  store(): ConfigStore {
    const repositories = {
      changeOutbox: {
        take: async (limit: number) => this.rows.slice(0, limit),
        delete: async (ids: readonly string[]) => {
          if (this.deleteFails-- > 0) throw new CaveError('unavailable', 'The config store went away.');
          this.rows = this.rows.filter(({ id }) => !ids.includes(id));
        },
      },
      storeTasks: {
        take: async (limit: number) => this.tasks.slice(0, limit),
        delete: async (ids: readonly string[]) => {
          for (const id of ids) this.tasks.splice(this.tasks.findIndex((task) => task.id === id), 1);
        },
      },
    };
    const transaction = (work: (repositories: Repositories) => Promise<unknown>): Promise<unknown> => work(repositories as unknown as Repositories);
    return { ...repositories, transaction } as unknown as ConfigStore;
  }
}

class Bus {
  readonly got: ConfigurationChange[] = [];
  refuse: (message: BusMessage) => boolean = () => false;
  async publish(messages: readonly BusMessage[]): Promise<readonly BusPublishResult[]> {
    return messages.map((message) => {
      if (this.refuse(message)) return { status: 'failed', error: new CaveError('unavailable', 'The bus is away.') };
      this.got.push(fromBusMessage(message));
      return { status: 'published' };
    });
  }
}

describe('ChangeRelay', () => {
  let outbox: Outbox;
  let bus: Bus;
  let relay: ChangeRelay;

  beforeEach(() => {
    outbox = new Outbox();
    bus = new Bus();
    relay = new ChangeRelay({ store: outbox.store(), bus: bus as unknown as ConfigBus, logger: new KeptLog(), telemetry: new KeptTelemetry() }, { intervalMs: 60_000, batch: 2 });
  });
  afterEach(() => relay.stop());

  it('sends a row with a lower id that committed after one with a higher id', async () => {
    outbox.rows = [{ id: '7', change: change(7) }];
    await relay.relayOnce();
    outbox.rows = [{ id: '3', change: change(3) }];
    await relay.relayOnce();
    expect(bus.got).to.deep.equal([change(7), change(3)]);
    expect(outbox.rows).to.deep.equal([]);
  });

  it('is woken by a local commit and sends all that is there', async () => {
    relay.start();
    outbox.rows = [1, 2, 3, 4, 5].map((id) => ({ id: String(id), change: change(id) }));
    relay.wake();
    await eventually('all sent', () => bus.got.length === 5);
    expect(outbox.rows).to.deep.equal([]);
  });

  it('keeps what the bus did not confirm, and sends it later', async () => {
    bus.refuse = ({ key }) => key === 'alert:1';
    outbox.rows = [1, 2].map((id) => ({ id: String(id), change: change(id) }));
    const round = await relay.relayOnce();
    expect(round).to.deep.equal({ done: 1, more: false, failure: 'The bus is away.' });
    expect(outbox.rows.map(({ id }) => id)).to.deep.equal(['1']);
    bus.refuse = () => false;
    relay.start();
    await eventually('sent', () => outbox.rows.length === 0);
    expect(bus.got.map(({ id }) => id)).to.deep.equal(['2', '1']);
  });

  it('repeats rather than loses when it dies between bus and commit', async () => {
    outbox.rows = [{ id: '1', change: change(1) }];
    outbox.deleteFails = 1;
    let failure: unknown;
    await relay.relayOnce().catch((error: unknown) => (failure = error));
    expect(failure).to.be.instanceOf(CaveError);
    await relay.relayOnce();
    expect(bus.got).to.deep.equal([change(1), change(1)]);
  });

  it('reads only messages that are changes', () => {
    expect(fromBusMessage(toBusMessage(change(4, 9)))).to.deep.equal(change(4, 9));
    for (const body of ['{', '{}', '{"entity":"x","id":"1","operation":"updated","version":1}']) {
      expect(() => fromBusMessage({ key: 'k', version: 1, body: Buffer.from(body) })).to.throw(CaveError);
    }
  });
});

describe('StoreTaskRunner', () => {
  it('creates and drops, keeps what failed, and lets a cluster that is away hold up nobody', async () => {
    const outbox = new Outbox();
    outbox.tasks.push(
      { id: '1', task: 'drop_database', database: 'a', cluster: 'away' },
      { id: '2', task: 'create_database', database: 'b', cluster: null },
      { id: '3', task: 'drop_database', database: 'c', cluster: null },
    );
    const store = new MemoryStore();
    const away = new MemoryStore();
    let reachable = false;
    const drop = away.dropDatabase.bind(away);
    away.dropDatabase = async (database) => {
      if (!reachable) throw new CaveError('unavailable', 'The cluster is away.');
      await drop(database);
    };
    const runner = new StoreTaskRunner({ store: outbox.store(), metricsStores: new MemoryStores(store, new Map([['away', away]])), logger: new KeptLog() });
    const round = await runner.runOnce();
    expect(round.failure).to.include('The cluster is away.');
    expect([...store.created, ...store.dropped]).to.deep.equal(['b', 'c']);
    expect(outbox.tasks.map(({ id }) => id)).to.deep.equal(['1']);
    reachable = true;
    runner.start();
    await eventually('dropped', () => away.dropped.has('a') && outbox.tasks.length === 0);
    await runner.stop();
  });
});
