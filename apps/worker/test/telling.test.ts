import { expect } from 'chai';
import { HistoryRelay, StoreWriter, type Alert, type ConfigStore, type Delivery, type RawStream } from '@cave/core';
import { Scene, T, World, delegate, eventually, noTelemetry, quietLogger, ticksOf } from './support/index.js';

describe('what checks tell, on the embedded adapters', function () {
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

  /** Checks each of these values at a tick of its own: a number is a point, null is none. */
  async function check(alert: Alert, values: readonly (number | null)[], after = T): Promise<number[]> {
    const ticks = ticksOf(alert, after, values.length);
    const runner = scene.runner();
    for (const [i, tick] of ticks.entries()) {
      const value = values[i];
      if (value !== undefined && value !== null) await scene.points('orders', [[tick - 1, value]]);
      await scene.at(tick);
      await scene.job(alert, tick);
      await scene.settled(runner);
    }
    await runner.stop();
    return ticks;
  }

  async function deliveries(alert: Alert): Promise<readonly Delivery[]> {
    const found = await scene.store.deliveries.ofEvents((await scene.events(alert)).map(({ id }) => id));
    return found.toReversed();
  }

  const allSettled = (alert: Alert, count: number): Promise<void> =>
    eventually(`${count} deliveries are settled`, async () => {
      const found = await deliveries(alert);
      return found.length === count && found.every(({ status }) => status !== 'pending');
    });

  describe('from a check to its receiver', () => {
    it('tells changes in order, each under the id of its event', async () => {
      const alert = await scene.alert();
      scene.dispatcher();
      const [first, , third, fourth] = await check(alert, [9, 9, 1, 9]);
      await allSettled(alert, 3);
      expect(scene.notifier.sent(alert.id)).to.deep.equal([`triggered@${first}`, `resolved@${third}`, `triggered@${fourth}`]);
      expect(scene.notifier.of(alert.id).map(({ event }) => event.id)).to.deep.equal((await scene.events(alert)).map(({ id }) => id));
      const [told] = scene.notifier.of(alert.id);
      expect(told?.event.values).to.deep.equal([{ time: (first ?? 0) - 1, left: 9, right: 5 }]);
      expect(told?.url).to.equal(`https://cave.example.org/alerts/${alert.id}`);
    });

    it('tells each true check where the alert asks for it', async () => {
      const alert = await scene.alert({ notify: 'every_check' });
      scene.dispatcher();
      const [a, b, c, d] = await check(alert, [9, 9, 9, 1]);
      await allSettled(alert, 4);
      expect(scene.notifier.sent(alert.id)).to.deep.equal([`triggered@${a}`, `reminder@${b}`, `reminder@${c}`, `resolved@${d}`]);
    });

    it('reminds every repeat interval while it fires', async () => {
      const alert = await scene.alert({ repeatInterval: '20s' });
      scene.dispatcher();
      const [a, , c, , e] = await check(alert, [9, 9, 9, 9, 9]);
      await allSettled(alert, 3);
      expect(scene.notifier.sent(alert.id)).to.deep.equal([`triggered@${a}`, `reminder@${c}`, `reminder@${e}`]);
    });

    it('tells of no data and of a metric that nobody has seen after three checks, once, where the alert asks for it', async () => {
      const empty = await scene.alert({ condition: 'orders[].max.10s > 5', notifyNoData: true });
      const quiet = await scene.alert({ condition: 'orders[].max.10s > 5' });
      const unknown = await scene.alert({ condition: 'nobody.has.seen > 5', notifyError: true });
      await scene.points('orders', [[T - 1_000, 9]]);
      scene.dispatcher();
      const [, , third] = await check(empty, [null, null, null, null]);
      const unknownTicks = await check(unknown, [null, null, null, null], T + 60);
      await check(quiet, [null, null, null, null], T + 120);
      await allSettled(empty, 1);
      await allSettled(unknown, 1);
      expect(scene.notifier.sent(empty.id)).to.deep.equal([`no_data@${third}`]);
      expect(scene.notifier.of(unknown.id).map(({ event }) => [event.type, event.reason])).to.deep.equal([['error', 'unknown_series']]);
      expect((await scene.ledger(unknown)).at(-1)).to.equal(`${(unknownTicks[3] ?? 0) - T}=unknown_series`);
      expect(await deliveries(quiet)).to.deep.equal([]);
      expect(await scene.state(empty)).to.include({ state: 'ok', health: 'no_data' });
    });

    it("reads a team's own database and names the team, at its organization's URL", async () => {
      const outside = scene.tenant;
      await scene.points('orders', [[T, 1]]);
      await scene.withTeam();
      const alert = await scene.alert();
      scene.dispatcher();
      await check(alert, [9]);
      await allSettled(alert, 1);
      const [request] = scene.notifier.requests;
      expect(request?.url).to.equal(outside.organization.notificationUrl);
      expect(request?.notification.team).to.deep.equal({ name: 'twain' });
      expect(request?.notification.organization.name).to.equal(outside.organization.name);
    });

    it('uses a changed URL for the next event, though the alert is cached', async () => {
      const alert = await scene.alert();
      scene.dispatcher();
      const runner = scene.runner();
      const [first = 0, second = 0] = ticksOf(alert, T, 2);
      for (const [tick, value] of [[first, 9], [second, 1]] as const) {
        await scene.points('orders', [[tick - 1, value]]);
        await scene.at(tick);
        await scene.job(alert, tick);
        await scene.settled(runner);
        await scene.store.organizations.update(alert.organizationId, { notificationUrl: 'https://elsewhere.example.org/' });
      }
      await allSettled(alert, 2);
      expect(scene.notifier.requests.map(({ url }) => url)).to.deep.equal([scene.tenant.organization.notificationUrl, 'https://elsewhere.example.org/']);
    });

    it('mails beside the URL where routing asks for it', async () => {
      const alert = await scene.alert({ routing: { mail: 'true' } });
      scene.dispatcher();
      await check(alert, [9]);
      await allSettled(alert, 2);
      expect(scene.notifier.sent(alert.id)).to.have.length(1);
      expect(scene.mailer.mails.map(({ to }) => to)).to.deep.equal([[scene.tenant.organization.email]]);
    });
  });

  describe('a receiver in trouble', () => {
    it('gets the events in order once it is back, none before its predecessor is through', async () => {
      const alert = await scene.alert();
      await check(alert, [9, 1, 9]);
      let failures = 2;
      scene.notifier.answer = () => (failures-- > 0 ? { status: 'retry', reason: 'HTTP 503', httpStatus: 503 } : { status: 'delivered', httpStatus: 200, answer: 'ok' });
      scene.dispatcher();
      await allSettled(alert, 3);
      const types = scene.notifier.of(alert.id).map(({ event }) => event.type);
      expect(types).to.deep.equal(['triggered', 'triggered', 'triggered', 'resolved', 'triggered']);
      expect(new Set(scene.notifier.of(alert.id).slice(0, 3).map(({ event }) => event.id)).size).to.equal(1);
      expect(scene.mailer.mails).to.deep.equal([]);
    });

    it('is given up after its attempts: the mail says it instead, and the next event has its own try', async () => {
      const alert = await scene.alert();
      await check(alert, [9, 1]);
      scene.notifier.answer = ({ notification }) =>
        notification.event.type === 'triggered' ? { status: 'retry', reason: 'HTTP 500', httpStatus: 500 } : { status: 'delivered', httpStatus: 200, answer: 'ok' };
      scene.dispatcher({ maxAttempts: 3 });
      await allSettled(alert, 3);
      expect(scene.notifier.of(alert.id).map(({ event }) => event.type)).to.deep.equal(['triggered', 'triggered', 'triggered', 'resolved']);
      expect(scene.mailer.mails.map(({ to, subject }) => [to[0], subject.includes('triggered')])).to.deep.equal([[scene.tenant.organization.email, true]]);
      const statuses = (await deliveries(alert)).map(({ receiver, status }) => [receiver.split(':')[0], status]);
      expect(statuses).to.have.deep.members([
        ['webhook', 'given_up'],
        ['webhook', 'delivered'],
        ['mail', 'delivered'],
      ]);
    });

    it('is not asked again when it refuses for good: the mail goes out at once', async () => {
      const alert = await scene.alert();
      await check(alert, [9]);
      scene.notifier.answer = () => ({ status: 'refused', reason: 'HTTP 410', httpStatus: 410 });
      scene.dispatcher();
      await allSettled(alert, 2);
      expect(scene.notifier.requests).to.have.length(1);
      expect(scene.mailer.mails).to.have.length(1);
    });

    it('is mailed again when the mail server does not answer in time, under the same id', async () => {
      const alert = await scene.alert();
      await check(alert, [9]);
      scene.notifier.answer = () => ({ status: 'refused', reason: 'HTTP 410', httpStatus: 410 });
      scene.mailer.silent = 1;
      scene.dispatcher({ timeoutMs: 50 });
      await allSettled(alert, 2);
      expect(scene.mailer.mails).to.have.length(2);
      expect(new Set(scene.mailer.mails.map(({ id }) => id)).size).to.equal(1);
    });

    it('is replaced by a mail when no notifier handles its URL', async () => {
      await scene.store.organizations.update(scene.tenant.organization.id, { notificationUrl: 'gopher://example.org/' });
      const alert = await scene.alert();
      await check(alert, [9]);
      scene.dispatcher();
      await allSettled(alert, 2);
      expect(scene.notifier.requests).to.deep.equal([]);
      expect(scene.mailer.mails.map(({ to }) => to)).to.deep.equal([[scene.tenant.organization.email]]);
    });

    it('is left alone for as long as it asks to be', async () => {
      const alert = await scene.alert();
      await check(alert, [9]);
      const times: number[] = [];
      scene.notifier.answer = () => {
        times.push(performance.now());
        return times.length === 1 ? { status: 'retry', reason: 'HTTP 429', httpStatus: 429, retryAfterMs: 700 } : { status: 'delivered', httpStatus: 200, answer: 'ok' };
      };
      scene.dispatcher({ firstRetryMs: 1 });
      await allSettled(alert, 1);
      expect(times).to.have.length(2);
      expect((times[1] ?? 0) - (times[0] ?? 0)).to.be.at.least(690);
    });

    it('holds up nobody else while it does not answer', async () => {
      const slow = await scene.alert();
      let release = (): void => undefined;
      const answered = new Promise<void>((resolve) => (release = resolve));
      scene.stopWith(() => Promise.resolve(release()));
      scene.notifier.answer = async ({ notification }) => {
        if (notification.alert.id === slow.id) await answered;
        return { status: 'delivered', httpStatus: 200, answer: 'ok' };
      };
      const dispatcher = scene.dispatcher();
      await check(slow, [9]);
      await eventually('the slow one is asked', () => scene.notifier.sent(slow.id).length === 1);
      scene.clock.set(T + 60);
      const other = await scene.alert();
      await check(other, [1, 9, 1, 9], T + 60);
      await allSettled(other, 3);
      expect((await deliveries(slow)).map(({ status }) => status)).to.deep.equal(['pending']);
      release();
      await allSettled(slow, 1);
      expect(dispatcher.health()).to.deep.equal({ healthy: true });
    });
  });

  describe('a dispatcher that dies', () => {
    it('leaves its delivery to another when its lease ends, under the same event id', async () => {
      const alert = await scene.alert();
      await check(alert, [9, 1]);
      // It took the first, perhaps sent it, and was never heard of again.
      const leased = (await scene.store.deliveries.lease('dead', 1, { limit: 100, perOrganization: 100 })).filter(({ alertId }) => alertId === alert.id);
      expect(leased.map(({ notification }) => notification.event.type)).to.deep.equal(['triggered']);
      scene.dispatcher({}, 'alive');
      await allSettled(alert, 2);
      expect(scene.notifier.of(alert.id).map(({ event }) => event.type)).to.deep.equal(['triggered', 'resolved']);
      expect(scene.notifier.of(alert.id)[0]?.event.id).to.equal(leased[0]?.eventId);
      const late = { deliveryId: leased[0]?.id ?? '', at: new Date(), outcome: 'retry', httpStatus: 500, answer: 'late' } as const;
      expect(await scene.store.deliveries.settle('dead', late, { status: 'pending', retryInSeconds: 0 })).to.equal(false);
    });

    it('repeats under the same id what the receiver answered and nobody recorded', async () => {
      const alert = await scene.alert();
      await check(alert, [9]);
      let settles = 0;
      const forgetful: ConfigStore = delegate(scene.store, {
        deliveries: { ...scene.store.deliveries, settle: (...given) => (settles++ === 0 ? Promise.reject(new Error('The connection broke.')) : scene.store.deliveries.settle(...given)), lease: (dispatcher, _seconds, places) => scene.store.deliveries.lease(dispatcher, 1, places) },
      });
      scene.dispatcher({}, 'forgetful', forgetful);
      await allSettled(alert, 1);
      expect(scene.notifier.sent(alert.id)).to.have.length(2);
      expect(new Set(scene.notifier.of(alert.id).map(({ event }) => event.id)).size).to.equal(1);
    });
  });

  describe('history', () => {
    it('is stored once although it was relayed twice', async () => {
      const alert = await scene.alert();
      const ticks = await check(alert, [9, 1, 9]);
      scene.clock.set(T + 60);
      const broken = await scene.alert({ condition: 'nobody.has.seen > 5' });
      const brokenTicks = await check(broken, [null], T + 60);
      let published = 0;
      // The first relay dies between the stream's confirmation and its commit.
      const dying: RawStream = delegate(scene.stream, {
        publish: async (records, signal) => {
          const results = await scene.stream.publish(records, signal);
          if (published++ === 0) throw new Error('killed');
          return results;
        },
      });
      const relay = new HistoryRelay(scene.store, dying, scene.clock, quietLogger, { batchSize: 100_000, pollMs: 10 });
      relay.start();
      scene.stopWith(() => relay.stop());
      await eventually('the rows are gone', async () => (await scene.ledger(alert)).length === 0 && (await scene.ledger(broken)).length === 0);
      expect(published).to.be.at.least(2);
      const writer = new StoreWriter({ stream: scene.stream, stores: world.metricsStores, clock: scene.clock, logger: quietLogger, telemetry: noTelemetry }, { gatherMs: 1, reportMs: 10, pollWaitMs: 5 });
      await writer.start();
      scene.stopWith(() => writer.stop(AbortSignal.timeout(5_000)));
      const now = scene.clock.nowMs();
      await eventually('all is stored', async () => {
        const marks = (await world.metricsStore.storedUpTo()).filter(({ incarnation }) => incarnation === scene.stream.incarnation());
        return marks.length > 0 && marks.every(({ timeMs }) => timeMs >= now) && (await scene.stream.positions('dbwriter')).every(({ lag }) => Number(lag) === 0);
      });
      const history = async (tags: Record<string, string>): Promise<unknown> => {
        const [answer] = await world.metricsStore.query([{ kind: 'points', database: scene.database, metric: 'alertsHistory', tags, range: { from: 0, to: T + 10_000 }, limit: 100 }]);
        return answer?.kind === 'points' ? answer.times.map((time, i) => [time, answer.values[i]]).reverse() : answer?.kind;
      };
      expect(await history({ alert: alert.id })).to.deep.equal(ticks.map((tick, i) => [tick, i === 1 ? 0 : 1]));
      expect(await history({ alert: broken.id, error: 'unknown_series' })).to.deep.equal([[brokenTicks[0], -1]]);
    });
  });
});
