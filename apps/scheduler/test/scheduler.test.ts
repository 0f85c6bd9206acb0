import { expect } from 'chai';
import { T, World, delegate, eventually, ticksOf } from '@cave/app-worker/test-support';
import { CaveError, type Alert, type LeaderElection, type Tenure } from '@cave/core';
import { Stage } from './support/stage.js';

/** Elects whom the test says, and takes nothing back: as when a lease has ended and its holder, frozen, does not know. */
class GrantedElection implements LeaderElection {
  readonly capabilities = { crossesProcesses: true, leaseMs: 1_000 };
  readonly #waiting = new Map<string, () => void>();
  readonly #granted = new Set<string>();

  grant(candidate: string): void {
    this.#granted.add(candidate);
    this.#waiting.get(candidate)?.();
  }

  async campaign(office: string, candidate: string, signal?: AbortSignal): Promise<Tenure> {
    await new Promise<void>((resolve, reject) => {
      if (this.#granted.delete(candidate)) return resolve();
      signal?.addEventListener('abort', () => reject(new CaveError('aborted', 'The candidature was withdrawn.')), { once: true });
      this.#waiting.set(candidate, () => {
        this.#granted.delete(candidate);
        resolve();
      });
    });
    return { office, lost: new AbortController().signal, resign: () => Promise.resolve() };
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  health(): Promise<{ readonly healthy: true }> {
    return Promise.resolve({ healthy: true });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe('the scheduler on the embedded adapters', function () {
  this.timeout(60_000);
  let world: World;
  let stage: Stage;

  before(async () => {
    world = await World.open();
  });
  after(() => world.close());
  beforeEach(async () => {
    stage = await Stage.open(world);
  });
  afterEach(() => stage.close());

  const dueUntil = (alert: Alert, from: number, to: number): number[] => ticksOf(alert, from, 10_000).filter((tick) => tick <= to);
  const recordedOnce = (ticks: readonly number[]): string[] => ticks.map((tick) => `${tick - T}=1`);

  it('dispatches each tick once, when it is due and never before', async () => {
    const { scene } = stage;
    const alerts = await Promise.all(['1s', '3s', '10s'].map((period) => scene.alert({ period, condition: '3 > 2' })));
    await stage.at(T);
    const scheduler = await stage.scheduler();
    for (let second = T; second <= T + 20; second += 1) {
      await stage.at(second);
      await stage.reached(scheduler, second);
    }
    for (const alert of alerts) expect(stage.ticks(alert)).to.deep.equal(dueUntil(alert, T, T + 20));
    expect(stage.dispatched.filter(({ tick, at }) => tick > at)).to.deep.equal([]);
    expect(scheduler.status()).to.include({ leader: true, epoch: 1, watermark: T + 20, owed: 0 });
  });

  it('owes as a new leader everything after the watermark', async () => {
    const { scene } = stage;
    const alert = await scene.alert({ condition: '3 > 2' });
    const runner = scene.runner();
    await stage.at(T + 10);
    const first = await stage.scheduler();
    await stage.reached(first, T + 10);
    await first.stop();
    await scene.settled(runner);
    await stage.at(T + 65);
    const second = await stage.scheduler();
    await stage.reached(second, T + 65);
    expect(second.status().epoch).to.equal(2);
    await scene.settled(runner);
    const due = dueUntil(alert, T, T + 65);
    expect(stage.ticks(alert)).to.deep.equal([due[0], due.at(-1)]);
    expect(await scene.ledger(alert)).to.deep.equal(recordedOnce(due));
  });

  it('refuses the watermark of a leader that was frozen and deposed, which steps down; its late jobs change nothing', async () => {
    const { scene } = stage;
    const alert = await scene.alert({ condition: '3 > 2' });
    const election = new GrantedElection();
    const watermarks: [number, number, boolean][] = [];
    const configStore = delegate(stage.configStore, {
      offices: {
        ...stage.configStore.offices,
        takeOffice: (office) => stage.configStore.offices.takeOffice(office),
        advanceWatermark: async (office, epoch, watermark) => {
          const written = await stage.configStore.offices.advanceWatermark(office, epoch, watermark);
          watermarks.push([epoch, watermark - T, written]);
          return written;
        },
      },
    });
    let release: (() => void) | null = null;
    let thaw = (): void => undefined;
    const frozenQueue = delegate(stage.queue, {
      publish: async (jobs) => {
        await new Promise<void>((resolve) => {
          release = resolve;
          thaw = resolve;
        });
        return stage.queue.publish(jobs);
      },
    });
    scene.stopWith(() => Promise.resolve(thaw()));
    await stage.at(T);
    const old = await stage.scheduler({}, { configStore, leaderElection: election, workQueue: frozenQueue, instanceId: 'old' });
    election.grant('old');
    await stage.reached(old, T);
    // It freezes in the middle of putting the jobs of this second on the queue.
    await stage.at(T + 15);
    await eventually('the old leader is frozen', () => release !== null);

    const heir = await stage.scheduler({}, { configStore, leaderElection: election, instanceId: 'heir' });
    const runner = scene.runner();
    await stage.at(T + 35);
    election.grant('heir');
    await stage.reached(heir, T + 35);
    await scene.settled(runner);
    const due = dueUntil(alert, T, T + 35);
    expect(await scene.ledger(alert)).to.deep.equal(recordedOnce(due));

    thaw();
    await eventually('the old leader has stepped down', () => !old.status().leader);
    expect(stage.ticks(alert)).to.deep.equal([due.at(-1), dueUntil(alert, T, T + 15).at(-1)]);
    await scene.settled(runner);
    expect(await scene.ledger(alert)).to.deep.equal(recordedOnce(due));
    expect(watermarks.filter(([, , written]) => !written)).to.deep.equal([[1, 15, false]]);
    expect(await configStore.offices.find('scheduler')).to.deep.equal({ epoch: 2, watermark: T + 35 });
    expect(heir.status()).to.include({ leader: true, epoch: 2 });

    await stage.at(T + 45);
    await stage.reached(heir, T + 45);
    await scene.settled(runner);
    expect(await scene.ledger(alert)).to.deep.equal(recordedOnce(dueUntil(alert, T, T + 45)));
  });

  it('is sick while it cannot take office, and well again when it waits for another turn', async () => {
    const election = new GrantedElection();
    let down = true;
    const { offices } = stage.configStore;
    const configStore = delegate(stage.configStore, {
      offices: {
        takeOffice: (office) => (down ? Promise.reject(new CaveError('unavailable', 'The config store is away.')) : offices.takeOffice(office)),
        advanceWatermark: (office, epoch, watermark) => offices.advanceWatermark(office, epoch, watermark),
        find: (office) => offices.find(office),
      },
    });
    await stage.at(T);
    const scheduler = await stage.scheduler({}, { configStore, leaderElection: election, instanceId: 'candidate' });
    election.grant('candidate');
    await eventually('it is sick', () => scheduler.health()['dispatch']?.healthy === false);
    await eventually('it waits for its next turn and is well', () => scheduler.health()['dispatch']?.healthy === true);
    expect(scheduler.status().leader).to.equal(false);
    down = false;
    election.grant('candidate');
    await stage.reached(scheduler, T);
    expect(scheduler.status().leader).to.equal(true);
  });

  describe('edits', () => {
    it('reach the schedule over the bus', async () => {
      const { scene } = stage;
      await stage.at(T);
      const scheduler = await stage.scheduler();
      await stage.reached(scheduler, T);
      const before = scheduler.status().alerts;
      const alert = await scene.alert({ condition: '3 > 2' });
      await stage.relayChanges();
      await eventually('it is scheduled', () => scheduler.status().alerts === before + 1);
      await stage.at(T + 10);
      await stage.reached(scheduler, T + 10);
      expect(stage.ticks(alert)).to.deep.equal(dueUntil(alert, T, T + 10));

      // From T + 10 on every second instead.
      await scene.edit(alert, { period: '1s' });
      await stage.relayChanges();
      await stage.at(T + 11);
      await eventually('the new period is in force', () => stage.ticks(alert).includes(T + 11));
      expect(stage.ticks(alert)).to.not.include(T + 12);
      await scene.remove(alert);
      await stage.relayChanges();
      await eventually('it is gone', () => scheduler.status().alerts === before);
    });

    it('are found by the comparison with the config store when their message is lost', async () => {
      const { scene } = stage;
      await stage.at(T);
      const scheduler = await stage.scheduler({ reconcileMs: 50 });
      await stage.reached(scheduler, T);
      const before = scheduler.status().alerts;
      const alert = await scene.alert({ condition: '3 > 2' });
      await eventually('it is scheduled', () => scheduler.status().alerts === before + 1);
      await stage.at(T + 10);
      await stage.reached(scheduler, T + 10);
      expect(stage.ticks(alert)).to.deep.equal(dueUntil(alert, T, T + 10));
      await scene.remove(alert);
      await eventually('it is gone', () => scheduler.status().alerts === before);
    });

    it('are found after a resync of the bus', async () => {
      const { scene } = stage;
      await stage.at(T);
      const scheduler = await stage.scheduler();
      await stage.reached(scheduler, T);
      const before = scheduler.status().alerts;
      const alert = await scene.alert({ condition: '3 > 2' });
      // More than the bus keeps for one subscriber, and none of it about this alert.
      const body = Buffer.from(JSON.stringify({ entity: 'organization', id: '1', operation: 'updated', version: 1 }));
      await stage.bus.publish(Array.from({ length: 50 }, (_, i) => ({ key: 'organization:1', version: i, body })));
      await eventually('it is scheduled', () => scheduler.status().alerts === before + 1);
      await stage.at(T + 10);
      await stage.reached(scheduler, T + 10);
      expect(stage.ticks(alert)).to.deep.equal(dueUntil(alert, T, T + 10));
    });

    it('end a firing alert at once, also in the second of a tick whose job was just done', async () => {
      const { scene } = stage;
      const alert = await scene.alert({ period: '1s', condition: '3 > 2' });
      const runner = scene.runner();
      await stage.at(T + 5);
      const scheduler = await stage.scheduler();
      await stage.reached(scheduler, T + 5);
      await scene.settled(runner);
      expect(await scene.state(alert)).to.include({ lastTick: T + 5, state: 'firing' });
      await scene.edit(alert, { enabled: false });
      await eventually('it is resolved', async () => (await scene.state(alert)).state === 'ok');
      expect((await scene.events(alert)).map(({ type, reason, tick }) => [type, reason, tick - T])).to.deep.equal([
        ['triggered', 'condition', 1],
        ['resolved', 'disabled', 5],
      ]);
      await stage.at(T + 8);
      await stage.reached(scheduler, T + 8);
      await scene.settled(runner);
      expect(await scene.ledger(alert)).to.deep.equal(recordedOnce(dueUntil(alert, T, T + 5)));
    });

    it('that are not worked off are dispatched again', async () => {
      await stage.close();
      stage = await Stage.open(world, { 'deduplication-window-ms': 0 });
      const { scene } = stage;
      const alert = await scene.alert({ condition: '3 > 2' });
      const due = dueUntil(alert, T, T + 12);
      await stage.at(T + 12);
      const scheduler = await stage.scheduler();
      await stage.reached(scheduler, T + 12);
      await scene.remove(alert);
      // Every job until now is lost.
      await eventually('the last job is dispatched again and again', async () => {
        const jobs = await scene.queue.receive({ maxJobs: 100, waitMs: 0, leaseMs: 60_000 });
        if (jobs.length > 0) await scene.queue.ack(jobs.map(({ lease }) => lease));
        return stage.ticks(alert).filter((tick) => tick === T + 12).length >= 3;
      });
      const runner = scene.runner();
      await eventually('it is settled', async () => !(await scene.store.alerts.unsettled(1_000)).some(({ alertId }) => alertId === alert.id));
      await scene.settled(runner);
      expect(await scene.ledger(alert)).to.deep.equal(recordedOnce(due));
      expect((await scene.events(alert)).at(-1)).to.include({ type: 'resolved', reason: 'deleted' });
    });
  });

  describe('a clock that steps', () => {
    it('forward: owes one job for all that is due then, and the worker records every tick of it', async () => {
      const { scene } = stage;
      const alert = await scene.alert({ condition: '3 > 2' });
      const runner = scene.runner();
      await stage.at(T + 10);
      const scheduler = await stage.scheduler();
      await stage.reached(scheduler, T + 10);
      await scene.settled(runner);
      await stage.at(T + 610);
      await stage.reached(scheduler, T + 610);
      await scene.settled(runner);
      const due = dueUntil(alert, T, T + 610);
      expect(stage.ticks(alert)).to.deep.equal([due[0], due.at(-1)]);
      expect(await scene.ledger(alert)).to.deep.equal(recordedOnce(due));
    });

    it('back: repeats no tick, leaves none out, and dispatches none before it is due', async () => {
      const { scene } = stage;
      const alert = await scene.alert({ condition: '3 > 2' });
      const runner = scene.runner();
      await stage.at(T + 30);
      const scheduler = await stage.scheduler();
      await stage.reached(scheduler, T + 30);
      await scene.settled(runner);
      const before = stage.ticks(alert);
      for (const second of [T + 5, T + 15, T + 29]) {
        scene.clock.set(second + 0.98);
        // An edit then takes effect from the last recorded tick on, never before.
        await scene.edit(alert, { description: `at ${second}` });
        await stage.relayChanges();
      }
      for (let second = T + 31; second <= T + 55; second += 1) {
        await stage.at(second);
        await stage.reached(scheduler, second);
      }
      await scene.settled(runner);
      expect(before).to.have.length(1);
      expect(await scene.ledger(alert)).to.deep.equal(recordedOnce(dueUntil(alert, T, T + 55)));
      expect(stage.dispatched.filter(({ tick, at }) => tick > at)).to.deep.equal([]);
    });
  });

  it('keeps what is owed while the work queue refuses, says that it is sick, and loses nothing', async () => {
    const { scene } = stage;
    const alert = await scene.alert({ period: '1s', condition: '3 > 2' });
    let refusing = false;
    let refused = 0;
    const queue = delegate(stage.queue, {
      publish: (jobs, signal) => {
        if (!refusing) return stage.queue.publish(jobs, signal);
        refused += 1;
        return Promise.resolve(jobs.map(() => ({ status: 'failed' as const, error: new CaveError('resource_exhausted', 'The queue is full.') })));
      },
    });
    const runner = scene.runner();
    await stage.at(T + 2);
    const scheduler = await stage.scheduler({}, { workQueue: queue });
    await stage.reached(scheduler, T + 2);
    refusing = true;
    await stage.at(T + 4);
    await eventually('it was refused again and again', () => refused >= 3);
    expect(scheduler.status()).to.include({ leader: true, watermark: T + 2 });
    expect(scheduler.health()['dispatch']?.healthy).to.equal(false);
    await stage.at(T + 6);
    refusing = false;
    await stage.reached(scheduler, T + 6);
    expect(scheduler.health()['dispatch']).to.deep.equal({ healthy: true });
    await scene.settled(runner);
    expect(await scene.ledger(alert)).to.deep.equal(recordedOnce(dueUntil(alert, T, T + 6)));
  });
});
