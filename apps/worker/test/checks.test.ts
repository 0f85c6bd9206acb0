import { expect } from 'chai';
import { CaveError, type Alert, type ConfigStore } from '@cave/core';
import { Scene, T, World, delegate, eventually, ticksOf } from './support/index.js';

describe('checks on the embedded adapters', function () {
  this.timeout(60_000);
  let world: World;
  let scene: Scene;

  before(async () => {
    world = await World.open();
  });
  after(() => world.close());
  beforeEach(async () => {
    scene = await Scene.open(world);
  });
  afterEach(() => scene.close());

  /** What the ledger holds when every one of these ticks is recorded once, in order. */
  const recorded = (ticks: readonly number[], value: string | number): string[] => ticks.map((tick) => `${tick - T}=${value}`);

  const told = async (alert: Alert): Promise<string[]> => (await scene.events(alert)).map((event) => `${event.type}@${event.tick - T}${event.superseded ? ' superseded' : ''}`);

  describe('a job is an obligation', () => {
    it('records each due tick once and in order, whether jobs are lost, doubled, reordered or late', async () => {
      const alert = await scene.alert({ condition: '3 > 2' });
      const ticks = ticksOf(alert, T, 12);
      const [, second, , fourth, , , seventh, , , , , last] = ticks as [number, number, number, number, number, number, number, number, number, number, number, number];
      const runner = scene.runner();
      await scene.at(fourth);
      // The first and the third are lost, the fourth overtakes the second, which comes twice.
      for (const tick of [fourth, second, second]) await scene.job(alert, tick);
      await scene.settled(runner);
      expect(await scene.ledger(alert)).to.deep.equal(recorded(ticks.slice(0, 4), 1));
      await scene.at(seventh);
      await scene.job(alert, seventh);
      await scene.settled(runner);
      // Late ones, long since recorded, and one that was doubled.
      for (const tick of [second, fourth, seventh]) await scene.job(alert, tick);
      await scene.settled(runner);
      await scene.at(last);
      await scene.job(alert, last);
      await scene.settled(runner);
      expect(await scene.ledger(alert)).to.deep.equal(recorded(ticks, 1));
      expect((await scene.state(alert)).lastTick).to.equal(last);
    });

    it('records each due tick once with two workers on one queue and one store', async () => {
      const alerts = await Promise.all(Array.from({ length: 20 }, (_, i) => scene.alert({ condition: `${i} > 2` })));
      const runners = [scene.runner({ batchSize: 3 }), scene.runner({ batchSize: 4 })];
      const ticks = new Map(alerts.map((alert) => [alert, ticksOf(alert, T, 8)]));
      for (let n = 0; n < 8; n += 1) {
        await scene.at(T + (n + 1) * 10 + 10);
        // Each job three times: often both workers have one of them at the same moment.
        await Promise.all(alerts.flatMap((alert) => [1, 2, 3].map(() => scene.job(alert, ticks.get(alert)?.[n] ?? 0))));
      }
      await scene.settled(...runners);
      for (const [i, alert] of alerts.entries()) expect(await scene.ledger(alert)).to.deep.equal(recorded(ticks.get(alert) ?? [], i > 2 ? 1 : 0));
    });

    it('leaves alone what another worker recorded between its reading and its commit', async () => {
      const alert = await scene.alert({ condition: '3 > 2' });
      const [first = 0, second = 0] = ticksOf(alert, T, 2);
      let overtaken = 0;
      // Before the slow worker's first commit another one does the whole work.
      const slow: ConfigStore = {
        ...world.configStore,
        alertStates: {
          ...world.configStore.alertStates,
          commit: async (commits) => {
            if (overtaken++ === 0) {
              const fast = scene.runner();
              await scene.job(alert, second);
              await eventually('the fast worker has recorded', async () => (await scene.state(alert)).lastTick === second);
              await fast.stop();
            }
            return world.configStore.alertStates.commit(commits);
          },
        },
      };
      await scene.at(second);
      await scene.job(alert, first);
      const runner = scene.runner({ capacity: 1, receiveBatch: 1 }, { configStore: slow });
      await scene.settled(runner);
      expect(overtaken).to.be.at.least(1);
      expect(await scene.ledger(alert)).to.deep.equal(recorded([first, second], 1));
      expect(await told(alert)).to.deep.equal([`triggered@${first - T}`]);
    });

    it('gives back what it holds when it stops, and the next one does it', async () => {
      const alert = await scene.alert({ condition: 'orders > 5' });
      const [first = 0] = ticksOf(alert, T, 1);
      scene.clock.set(first);
      await scene.job(alert, first);
      const runner = scene.runner();
      await eventually('the check waits for its data', () => runner.status()['waiting_for_data'] === 1);
      await runner.stop();
      expect(await scene.queue.depth()).to.include({ ready: 1, leased: 0 });
      await scene.points('orders', [[first - 1, 9]]);
      await scene.storedUpTo(first);
      const next = scene.runner();
      await scene.settled(next);
      expect(await scene.ledger(alert)).to.deep.equal(recorded([first], 1));
    });

    it('holds one lease for an alert that waits, however many jobs of it come, and all its ticks are due to whoever has that one', async () => {
      const alert = await scene.alert({ condition: 'orders > 5' });
      const ticks = ticksOf(alert, T, 5);
      const last = ticks[4] ?? 0;
      scene.clock.set(last);
      // A worker that dies: it neither extends its lease nor gives it back.
      const dying = delegate(scene.queue, { extend: () => Promise.reject(new CaveError('unavailable', 'The worker is gone.')), nack: () => Promise.reject(new CaveError('unavailable', 'The worker is gone.')) });
      const runner = scene.runner({ leaseMs: 500 }, { workQueue: dying });
      for (const tick of [ticks[1] ?? 0, last, ticks[0] ?? 0, ticks[3] ?? 0]) await scene.job(alert, tick);
      await eventually('all jobs were taken', () => runner.status()['waiting_for_data'] === 1);
      await eventually('one stands for all', async () => {
        const { ready, leased } = await scene.queue.depth();
        return ready === 0 && leased === 1;
      });
      await runner.stop();
      await scene.points('orders', [[T - 1, 9]]);
      await scene.storedUpTo(last);
      const next = scene.runner();
      await scene.settled(next);
      expect(await scene.ledger(alert)).to.deep.equal(recorded(ticks, 1));
    });

    it('goes on after the config store refused a commit, without leaving or doubling anything', async () => {
      // One can read at once; the other, in the same batch, waits for its data.
      const alerts = [await scene.alert({ condition: 'orders > 5 delayed by 1m' }), await scene.alert({ condition: 'orders > 5' })];
      let refusals = 0;
      const flaky: ConfigStore = {
        ...world.configStore,
        alertStates: {
          ...world.configStore.alertStates,
          commit: async (commits) => {
            if (refusals++ > 0) return world.configStore.alertStates.commit(commits);
            // What the other one waits for comes while this one is refused.
            await scene.storedUpTo(T + 30);
            throw new CaveError('unavailable', 'The config store is away.');
          },
        },
      };
      const acknowledged: string[] = [];
      const queue = delegate(scene.queue, {
        ack: (leases) => {
          acknowledged.push(...leases);
          return scene.queue.ack(leases);
        },
      });
      await scene.points('orders', [[T - 100, 9]]);
      const ticks = alerts.map((alert) => ticksOf(alert, T, 1));
      scene.clock.set(T + 10);
      await scene.storedUpTo(T);
      for (const [i, alert] of alerts.entries()) await scene.job(alert, ticks[i]?.[0] ?? 0);
      const runner = scene.runner({}, { configStore: flaky, workQueue: queue });
      await eventually('the commits were refused', () => runner.health()['checks']?.healthy === false);
      await eventually('the checks work again', () => runner.health()['checks']?.healthy === true);
      await scene.settled(runner);
      expect(runner.status()).to.include({ owed: 0, ready: 0, waiting_for_data: 0 });
      expect(runner.health()['checks']).to.deep.equal({ healthy: true });
      for (const [i, alert] of alerts.entries()) expect(await scene.ledger(alert)).to.deep.equal(recorded(ticks[i] ?? [], 1));
      expect(new Set(acknowledged).size, 'each lease is acknowledged once').to.equal(acknowledged.length);
    });

    it('records all others of a batch in which one alert cannot be recorded', async () => {
      const alerts: Alert[] = [];
      for (let i = 0; i < 9; i += 1) alerts.push(await scene.alert({ condition: '3 > 2' }));
      const faulty = alerts[4];
      const picky: ConfigStore = {
        ...world.configStore,
        alertStates: {
          ...world.configStore.alertStates,
          commit: (commits) =>
            commits.some(({ alertId }) => alertId === faulty?.id) ? Promise.reject(new CaveError('internal', 'This cannot be written.')) : world.configStore.alertStates.commit(commits),
        },
      };
      const [tick = 0] = ticksOf(alerts[0] as Alert, T, 1);
      await scene.at(tick);
      for (const alert of alerts) await scene.job(alert, tick);
      const runner = scene.runner({}, { configStore: picky });
      await eventually('the others are recorded', () => runner.status()['owed'] === 1);
      for (const alert of alerts) expect(await scene.ledger(alert)).to.deep.equal(alert === faulty ? [] : recorded([tick], 1));
      // It gives back the one that it could not record.
      await runner.stop();
      expect(await scene.queue.depth()).to.include({ ready: 1, leased: 0 });
    });

    it('puts a job that nobody can read aside and goes on', async () => {
      const alert = await scene.alert({ condition: '3 > 2' });
      const [first = 0] = ticksOf(alert, T, 1);
      await scene.at(first);
      await scene.queue.publish([{ id: 'garbage', body: Buffer.from('garbage') }]);
      await scene.job(alert, first);
      const runner = scene.runner();
      await eventually('it was put aside', async () => (await scene.queue.deadLetters(1)).length === 1);
      await scene.settled(runner);
      expect(await scene.ledger(alert)).to.deep.equal(recorded([first], 1));
    });
  });

  describe('edits between due and run', () => {
    it('evaluates a tick that was due before the edit under the former condition, later ones under the new', async () => {
      const alert = await scene.alert({ condition: '3 > 2' });
      const [first = 0, second = 0, third = 0] = ticksOf(alert, T, 3);
      const runner = scene.runner();
      await scene.at(first);
      await scene.job(alert, first);
      await scene.settled(runner);
      // The second tick is due and its job on its way when the condition changes; what the worker has cached is stale.
      await scene.at(second);
      const edited = await scene.edit(alert, { condition: '1 > 2' });
      expect(edited.offsetSeconds).to.equal(alert.offsetSeconds);
      await scene.job(alert, second);
      await scene.settled(runner);
      expect(await scene.ledger(alert)).to.deep.equal(recorded([first, second], 1));
      await scene.at(third);
      await scene.job(alert, third);
      await scene.settled(runner);
      expect(await scene.ledger(alert)).to.deep.equal([...recorded([first, second], 1), `${third - T}=0`]);
      expect(await told(alert)).to.deep.equal([`triggered@${first - T}`, `resolved@${third - T}`]);
    });

    it('takes an edit that comes between evaluation and commit into account: the commit is stale, and the same tick is judged anew', async () => {
      const alert = await scene.alert({ condition: '3 > 2' });
      const [first = 0, second = 0] = ticksOf(alert, T, 2);
      let edited = false;
      const racing: ConfigStore = {
        ...world.configStore,
        alertStates: {
          ...world.configStore.alertStates,
          commit: async (commits) => {
            if (!edited) {
              edited = true;
              // Takes effect from before both ticks, as if their time were now.
              scene.clock.set(T);
              await scene.edit(alert, { condition: '1 > 2' });
              scene.clock.set(second);
            }
            return world.configStore.alertStates.commit(commits);
          },
        },
      };
      await scene.at(second);
      await scene.job(alert, second);
      const runner = scene.runner({}, { configStore: racing });
      await scene.settled(runner);
      expect(await scene.ledger(alert)).to.deep.equal(recorded([first, second], 0));
      expect(await told(alert)).to.deep.equal([]);
    });

    for (const end of ['disabled', 'deleted'] as const) {
      it(`finishes what was due before the alert is ${end}, then tells a firing one as resolved`, async () => {
        const alert = await scene.alert({ condition: '3 > 2' });
        const [first = 0, second = 0, third = 0] = ticksOf(alert, T, 3);
        const runner = scene.runner();
        await scene.at(first);
        await scene.job(alert, first);
        await scene.settled(runner);
        const endsAt = third - 1;
        await scene.at(endsAt);
        if (end === 'disabled') await scene.edit(alert, { enabled: false });
        else await scene.remove(alert);
        expect(await scene.store.alerts.unsettled(1_000)).to.deep.include({ alertId: alert.id, tick: endsAt, version: 2 });
        await scene.job(alert, endsAt);
        await scene.settled(runner);
        expect(await scene.ledger(alert)).to.deep.equal(recorded([first, second], 1));
        const events = await scene.events(alert);
        expect(events.map((event) => [event.type, event.reason, event.tick])).to.deep.equal([
          ['triggered', 'condition', first],
          ['resolved', end, endsAt],
        ]);
        expect((await scene.store.alerts.unsettled(1_000)).some((owed) => owed.alertId === alert.id)).to.equal(false);
        // A late job finds nothing to do.
        await scene.at(third + 10);
        await scene.job(alert, third);
        await scene.settled(runner);
        expect(await scene.ledger(alert)).to.deep.equal(recorded([first, second], 1));
        expect(await scene.events(alert)).to.have.length(2);
      });
    }

    it('begins anew when it is enabled again, and owes nothing of the time between', async () => {
      const alert = await scene.alert({ condition: '3 > 2' });
      const ticks = ticksOf(alert, T, 9);
      const [first = 0, , third = 0] = ticks;
      const eighth = ticks[7] ?? 0;
      const runner = scene.runner();
      await scene.at(first);
      await scene.job(alert, first);
      await scene.settled(runner);
      await scene.at(first + 1);
      await scene.edit(alert, { enabled: false });
      // Enabled again before the worker heard of either.
      await scene.at(eighth - 1);
      await scene.edit(alert, { enabled: true });
      await scene.at(eighth);
      await scene.job(alert, eighth);
      await scene.settled(runner);
      expect(await scene.ledger(alert)).to.deep.equal(recorded([first, eighth], 1));
      expect(third).to.be.lessThan(eighth);
      expect((await scene.events(alert)).map((event) => [event.type, event.reason, event.tick])).to.deep.equal([
        ['triggered', 'condition', first],
        ['resolved', 'disabled', first + 1],
        ['triggered', 'condition', eighth],
      ]);
    });
  });

  it('reads from the cluster that the tenant has moved to within minutes, though its alerts are cached and unchanged', async () => {
    const alert = await scene.alert({ condition: 'orders > 5' });
    const asked: (string | null)[] = [];
    const metricsStores = delegate(world.metricsStores, {
      get: (cluster) => {
        asked.push(cluster);
        return world.metricsStore;
      },
    });
    const ticks = ticksOf(alert, T, 3);
    const runner = scene.runner({}, { metricsStores });
    const check = async (tick = 0): Promise<void> => {
      await scene.at(tick);
      await scene.job(alert, tick);
      await scene.settled(runner);
    };
    await check(ticks[0]);
    expect(asked).to.not.include('east');
    await scene.store.organizations.update(alert.organizationId, { cluster: 'east' });
    await check(ticks[1]);
    scene.clock.skip(120_000);
    await check(ticks[2]);
    expect(asked).to.include('east');
    expect(await scene.ledger(alert)).to.have.length(3);
  });

  describe('catching up', () => {
    it('records one gap for what is older than an hour, supersedes what was overtaken, and tells once if the final state differs', async () => {
      const alert = await scene.alert({ condition: 'orders > 5', period: '10m' });
      const ticks = ticksOf(alert, T, 12);
      const now = (ticks[11] ?? 0) + 1;
      const recent = ticks.filter((tick) => tick >= now - 3_600);
      const gap = ticks[ticks.length - recent.length - 1] ?? 0;
      // High and low in turn, so that every tick changes the state; the last is high.
      await scene.points('orders', recent.map((tick, i) => [tick - 1, (recent.length - 1 - i) % 2 === 0 ? 9 : 1] as const));
      await scene.at(now);
      await scene.job(alert, ticks[11] ?? 0);
      const runner = scene.runner();
      await scene.settled(runner);
      expect(await scene.ledger(alert)).to.deep.equal([`${gap - T}=missed`, ...recent.map((tick, i) => `${tick - T}=${(recent.length - 1 - i) % 2 === 0 ? 1 : 0}`)]);
      const events = await scene.events(alert);
      expect(events.length).to.be.at.least(5);
      expect(events.filter((event) => !event.superseded).map((event) => [event.type, event.tick])).to.deep.equal([['triggered', ticks[11]]]);
      const deliveries = await scene.store.deliveries.ofEvents(events.map(({ id }) => id));
      expect(deliveries.map(({ eventId }) => eventId)).to.deep.equal([events.at(-1)?.id]);
    });

    it('tells nothing when the final state is what was told last', async () => {
      const alert = await scene.alert({ condition: 'orders > 5' });
      const ticks = ticksOf(alert, T, 4);
      await scene.points('orders', ticks.map((tick, i) => [tick - 1, i % 2 === 0 ? 9 : 1] as const));
      await scene.at(ticks[3] ?? 0);
      await scene.job(alert, ticks[3] ?? 0);
      const runner = scene.runner();
      await scene.settled(runner);
      const events = await scene.events(alert);
      expect(events.map(({ type, superseded }) => [type, superseded])).to.deep.equal(['triggered', 'resolved', 'triggered', 'resolved'].map((type) => [type, true]));
      expect(await scene.store.deliveries.ofEvents(events.map(({ id }) => id))).to.deep.equal([]);
    });

    it('comes to the end of a catch-up that is longer than one run', async () => {
      const alert = await scene.alert({ condition: '3 > 2', period: '1s' });
      const ticks = ticksOf(alert, T, 50);
      await scene.at(ticks[49] ?? 0);
      await scene.job(alert, ticks[49] ?? 0);
      const runner = scene.runner({ maxTicks: 7 });
      await scene.settled(runner);
      expect(await scene.ledger(alert)).to.deep.equal(recorded(ticks, 1));
    });
  });
});
