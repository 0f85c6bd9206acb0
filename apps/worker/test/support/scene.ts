import { join } from 'node:path';
import rawStreamAdapter from '@cave/adapter-embedded/raw-stream';
import workQueueAdapter from '@cave/adapter-embedded/work-queue';
import {
  AlertManagement,
  CheckRunner,
  DeliveryDispatcher,
  encodeJob,
  type Alert,
  type AlertEvent,
  type AlertInput,
  type AlertState,
  type CheckRunnerOptions,
  type ConfigStore,
  type DeliveryDispatcherOptions,
  type MetricsStores,
  type NewAlertInput,
  type RawStream,
  type Team,
  type Tenant,
  type WorkQueue,
} from '@cave/core';
import { ManualClock, RecordingMailer, RecordingNotifier, eventually, noTelemetry, quietLogger } from './doubles.js';
import { createAdapter, type World } from './world.js';

export const ACTOR = { userId: '1', email: 'ops@example.org', from: '127.0.0.1' };
/** Where a scene's time begins: near the real time, because the config store has its own. */
export const T = Math.floor(Date.now() / 60_000) * 60;

const CHECKS: CheckRunnerOptions = {
  batchSize: 100,
  batches: 2,
  cachedAlerts: 1_000,
  catchUpSeconds: 3_600,
  minPatienceSeconds: 30,
  maxTicks: 400,
  gatePollMs: 5,
  capacity: 10_000,
  receiveBatch: 1_000,
  leaseMs: 60_000,
  waitMs: 1_000,
};

const DELIVERIES: DeliveryDispatcherOptions = { timeoutMs: 1_000, maxAttempts: 3, firstRetryMs: 20, maxRetryMs: 2_000, concurrency: 10, pollMs: 20 };

/** One tenant with its alerts, a stream and a queue of its own, and the services that a test starts in it. */
export class Scene {
  readonly clock = new ManualClock(T);
  readonly notifier = new RecordingNotifier();
  readonly mailer = new RecordingMailer();
  readonly stream: RawStream;
  readonly queue: WorkQueue;
  readonly alerts: AlertManagement;
  readonly directory: string;
  readonly #name: string;
  #tenant: Tenant | null = null;
  readonly #alerts: Alert[] = [];
  /** Whose each alert is: the scene's tenant may change. */
  readonly #tenants = new Map<string, Tenant>();
  #offset = -1n;
  readonly #running: (() => Promise<void>)[] = [];

  private constructor(
    readonly world: World,
    queueOptions: Readonly<Record<string, unknown>>,
  ) {
    const { name, directory } = world.place();
    this.#name = name;
    this.directory = directory;
    this.stream = createAdapter<RawStream>(rawStreamAdapter, { directory: join(directory, 'stream') });
    this.queue = createAdapter<WorkQueue>(workQueueAdapter, { directory: join(directory, 'queue'), ...queueOptions });
    this.alerts = new AlertManagement(world.configStore, this.clock);
  }

  static async open(world: World, queueOptions: Readonly<Record<string, unknown>> = {}): Promise<Scene> {
    const scene = new Scene(world, queueOptions);
    await Promise.all([scene.stream.start(), scene.queue.start()]);
    const name = scene.#name;
    const organization = await world.configStore.organizations.insert({
      name,
      email: `${name}@example.org`,
      notificationUrl: `https://example.org/${name}`,
      signingSecret: 'secret',
      cluster: null,
      database: name,
    });
    scene.#tenant = { organization, team: null };
    return scene;
  }

  get tenant(): Tenant {
    if (this.#tenant === null) throw new Error('The scene is not open.');
    return this.#tenant;
  }

  get store(): ConfigStore {
    return this.world.configStore;
  }

  get database(): string {
    return (this.tenant.team ?? this.tenant.organization).database;
  }

  /** From here on alerts belong to a new team. */
  async withTeam(cluster: string | null = null): Promise<Team> {
    const { organization } = this.tenant;
    const team = await this.store.teams.insert({ organizationId: organization.id, name: 'twain', cluster, database: `twain.${this.#name}` });
    this.#tenant = { organization, team };
    return team;
  }

  // ------------------------------------------------------------------ alerts

  async alert(input: Partial<NewAlertInput> = {}): Promise<Alert> {
    const { alert } = await this.alerts.create(ACTOR, this.tenant, { description: 'orders are many', enabled: true, period: '10s', condition: 'orders > 5', ...input });
    this.#alerts.push(alert);
    this.#tenants.set(alert.id, this.tenant);
    return alert;
  }

  async edit(alert: Alert, input: AlertInput): Promise<Alert> {
    return (await this.alerts.update(ACTOR, this.tenant, alert.id, input)).alert;
  }

  remove(alert: Alert): Promise<void> {
    return this.alerts.delete(ACTOR, this.#tenants.get(alert.id) ?? this.tenant, alert.id);
  }

  // ------------------------------------------------------------------ points

  /** Stores points `[second, value]` of a metric without tags, past the stream. */
  async points(metric: string, points: readonly (readonly [number, number])[]): Promise<void> {
    this.#offset += 1n;
    const [result] = await this.world.metricsStore.write([
      {
        origin: { incarnation: `${this.stream.incarnation()}-direct`, partition: '0', offset: this.#offset },
        points: {
          database: this.database,
          cluster: null,
          identity: { kind: 'numbered', firstNumber: await this.store.numbers.reserve(points.length) },
          series: [{ name: metric, tags: {} }],
          seriesIndex: new Uint32Array(points.length),
          times: Float64Array.from(points, ([time]) => time),
          values: Float64Array.from(points, ([, value]) => value),
        },
      },
    ]);
    if (result?.status !== 'stored' || result.refused.length > 0) throw new Error(`The points were not stored: ${JSON.stringify(result)}`);
  }

  /** Says that everything accepted before this second is stored. */
  async storedUpTo(second: number): Promise<void> {
    const incarnation = this.stream.incarnation();
    await this.world.metricsStore.setStoredUpTo((await this.stream.partitions()).map((partition) => ({ incarnation, partition, timeMs: second * 1000 })));
  }

  /** It is this second now, and the pipeline is current. */
  async at(second: number): Promise<void> {
    await this.storedUpTo(second);
    this.clock.set(second);
  }

  // ------------------------------------------------------------------ services

  /** A worker's check runner, started; stopped with the scene unless the test stops it. */
  runner(options: Partial<CheckRunnerOptions> = {}, given: { readonly configStore?: ConfigStore; readonly metricsStores?: MetricsStores; readonly workQueue?: WorkQueue } = {}): CheckRunner {
    const runner = new CheckRunner(
      {
        configStore: given.configStore ?? this.store,
        workQueue: given.workQueue ?? this.queue,
        rawStream: this.stream,
        metricsStores: given.metricsStores ?? this.world.metricsStores,
        clock: this.clock,
        logger: quietLogger,
        telemetry: noTelemetry,
        alertUrl: ({ alert }) => `https://cave.example.org/alerts/${alert.id}`,
        onCommitted: () => undefined,
      },
      { ...CHECKS, ...options },
    );
    runner.start();
    this.stopWith(() => runner.stop());
    return runner;
  }

  dispatcher(options: Partial<DeliveryDispatcherOptions> = {}, instanceId = 'dispatcher', configStore = this.store): DeliveryDispatcher {
    const dispatcher = new DeliveryDispatcher(
      { configStore, notifiers: [this.notifier], mailer: this.mailer, clock: this.clock, logger: quietLogger, telemetry: noTelemetry, instanceId },
      { ...DELIVERIES, ...options },
    );
    dispatcher.start();
    this.stopWith(() => dispatcher.stop());
    return dispatcher;
  }

  stopWith(stop: () => Promise<void>): void {
    this.#running.push(stop);
  }

  async close(): Promise<void> {
    for (const stop of this.#running.splice(0).reverse()) await stop();
    await this.#forgetAlerts();
    await Promise.all([this.stream.close(), this.queue.close()]);
  }

  /** Deletes and settles them, so that a scheduler of a later scene finds none. */
  async #forgetAlerts(): Promise<void> {
    for (const alert of this.#alerts) {
      if ((await this.store.alerts.scheduledByIds([alert.id]))[0]?.enabled === true) await this.remove(alert);
    }
    const works = await this.store.alertStates.load(this.#alerts.map(({ id }) => id));
    await this.store.alertStates.commit(
      works.map(({ alert, state }) => ({
        alertId: alert.id,
        expectedLastTick: state.lastTick,
        expectedVersion: alert.version,
        state: { ...state, settledVersion: alert.version },
        ledger: [],
        events: [],
        deliveries: [],
        database: this.database,
        cluster: null,
      })),
    );
  }

  // ------------------------------------------------------------------ jobs and what became of them

  async job(alert: Alert, tick: number): Promise<void> {
    const [result] = await this.queue.publish([{ ...encodeJob({ alertId: alert.id, tick }), id: `${alert.id}@${tick}#${Math.random()}` }]);
    if (result?.status !== 'accepted') throw new Error(`The job was not accepted: ${JSON.stringify(result)}`);
  }

  /** Until no job is left and no runner owes anything. */
  async settled(...runners: readonly CheckRunner[]): Promise<void> {
    await eventually('every job is settled', async () => {
      if (runners.some((runner) => runner.status()['owed'] !== 0)) return false;
      const depth = await this.queue.depth();
      return depth.ready + depth.leased + depth.delayed === 0;
    });
  }

  async state(alert: Alert): Promise<AlertState> {
    const state = await this.store.alertStates.find(alert.id);
    if (state === null) throw new Error(`Alert ${alert.id} has no state.`);
    return state;
  }

  /** Oldest first. */
  async events(alert: Alert): Promise<readonly AlertEvent[]> {
    return (await this.store.alertStates.events(alert.id, { limit: 1_000, offset: 0 })).toReversed();
  }

  /** The ledger as `tick=value` or `tick=error`, in the order of recording, relative to `since`. */
  async ledger(alert: Alert, since = T): Promise<string[]> {
    const rows = await this.store.transaction((repositories) => repositories.historyOutbox.take(100_000));
    return rows.filter((row) => row.alertId === alert.id).map((row) => `${row.tick - since}=${row.error ?? row.value}`);
  }

  /** Kinds of the status issues that are open. */
  async issues(): Promise<string[]> {
    return (await this.store.status.current()).map(({ kind }) => kind);
  }
}

/** The first `count` ticks of an alert after second `after`. */
export function ticksOf(alert: Alert, after: number, count: number): number[] {
  const period = Number(alert.period.slice(0, -1)) * (alert.period.endsWith('m') ? 60 : 1);
  const first = alert.offsetSeconds + (Math.floor((after - alert.offsetSeconds) / period) + 1) * period;
  return Array.from({ length: count }, (_, i) => first + i * period);
}
