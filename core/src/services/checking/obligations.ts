import { toCaveError } from '../../errors.js';
import { backoffMs, pause } from '../../portable/backoff.js';
import type { Clock } from '../../ports/clock.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { LeasedJob, WorkQueue } from '../../ports/work-queue.js';
import { decodeJob } from '../scheduling/job.js';

/** A queue that failed is asked without much patience until it answers: that it is back should show although there are no jobs. */
const PROBE_WAIT_MS = 1_000;

export interface ObligationsOptions {
  /** Leases held at once; beyond that nothing more is received. */
  readonly capacity: number;
  readonly receiveBatch: number;
  readonly leaseMs: number;
  /** Long polling. */
  readonly waitMs: number;
}

/** The duty to evaluate every due tick of one alert up to `tick`, and the lease of the job that says so. */
export interface Obligation {
  readonly alertId: string;
  tick: number;
  lease: string;
}

/**
 * Takes jobs from the work queue and folds them into one obligation for each alert. Of several
 * jobs of one alert the one that asks for most stands for all, and the others are acknowledged
 * at once: a tenant whose alerts wait for their data for long holds a lease for each alert, not
 * one for each tick, and so leaves room for the others. That lease is extended for as long as
 * the obligation waits or runs, and acknowledged when it is met. When it was lost meanwhile
 * nothing needs undoing: whoever has the job now finds what is recorded.
 */
export class Obligations {
  readonly #open = new Map<string, Obligation>();
  #leases = 0;
  #failure: string | null = null;
  readonly #stop = new AbortController();
  #receiving: Promise<void> | null = null;
  #extending: Promise<void> | null = null;
  #room: (() => void) | null = null;

  constructor(
    private readonly workQueue: WorkQueue,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly onOwed: (obligation: Obligation) => void,
    private readonly options: ObligationsOptions,
  ) {}

  start(): void {
    this.#receiving = this.#receive();
    this.#extending = this.#extend();
  }

  get size(): number {
    return this.#open.size;
  }

  health(): Health {
    return this.#failure === null ? { healthy: true } : { healthy: false, detail: this.#failure };
  }

  /**
   * The alert is evaluated up to `tick`. Acknowledges unless a later job came in meanwhile;
   * answers whether the obligation is met.
   */
  async met(obligation: Obligation, tick: number): Promise<boolean> {
    if (obligation.tick > tick) return false;
    this.#open.delete(obligation.alertId);
    await this.#settle([obligation.lease]);
    return true;
  }

  /** Like `met`, for many at once and one call of the queue. Answers those that are not met. */
  async allMet(done: readonly { readonly obligation: Obligation; readonly tick: number }[]): Promise<readonly Obligation[]> {
    const unmet: Obligation[] = [];
    const leases: string[] = [];
    for (const { obligation, tick } of done) {
      if (obligation.tick > tick) {
        unmet.push(obligation);
      } else {
        this.#open.delete(obligation.alertId);
        leases.push(obligation.lease);
      }
    }
    await this.#settle(leases);
    return unmet;
  }

  /** Receives nothing more. */
  async stopReceiving(): Promise<void> {
    this.#stop.abort();
    this.#room?.();
    await this.#receiving;
  }

  /** Gives back what is not met. */
  async close(): Promise<void> {
    await this.stopReceiving();
    await this.#extending;
    const leases = [...this.#open.values()].map((obligation) => obligation.lease);
    this.#open.clear();
    if (leases.length === 0) return;
    try {
      await this.workQueue.nack(leases, { reason: 'The worker stopped.' });
    } catch (error) {
      // The leases run out by themselves; that is slower, not wrong.
      this.logger.warn('give_back_failed', { jobs: leases.length, reason: toCaveError(error).message });
    }
  }

  async #settle(leases: readonly string[]): Promise<void> {
    if (leases.length === 0) return;
    this.#leases -= leases.length;
    this.#room?.();
    try {
      await this.workQueue.ack(leases);
    } catch (error) {
      // Not acknowledged means delivered again, and then found recorded.
      this.logger.warn('acknowledge_failed', { jobs: leases.length, reason: toCaveError(error).message });
    }
  }

  async #receive(): Promise<void> {
    const { signal } = this.#stop;
    const { waitMs, leaseMs } = this.options;
    let failures = 0;
    while (!signal.aborted) {
      if (this.#leases >= this.options.capacity) {
        await new Promise<void>((resolve) => {
          this.#room = resolve;
        });
        this.#room = null;
        continue;
      }
      try {
        const jobs = await this.workQueue.receive(
          { maxJobs: Math.min(this.options.receiveBatch, this.options.capacity - this.#leases), waitMs: failures === 0 ? waitMs : Math.min(waitMs, PROBE_WAIT_MS), leaseMs },
          signal,
        );
        if (failures > 0) this.logger.info('receive_recovered', { failures });
        failures = 0;
        this.#failure = null;
        await this.#take(jobs);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.#failure = `Jobs cannot be received: ${toCaveError(error).message}`;
        if (failures === 1) this.logger.warn('receive_failed', { reason: toCaveError(error).message });
        await pause(backoffMs(failures, { firstMs: 100, maxMs: 5_000 }), signal);
      }
    }
  }

  async #take(jobs: readonly LeasedJob[]): Promise<void> {
    const unreadable: string[] = [];
    const superseded: string[] = [];
    for (const job of jobs) {
      let decoded: { readonly alertId: string; readonly tick: number };
      try {
        decoded = decodeJob(job.body);
      } catch (error) {
        this.logger.error('job_unreadable', { job: job.id, reason: toCaveError(error).message });
        unreadable.push(job.lease);
        continue;
      }
      this.#leases += 1;
      const open = this.#open.get(decoded.alertId);
      if (open !== undefined) {
        if (decoded.tick < open.tick) {
          superseded.push(job.lease);
        } else {
          superseded.push(open.lease);
          open.tick = decoded.tick;
          open.lease = job.lease;
        }
        continue;
      }
      const obligation: Obligation = { alertId: decoded.alertId, tick: decoded.tick, lease: job.lease };
      this.#open.set(decoded.alertId, obligation);
      this.onOwed(obligation);
    }
    await this.#settle(superseded);
    if (unreadable.length > 0) await this.workQueue.nack(unreadable, { reason: 'The job cannot be read.' });
  }

  /** Extends every lease well before it ends, measured on the monotonic clock. */
  async #extend(): Promise<void> {
    const { signal } = this.#stop;
    let lastMs = this.clock.monotonicMs();
    while (!signal.aborted) {
      await pause(Math.max(0, this.options.leaseMs / 3 - (this.clock.monotonicMs() - lastMs)), signal);
      lastMs = this.clock.monotonicMs();
      const leases = [...this.#open.values()].map((obligation) => obligation.lease);
      if (leases.length === 0 || signal.aborted) continue;
      try {
        await this.workQueue.extend(leases, this.options.leaseMs);
      } catch (error) {
        this.logger.warn('extend_failed', { jobs: leases.length, reason: toCaveError(error).message });
      }
    }
  }
}
