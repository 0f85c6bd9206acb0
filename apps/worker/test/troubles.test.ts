import { expect } from 'chai';
import { CaveError, NumberBlocks, Publisher, StoreWriter, type Alert, type MetricsStores } from '@cave/core';
import { Scene, T, World, delegate, eventually, noTelemetry, quietLogger, ticksOf } from './support/index.js';

describe('checks when CAVE itself is in trouble, on the embedded adapters', function () {
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

  async function deliveriesOf(alert: Alert): Promise<number> {
    return (await scene.store.deliveries.ofEvents((await scene.events(alert)).map(({ id }) => id))).length;
  }

  async function publish(publisher: Publisher, second: number, value: number): Promise<void> {
    const points = { database: scene.database, cluster: null, series: [{ name: 'orders', tags: {} }], seriesIndex: Uint32Array.of(0), times: Float64Array.of(second), values: Float64Array.of(value) };
    await publisher.publish(points);
  }

  async function startWriter(): Promise<StoreWriter> {
    const writer = new StoreWriter(
      { stream: scene.stream, stores: world.metricsStores, clock: scene.clock, logger: quietLogger, telemetry: noTelemetry },
      { gatherMs: 1, reportMs: 10, pollWaitMs: 5 },
    );
    await writer.start();
    scene.stopWith(() => writer.stop(AbortSignal.timeout(5_000)));
    return writer;
  }

  it('reads nothing early, pages nobody and raises one status issue while the dbwriter is stalled; the issue closes when it is back', async () => {
    const publisher = new Publisher({ stream: scene.stream, numbers: new NumberBlocks(scene.store.numbers), clock: scene.clock, telemetry: noTelemetry, quota: null });
    const asking = { condition: '', notifyNoData: true, notifyError: true } as const;
    const high = await scene.alert({ ...asking, condition: 'orders > 5' });
    const missing = await scene.alert({ ...asking, condition: 'orders missing for 30s' });
    const alerts = [high, missing];
    const writer = await startWriter();
    const runner = scene.runner();

    // All is well: one point, both are fine.
    scene.clock.set(T);
    await publish(publisher, T, 1);
    const firsts = alerts.map((alert) => ticksOf(alert, T, 1)[0] ?? 0);
    scene.clock.set(T + 10);
    for (const [i, alert] of alerts.entries()) await scene.job(alert, firsts[i] ?? 0);
    await scene.settled(runner);
    for (const [i, alert] of alerts.entries()) expect(await scene.ledger(alert)).to.deep.equal([`${(firsts[i] ?? 0) - T}=0`]);

    // The dbwriter stops. Points come all the same, and are accepted.
    await writer.stop(AbortSignal.timeout(5_000));
    for (let second = T + 10; second < T + 40; second += 5) {
      scene.clock.set(second);
      await publish(publisher, second, 1);
    }
    scene.clock.set(T + 40);
    const dues = alerts.map((alert) => ticksOf(alert, T + 10, 3));
    for (const [i, alert] of alerts.entries()) await scene.job(alert, dues[i]?.[2] ?? 0);
    await eventually('both wait', () => runner.status()['waiting_for_data'] === 2);
    for (const alert of alerts) expect(await scene.ledger(alert)).to.have.length(1);
    expect(await scene.issues()).to.deep.equal([]);

    // Patience ends: 30 s after the last of the ticks.
    scene.clock.set(T + 75);
    await scene.settled(runner);
    for (const [i, alert] of alerts.entries()) {
      expect(await scene.ledger(alert)).to.deep.equal([`${(firsts[i] ?? 0) - T}=0`, ...(dues[i] ?? []).map((tick) => `${tick - T}=late_pipeline`)]);
      expect(await scene.state(alert)).to.include({ state: 'ok', health: 'no_data', sickChecks: 3, sickTold: false });
      expect(await scene.events(alert)).to.deep.equal([]);
      expect(await deliveriesOf(alert)).to.equal(0);
    }
    expect(await scene.issues()).to.deep.equal(['late_pipeline']);

    // It is back: what waited is stored, the next checks read it, and the issue closes.
    await startWriter();
    await publish(publisher, T + 75, 9);
    scene.clock.set(T + 85);
    const nexts = alerts.map((alert) => ticksOf(alert, T + 75, 1)[0] ?? 0);
    for (const [i, alert] of alerts.entries()) await scene.job(alert, nexts[i] ?? 0);
    await scene.settled(runner);
    expect((await scene.ledger(high)).at(-1)).to.equal(`${(nexts[0] ?? 0) - T}=1`);
    expect((await scene.ledger(missing)).at(-1)).to.equal(`${(nexts[1] ?? 0) - T}=0`);
    await eventually('the issue is closed', async () => (await scene.issues()).length === 0);
  });

  it('keeps one issue open while the pipeline is late, whatever checks that need less find meanwhile', async () => {
    const [late, early] = [await scene.alert({ condition: 'orders > 5' }), await scene.alert({ condition: 'orders > 5 delayed by 1m' })];
    const before = (await scene.store.status.recent(1_000)).length;
    await scene.points('orders', [[T - 70, 9]]);
    await scene.storedUpTo(T);
    const runners = [scene.runner({ batchSize: 1 }), scene.runner({ batchSize: 1 })];
    await eventually('both watch', () => runners.every((runner) => runner.status()['stored_up_to_ms'] === T * 1000));
    scene.clock.set(T + 60);
    for (const tick of ticksOf(late, T, 2)) await scene.job(late, tick);
    await scene.settled(...runners);
    expect(await scene.issues()).to.deep.equal(['late_pipeline']);
    for (const tick of ticksOf(early, T, 5)) await scene.job(early, tick);
    await scene.settled(...runners);
    expect(await scene.issues()).to.deep.equal(['late_pipeline']);
    expect((await scene.store.status.recent(1_000)).length).to.equal(before);
    await scene.storedUpTo(T + 60);
    await eventually('the issue is closed', async () => (await scene.issues()).length === 0);
    expect((await scene.store.status.recent(1_000)).length).to.equal(before + 1);
  });

  it('waits for the data of each cluster by itself: one that is away holds up its own tenants only, and reads nothing early', async () => {
    const near = await scene.alert({ condition: 'orders > 5' });
    await scene.points('orders', [[T - 1, 9]]);
    const team = await scene.withTeam('far');
    const away = await scene.alert({ condition: 'orders > 5', notifyNoData: true });
    await scene.points('orders', [[T - 1, 9]]);
    // The far store does not even answer when asked what it has.
    let farUpTo: number | null = null;
    let answer: () => void = () => undefined;
    const silent = new Promise<void>((resolve) => (answer = resolve));
    const asked: string[] = [];
    const far = delegate(world.metricsStore, {
      storedUpTo: async () => {
        if (farUpTo === null) await silent;
        return [{ incarnation: scene.stream.incarnation(), partition: '0', timeMs: (farUpTo ?? 0) * 1000 }];
      },
      query: (questions, signal) => {
        asked.push(...questions.map(({ database }) => database));
        return world.metricsStore.query(questions, signal);
      },
    });
    const stores: MetricsStores = { get: (cluster) => (cluster === 'far' ? far : world.metricsStore), names: () => ['far'] };
    const runner = scene.runner({}, { metricsStores: stores });
    const [first = 0, second = 0] = ticksOf(near, T, 2);
    const [awayFirst = 0] = ticksOf(away, T, 1);
    await scene.at(Math.max(first, awayFirst));
    await scene.job(away, awayFirst);
    await scene.job(near, first);
    await eventually('the near one is recorded', async () => (await scene.ledger(near)).length === 1);
    expect(await scene.ledger(near)).to.deep.equal([`${first - T}=1`]);
    await eventually('the far one waits', () => runner.status()['waiting_for_data'] === 1);
    // It answers, but what was accepted for it lately is not stored yet.
    farUpTo = T - 60;
    answer();
    await eventually('its answer is known', () => runner.status()['stored_up_to_ms:far'] === (T - 60) * 1000);
    expect(await scene.ledger(away)).to.deep.equal([]);
    await scene.at(T + 60);
    await scene.settled(runner);
    expect(asked).to.deep.equal([]);
    expect((await scene.ledger(away))[0]).to.equal(`${awayFirst - T}=late_pipeline`);
    expect(await scene.issues()).to.deep.equal(['late_pipeline:far']);
    // It is back with what waited: the next tick is read, and its issue is closed.
    farUpTo = T + 60;
    await scene.job(near, second);
    const [next = 0] = ticksOf(away, T + 60, 1);
    await scene.at(next);
    farUpTo = next;
    await scene.job(away, next);
    await scene.settled(runner);
    expect((await scene.ledger(away)).at(-1)).to.equal(`${next - T}=1`);
    expect(new Set(asked)).to.deep.equal(new Set([team.database]));
    await eventually('the issue is closed', async () => (await scene.issues()).length === 0);
  });

  it('does not take its own absence for a late pipeline: after an outage of all it waits for the data and reads it', async () => {
    const alert = await scene.alert({ condition: 'orders > 5' });
    const ticks = ticksOf(alert, T, 20);
    const last = ticks.at(-1) ?? 0;
    await scene.points('orders', [[T, 9]]);
    await scene.storedUpTo(T);
    // Nobody worked for more than three minutes; the dbwriter is not back yet when the worker is.
    scene.clock.set(last);
    await scene.job(alert, last);
    const runner = scene.runner();
    await eventually('it waits', () => runner.status()['waiting_for_data'] === 1);
    await scene.storedUpTo(last);
    await scene.settled(runner);
    expect(await scene.ledger(alert)).to.deep.equal(ticks.map((tick) => `${tick - T}=1`));
    expect(await scene.issues()).to.deep.equal([]);
  });

  it('takes a pause of its own for no late pipeline either', async () => {
    const alert = await scene.alert({ condition: 'orders > 5' });
    const ticks = ticksOf(alert, T, 20);
    const last = ticks.at(-1) ?? 0;
    await scene.points('orders', [[T, 9]]);
    await scene.storedUpTo(T);
    const runner = scene.runner();
    await eventually('it watches', () => runner.status()['stored_up_to_ms'] === T * 1000);
    // The process stands still, and everything else with it.
    scene.clock.set(last);
    scene.clock.skip((last - T) * 1000);
    await scene.job(alert, last);
    await eventually('it waits', () => runner.status()['waiting_for_data'] === 1);
    await scene.storedUpTo(last);
    await scene.settled(runner);
    expect(await scene.ledger(alert)).to.deep.equal(ticks.map((tick) => `${tick - T}=1`));
  });

  it('records an error and keeps the state when the metrics store cannot answer, with one status issue and no notification', async () => {
    let down = false;
    const store = delegate(world.metricsStore, {
      query: (questions, signal) => (down ? Promise.reject(new CaveError('unavailable', 'The store is away.')) : world.metricsStore.query(questions, signal)),
    });
    const stores: MetricsStores = { get: () => store, names: () => [] };
    const firing = await scene.alert({ condition: 'orders > 5', notifyError: true, notifyNoData: true });
    const numbers = await scene.alert({ condition: '1 > 2', notifyError: true });
    const ticks = ticksOf(firing, T, 6);
    await scene.points('orders', [[T, 9]]);
    const runner = scene.runner({}, { metricsStores: stores });
    await scene.at(ticks[0] ?? 0);
    await scene.job(firing, ticks[0] ?? 0);
    await scene.settled(runner);
    expect(await scene.state(firing)).to.include({ state: 'firing', health: 'fine' });
    down = true;
    for (const tick of ticks.slice(1, 5)) {
      await scene.at(tick);
      await scene.job(firing, tick);
      await scene.settled(runner);
    }
    expect(await scene.ledger(firing)).to.deep.equal([`${(ticks[0] ?? 0) - T}=1`, ...ticks.slice(1, 5).map((tick) => `${tick - T}=store`)]);
    expect(await scene.state(firing)).to.include({ state: 'firing', health: 'error', sickTold: false });
    expect((await scene.events(firing)).map(({ type }) => type)).to.deep.equal(['triggered']);
    expect(await scene.issues()).to.deep.equal(['metrics_store']);
    // A condition of numbers alone says nothing about the store.
    const [tick = 0] = ticksOf(numbers, ticks[3] ?? 0, 1);
    await scene.at(Math.max(tick, ticks[4] ?? 0));
    await scene.job(numbers, tick);
    await scene.settled(runner);
    expect(await scene.issues()).to.deep.equal(['metrics_store']);
    down = false;
    await scene.at(ticks[5] ?? 0);
    await scene.job(firing, ticks[5] ?? 0);
    await scene.settled(runner);
    expect(await scene.state(firing)).to.include({ state: 'firing', health: 'fine' });
    expect((await scene.events(firing)).map(({ type }) => type)).to.deep.equal(['triggered']);
    await eventually('the issue is closed', async () => (await scene.issues()).length === 0);
  });

  it('says that it is sick while the work queue gives nothing, and goes on when it does', async () => {
    const alert = await scene.alert({ condition: '3 > 2' });
    const [tick = 0] = ticksOf(alert, T, 1);
    await scene.at(tick);
    await scene.job(alert, tick);
    let down = true;
    const queue = delegate(scene.queue, {
      receive: (options, signal) => (down ? Promise.reject(new CaveError('unavailable', 'The queue is away.')) : scene.queue.receive(options, signal)),
    });
    const runner = scene.runner({}, { workQueue: queue });
    await eventually('it is sick', () => runner.health()['jobs']?.healthy === false);
    down = false;
    await scene.settled(runner);
    expect(runner.health()['jobs']).to.deep.equal({ healthy: true });
    expect(await scene.ledger(alert)).to.deep.equal([`${tick - T}=1`]);
  });

  it('repeats a check whose acknowledgement got lost, and records nothing twice', async () => {
    const alert = await scene.alert({ condition: '3 > 2' });
    const [tick = 0] = ticksOf(alert, T, 1);
    await scene.at(tick);
    await scene.job(alert, tick);
    let lost = 0;
    const queue = delegate(scene.queue, {
      ack: (leases) => (lost++ === 0 ? Promise.reject(new CaveError('unknown_outcome', 'The queue did not answer.')) : scene.queue.ack(leases)),
    });
    const runner = scene.runner({ leaseMs: 300 }, { workQueue: queue });
    await scene.settled(runner);
    expect(lost).to.be.at.least(2);
    expect(await scene.ledger(alert)).to.deep.equal([`${tick - T}=1`]);
  });
});
