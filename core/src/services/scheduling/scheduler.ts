import { errorCode, throwIfAborted, toCaveError } from '../../errors.js';
import { backoffMs, pause } from '../../portable/backoff.js';
import type { Clock } from '../../ports/clock.js';
import type { ConfigBus } from '../../ports/config-bus.js';
import type { ConfigStore } from '../../ports/config-store.js';
import type { LeaderElection, Tenure } from '../../ports/leader-election.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { Telemetry } from '../../ports/telemetry.js';
import type { WorkQueue } from '../../ports/work-queue.js';
import { AlertSynchronizer } from './alert-synchronizer.js';
import { encodeJob } from './job.js';
import { Schedule, type OwedJob } from './schedule.js';

export interface SchedulerDependencies {
  readonly configStore: ConfigStore;
  readonly configBus: ConfigBus;
  readonly workQueue: WorkQueue;
  readonly leaderElection: LeaderElection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly instanceId: string;
}

export interface SchedulerOptions {
  /** Full comparison of the alerts in memory with the config store; milliseconds. */
  readonly reconcileMs: number;
  /** Alerts read from the config store at once. */
  readonly pageSize: number;
  /** Jobs published at once. */
  readonly publishBatch: number;
  /** How often alerts that ticked for the last time are looked for; milliseconds. */
  readonly settleMs: number;
}

export interface SchedulerStatus {
  readonly leader: boolean;
  readonly epoch: number | null;
  /** Second up to which every job is confirmed by the work queue. */
  readonly watermark: number | null;
  readonly alerts: number;
  /** Jobs that are owed and not confirmed yet. */
  readonly owed: number;
}

const OFFICE = 'scheduler';
/** Enough that a second's jobs go out together: the last of them waits for its own commit, not for that of every batch before it. */
const CONCURRENT_BATCHES = 32;

/**
 * Every instance keeps all alerts in memory; the leader puts due checks on the work queue.
 *
 * ```
 *  candidate ──elected──▶ takes office (epoch + 1) ──▶ owes everything after the watermark
 *      ▲                                                      │
 *      └── lost, or the watermark was refused ◀── each second: publish what is due,
 *                                                 then move the watermark
 * ```
 *
 * The watermark passes a second only after the work queue confirmed every job up to it, and
 * only under the epoch of this tenure: a leader that was frozen and deposed is refused there
 * and steps down. Its late jobs change nothing, because a job is an obligation and a worker
 * finds those ticks recorded.
 */
export class Scheduler {
  readonly #schedule = new Schedule();
  readonly #synchronizer: AlertSynchronizer;
  readonly #stop = new AbortController();
  #owed: OwedJob[] = [];
  #epoch: number | null = null;
  #watermark: number | null = null;
  #dispatchFailure: string | null = null;
  #running: Promise<void> | null = null;

  constructor(
    private readonly dependencies: SchedulerDependencies,
    private readonly options: SchedulerOptions,
  ) {
    const { configStore, configBus, clock, logger } = dependencies;
    this.#synchronizer = new AlertSynchronizer(this.#schedule, configStore, configBus, clock, logger, (job) => this.#owe(job), options);
  }

  async start(): Promise<void> {
    await this.#synchronizer.start();
    this.#running = this.#run();
  }

  /** Resolves once every alert is in memory. */
  whenLoaded(): Promise<void> {
    return this.#synchronizer.whenLoaded();
  }

  status(): SchedulerStatus {
    return { leader: this.#epoch !== null, epoch: this.#epoch, watermark: this.#watermark, alerts: this.#schedule.size, owed: this.#owed.length };
  }

  health(): Readonly<Record<string, Health>> {
    return {
      alerts: this.#synchronizer.health(),
      dispatch: this.#dispatchFailure === null ? { healthy: true } : { healthy: false, detail: this.#dispatchFailure },
    };
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#synchronizer.stop();
  }

  /** Only a leader owes: whoever leads later starts from the watermark and from what is unsettled. */
  #owe(job: OwedJob): void {
    if (this.#epoch !== null) this.#owed.push(job);
  }

  async #run(): Promise<void> {
    const { leaderElection, logger, instanceId } = this.dependencies;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      let tenure: Tenure | null = null;
      try {
        await this.#untilStopped(this.#synchronizer.whenLoaded());
        // A candidate that waits its turn is not sick of what ended its last one.
        this.#dispatchFailure = null;
        tenure = await leaderElection.campaign(OFFICE, instanceId, this.#stop.signal);
        await this.#lead(tenure);
        failures = 0;
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        failures += 1;
        this.#dispatchFailure = `The scheduler cannot lead: ${toCaveError(error).message}`;
        // Who stood still finds calls that ended in time-outs beside the lease that ended: the lease is what matters.
        if (tenure?.lost.aborted === true) logger.warn('office_lost', { epoch: this.#epoch, reason: `The lease was lost. ${toCaveError(error).message}` });
        else if (failures === 1) logger.warn('leading_failed', { code: errorCode(error), reason: toCaveError(error).message });
      } finally {
        this.#epoch = null;
        this.#owed = [];
        this.dependencies.telemetry.gauge('cave_scheduler_leader', 0);
        await tenure?.resign().catch((error: unknown) => logger.warn('resign_failed', { reason: toCaveError(error).message }));
      }
      if (failures > 0) await pause(backoffMs(failures, { firstMs: 200, maxMs: 5_000 }), this.#stop.signal);
    }
  }

  async #untilStopped(wait: Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    throwIfAborted(signal);
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(toCaveError(signal.reason, 'aborted'));
      signal.addEventListener('abort', onAbort, { once: true });
      void wait.then(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }

  /** Leads until the tenure is lost, the epoch is another's, or the scheduler stops. */
  async #lead(tenure: Tenure): Promise<void> {
    const { configStore, clock, logger, telemetry } = this.dependencies;
    const ended = AbortSignal.any([tenure.lost, this.#stop.signal]);
    const office = await configStore.offices.takeOffice(OFFICE);
    this.#epoch = office.epoch;
    this.#watermark = office.watermark;
    this.#owed = [];
    logger.info('office_taken', { epoch: office.epoch, watermark: office.watermark, alerts: this.#schedule.size });
    telemetry.gauge('cave_scheduler_leader', 1);
    this.#schedule.restart(office.watermark ?? 0, this.#nowSeconds(), (alertId, tick) => this.#owed.push({ alertId, tick }));
    let settleAt = 0;
    while (!ended.aborted) {
      this.#schedule.advance(this.#nowSeconds(), (alertId, tick) => this.#owed.push({ alertId, tick }));
      if (clock.monotonicMs() >= settleAt) {
        this.#owed.push(...(await configStore.alerts.unsettled(this.options.publishBatch)));
        settleAt = clock.monotonicMs() + this.options.settleMs;
      }
      const upTo = this.#schedule.cursor;
      await this.#publishOwed(ended);
      if (ended.aborted) break;
      if (upTo !== this.#watermark) {
        if (!(await configStore.offices.advanceWatermark(OFFICE, office.epoch, upTo))) {
          logger.warn('office_lost', { epoch: office.epoch, reason: 'Another scheduler took office meanwhile.' });
          return;
        }
        this.#watermark = upTo;
      }
      this.#dispatchFailure = null;
      await this.#untilNextSecond(ended);
    }
    if (tenure.lost.aborted) logger.warn('office_lost', { epoch: office.epoch, reason: 'The lease was lost.' });
  }

  /** Publishes until nothing is owed. What failed stays owed and is tried again with back-off. */
  async #publishOwed(ended: AbortSignal): Promise<void> {
    const { logger } = this.dependencies;
    let failures = 0;
    while (this.#owed.length > 0 && !ended.aborted) {
      const jobs = this.#owed;
      this.#owed = [];
      let failed: readonly OwedJob[] = [];
      // Several batches at once: while the queue flushes one, the next is encoded.
      for (let at = 0; at < jobs.length; at += this.options.publishBatch * CONCURRENT_BATCHES) {
        const batches = Array.from({ length: CONCURRENT_BATCHES }, (_, i) => jobs.slice(at + i * this.options.publishBatch, at + (i + 1) * this.options.publishBatch));
        const results = await Promise.all(batches.filter((batch) => batch.length > 0).map((batch) => this.#publish(batch, ended)));
        const refused = results.flatMap((result) => result.refused);
        if (refused.length === 0) continue;
        const reason = results.find((result) => result.reason !== '')?.reason;
        failures += 1;
        failed = [...refused, ...jobs.slice(at + this.options.publishBatch * CONCURRENT_BATCHES)];
        this.#dispatchFailure = `The work queue refuses jobs: ${reason}`;
        if (failures === 1) logger.warn('dispatch_failed', { jobs: refused.length, reason });
        break;
      }
      if (failed.length === 0) {
        if (failures > 0) logger.info('dispatch_recovered', { failures });
        failures = 0;
        continue;
      }
      this.#owed = [...failed, ...this.#owed];
      await pause(backoffMs(failures, { firstMs: 100, maxMs: 5_000 }), ended);
    }
  }

  async #publish(batch: readonly OwedJob[], ended: AbortSignal): Promise<{ readonly refused: readonly OwedJob[]; readonly reason: string }> {
    const { workQueue, clock, telemetry } = this.dependencies;
    const results = await workQueue.publish(batch.map(encodeJob), ended);
    const nowMs = clock.nowMs();
    const refused: OwedJob[] = [];
    let reason = '';
    batch.forEach((job, index) => {
      const result = results[index];
      if (result === undefined || result.status === 'failed') {
        refused.push(job);
        reason = result === undefined ? 'it gave no answer for a job.' : result.error.message;
      } else {
        telemetry.observe('cave_scheduler_lateness_seconds', Math.max(0, nowMs / 1000 - job.tick));
      }
    });
    telemetry.count('cave_scheduler_dispatches_total', batch.length - refused.length);
    return { refused, reason };
  }

  #nowSeconds(): number {
    return Math.floor(this.dependencies.clock.nowMs() / 1000);
  }

  async #untilNextSecond(ended: AbortSignal): Promise<void> {
    if (this.#owed.length > 0) return;
    // Counted from the cursor: the second may have turned since the schedule was advanced.
    const untilNextMs = (this.#schedule.cursor + 1) * 1000 - this.dependencies.clock.nowMs();
    // Changes that arrive in the meantime owe jobs too; a quarter of a second bounds their wait.
    if (untilNextMs > 0) await pause(Math.min(250, untilNextMs), ended);
  }
}
