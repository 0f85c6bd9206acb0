import configBusAdapter from '@cave/adapter-embedded/config-bus';
import leaderElectionAdapter from '@cave/adapter-embedded/leader-election';
import { Scene, createAdapter, delegate, eventually, noTelemetry, quietLogger, type World } from '@cave/app-worker/test-support';
import {
  ChangeRelay,
  Scheduler,
  decodeJob,
  type Alert,
  type ConfigBus,
  type ConfigStore,
  type Job,
  type LeaderElection,
  type OwedJob,
  type SchedulerDependencies,
  type SchedulerOptions,
  type WorkQueue,
} from '@cave/core';

const OPTIONS: SchedulerOptions = { reconcileMs: 3_600_000, pageSize: 100, publishBatch: 100, settleMs: 20 };

/** A job that was put on the queue, and the second in which that was. */
export interface Dispatched extends OwedJob {
  readonly at: number;
}

/** A scene with config bus and leader election, an office of its own, and a record of what is dispatched. */
export class Stage {
  readonly dispatched: Dispatched[] = [];
  readonly configStore: ConfigStore;
  readonly election: LeaderElection;
  readonly bus: ConfigBus;
  /** Notes what the queue has accepted. */
  readonly queue: WorkQueue;
  readonly relay: ChangeRelay;

  private constructor(readonly scene: Scene) {
    const { offices } = scene.store;
    const own = (office: string): string => `${office} of ${scene.database}`;
    this.configStore = delegate(scene.store, {
      offices: {
        takeOffice: (office) => offices.takeOffice(own(office)),
        advanceWatermark: (office, epoch, watermark) => offices.advanceWatermark(own(office), epoch, watermark),
        find: (office) => offices.find(own(office)),
      },
    });
    this.election = createAdapter<LeaderElection>(leaderElectionAdapter, { 'data-dir': scene.directory });
    this.bus = createAdapter<ConfigBus>(configBusAdapter, { 'data-dir': scene.directory, 'queue-length': 10 });
    this.queue = delegate(scene.queue, { publish: (jobs, signal) => this.#publish(jobs, signal) });
    this.relay = new ChangeRelay({ store: scene.store, bus: this.bus, logger: quietLogger, telemetry: noTelemetry });
  }

  static async open(world: World, queueOptions: Readonly<Record<string, unknown>> = {}): Promise<Stage> {
    const stage = new Stage(await Scene.open(world, queueOptions));
    await Promise.all([stage.election.start(), stage.bus.start()]);
    // Changes of earlier scenes are nothing to this one's subscribers.
    await stage.relayChanges();
    return stage;
  }

  async scheduler(options: Partial<SchedulerOptions> = {}, given: Partial<SchedulerDependencies> = {}): Promise<Scheduler> {
    const scheduler = new Scheduler(
      {
        configStore: this.configStore,
        configBus: this.bus,
        workQueue: this.queue,
        leaderElection: this.election,
        clock: this.scene.clock,
        logger: quietLogger,
        telemetry: noTelemetry,
        instanceId: 'scheduler',
        ...given,
      },
      { ...OPTIONS, ...options },
    );
    await scheduler.start();
    this.scene.stopWith(() => scheduler.stop());
    return scheduler;
  }

  /** It is this second now, and the pipeline is current; shortly before the next one, where a scheduler soon looks again. */
  async at(second: number): Promise<void> {
    await this.scene.storedUpTo(second);
    this.scene.clock.set(second + 0.98);
  }

  /** Until the leader has dispatched everything up to this second. */
  async reached(scheduler: Scheduler, second: number): Promise<void> {
    await eventually(`the watermark is ${second}`, () => scheduler.status().watermark === second);
  }

  async relayChanges(): Promise<void> {
    while ((await this.relay.relayOnce()).done > 0);
  }

  /** Ticks of this alert's jobs, in the order of dispatch. */
  ticks(alert: Alert): number[] {
    return this.dispatched.filter((job) => job.alertId === alert.id).map((job) => job.tick);
  }

  async close(): Promise<void> {
    await this.scene.close();
    await Promise.all([this.election.close(), this.bus.close()]);
  }

  async #publish(jobs: readonly Job[], signal?: AbortSignal): ReturnType<WorkQueue['publish']> {
    const at = Math.floor(this.scene.clock.nowMs() / 1000);
    const results = await this.scene.queue.publish(jobs, signal);
    jobs.forEach((job, i) => {
      if (results[i]?.status === 'accepted') this.dispatched.push({ ...decodeJob(job.body), at });
    });
    return results;
  }
}
