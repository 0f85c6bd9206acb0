import { randomUUID } from 'node:crypto';
import { CaveError, MAX_TIMER_MS, type Clock, type Job, type JobPublishResult, type LeasedJob, type Logger, type QueueDepth, type ReceiveOptions } from '@cave/core';
import type { LmdbWriter } from './lmdb-writer.js';
import { Deadlines, type Due } from './work-queue-deadlines.js';
import type { RecentIds } from './work-queue-ids.js';
import type { JobStore } from './work-queue-store.js';

/**
 * A job that was delivered at least once. Those never delivered exist on disk only.
 *
 *   (fresh) ──receive──▶ delivering ──flushed──▶ leased ──ack──▶ settling ──▶ gone
 *              ▲             │                     │
 *              │ taken back  ▼                     ├── nack ──▶ settling ──▶ ready | delayed | dead
 *            ready ◀─────────┴──────── expired ────┘
 *              ▲──────────────── delayed (until due)
 */
interface Tracked extends Due {
  readonly sequence: number;
  readonly id: string;
  /** Read when it is reserved, let go once it is handed out. */
  job: Job | null;
  attempt: number;
  state: 'ready' | 'delivering' | 'leased' | 'settling' | 'delayed' | 'dying';
  lease: string;
  /** Why the last delivery failed. */
  reason: string;
}

interface Waiting {
  readonly maxJobs: number;
  readonly take: (jobs: Tracked[]) => void;
}

export const EXPIRED = 'The lease expired before the job was acknowledged.';
const ENDED = 'The process ended while it held the job.';
const UNREADABLE = 'The job\'s envelope cannot be parsed.';
/** After a failed attempt to write a dead letter. */
const BURY_AGAIN_MS = 1_000;

/** Who has which job until when. Leases live in memory: they end with the process, attempts do not. */
export class QueueEngine {
  readonly #tracked = new Map<number, Tracked>();
  readonly #leases = new Map<string, Tracked>();
  /** In the order in which they became ready. */
  readonly #ready = new Set<Tracked>();
  readonly #deadlines = new Deadlines<Tracked>();
  readonly #waiting = new Set<Waiting>();
  readonly #run = randomUUID();
  #leaseNumber = 0;
  /** First sequence number that was not looked at, and how many fresh jobs lie from there on. */
  #freshFrom = 0;
  #fresh: number;
  #readyFirst = true;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #leaving = false;

  constructor(
    private readonly store: JobStore,
    private readonly ids: RecentIds,
    private readonly writer: LmdbWriter,
    private readonly clock: Clock,
    private readonly wallMs: () => number,
    private readonly maxAttempts: number,
    private readonly logger: Logger,
  ) {
    this.#fresh = store.countJobs();
    const now = clock.monotonicMs();
    for (const { sequence, delivery } of store.deliveries()) {
      this.#fresh--;
      const tracked = this.#track(sequence, store.read(sequence));
      tracked.attempt = delivery.attempt;
      tracked.reason = delivery.reason;
      // Out of attempts and not dead: it was leased when the process ended, and nobody can acknowledge it any more.
      if (tracked.attempt >= maxAttempts) this.#die(tracked, ENDED);
      else if (delivery.hiddenUntil > 0) this.#delay(tracked, now + Math.min(Math.max(0, delivery.hiddenUntil - wallMs()), delivery.hiddenFor));
      else this.#makeReady(tracked);
      tracked.job = null;
    }
  }

  async publish(jobs: readonly Job[]): Promise<readonly JobPublishResult[]> {
    const results: JobPublishResult[] = [];
    const noted: string[] = [];
    try {
      await this.writer.submit(
        () => {
          for (const job of jobs) {
            const isNew = this.ids.note(job.id);
            results.push({ status: isNew ? 'accepted' : 'duplicate' });
            if (!isNew) continue;
            noted.push(job.id);
            this.store.add(job);
          }
        },
        () => {
          this.#fresh += noted.length;
        },
      );
    } finally {
      this.ids.settled(noted);
    }
    this.#serveWaiting();
    return results;
  }

  /** `signal` ends the wait; jobs that were being delivered when it fires are taken back. */
  async receive(options: ReceiveOptions, signal: AbortSignal | undefined): Promise<readonly LeasedJob[]> {
    const end = this.clock.monotonicMs() + options.waitMs;
    for (;;) {
      const taken = this.#waiting.size === 0 ? this.#take(options.maxJobs) : [];
      const jobs = taken.length > 0 ? taken : await this.#wait(options.maxJobs, end - this.clock.monotonicMs(), signal);
      if (jobs.length === 0) return [];
      const leased = await this.#deliver(jobs, options.leaseMs, signal);
      if (leased.length > 0 || signal?.aborted || this.#leaving) return leased;
    }
  }

  #wait(maxJobs: number, ms: number, signal: AbortSignal | undefined): Promise<Tracked[]> {
    if (ms <= 0 || signal?.aborted || this.#leaving) return Promise.resolve([]);
    return new Promise((resolve) => {
      const settle = (jobs: Tracked[]): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onEnd);
        this.#waiting.delete(waiting);
        resolve(jobs);
      };
      const onEnd = (): void => settle([]);
      const waiting: Waiting = { maxJobs, take: settle };
      const timer = setTimeout(onEnd, Math.min(ms, MAX_TIMER_MS));
      signal?.addEventListener('abort', onEnd, { once: true });
      this.#waiting.add(waiting);
    });
  }

  #serveWaiting(): void {
    for (const waiting of this.#waiting) {
      const jobs = this.#take(waiting.maxJobs);
      if (jobs.length === 0) return;
      waiting.take(jobs);
    }
  }

  /** Reserves up to `max` jobs. Ready-again and fresh ones share a batch, so that neither starves the other. */
  #take(max: number): Tracked[] {
    const taken: Tracked[] = [];
    this.#readyFirst = !this.#readyFirst;
    const share = this.#fresh === 0 ? max : this.#readyFirst ? Math.ceil(max / 2) : Math.floor(max / 2);
    this.#takeReady(taken, share);
    this.#takeFresh(taken, max);
    this.#takeReady(taken, max);
    return taken;
  }

  #takeReady(taken: Tracked[], until: number): void {
    for (const tracked of this.#ready) {
      if (taken.length >= until) return;
      this.#ready.delete(tracked);
      tracked.state = 'delivering';
      tracked.job = this.store.read(tracked.sequence);
      if (tracked.job === null) this.#die(tracked, UNREADABLE);
      else taken.push(tracked);
    }
  }

  #takeFresh(taken: Tracked[], until: number): void {
    if (this.#fresh === 0 || taken.length >= until) return;
    for (const { sequence, job } of this.store.from(this.#freshFrom)) {
      this.#freshFrom = sequence + 1;
      if (this.#tracked.has(sequence)) continue;
      this.#fresh--;
      const tracked = this.#track(sequence, job);
      if (job === null) this.#die(tracked, UNREADABLE);
      else taken.push(tracked);
      if (taken.length >= until || this.#fresh === 0) return;
    }
  }

  #track(sequence: number, job: Job | null): Tracked {
    const tracked: Tracked = { sequence, id: job?.id ?? '', job, attempt: 0, state: 'delivering', lease: '', reason: '', dueAt: 0, slot: -1 };
    this.#tracked.set(sequence, tracked);
    return tracked;
  }

  /** Makes the attempt durable, then leases: a process that dies of a job must not forget that it tried. */
  async #deliver(jobs: readonly Tracked[], leaseMs: number, signal: AbortSignal | undefined): Promise<readonly LeasedJob[]> {
    for (const tracked of jobs) tracked.attempt++;
    try {
      await this.writer.submit(() => {
        for (const { sequence, attempt, reason } of jobs) this.store.setDelivery(sequence, { attempt, hiddenUntil: 0, hiddenFor: 0, reason });
      });
    } catch (error) {
      for (const tracked of jobs) tracked.attempt--;
      this.#giveBack(jobs);
      throw error;
    }
    if (signal?.aborted || this.#leaving) {
      await this.#takeBack(jobs);
      return [];
    }
    const dueAt = this.clock.monotonicMs() + leaseMs;
    const leased: LeasedJob[] = [];
    for (const tracked of jobs) {
      const { job } = tracked;
      if (job === null) throw new CaveError('internal', `Job ${tracked.sequence} was reserved without having been read.`);
      tracked.job = null;
      tracked.state = 'leased';
      tracked.lease = `${this.#run}.${++this.#leaseNumber}`;
      this.#leases.set(tracked.lease, tracked);
      this.#schedule(tracked, dueAt);
      leased.push({ ...job, attempt: tracked.attempt, lease: tracked.lease });
    }
    return leased;
  }

  /** The receiver went away before it was handed anything: the attempt never was. */
  async #takeBack(jobs: readonly Tracked[]): Promise<void> {
    for (const tracked of jobs) tracked.attempt--;
    try {
      await this.writer.submit(() => {
        for (const { sequence, attempt, reason } of jobs) {
          if (attempt === 0) this.store.forgetDelivery(sequence);
          else this.store.setDelivery(sequence, { attempt, hiddenUntil: 0, hiddenFor: 0, reason });
        }
      });
    } finally {
      this.#giveBack(jobs);
    }
  }

  #giveBack(jobs: readonly Tracked[]): void {
    for (const tracked of jobs) this.#makeReady(tracked);
    this.#serveWaiting();
  }

  /** The job of a lease that is alive, or undefined. */
  #held(lease: string): Tracked | undefined {
    const tracked = this.#leases.get(lease);
    if (tracked === undefined || tracked.dueAt > this.clock.monotonicMs()) return tracked;
    this.#expire(tracked); // its time is over although the timer has not run yet
    return undefined;
  }

  async ack(leases: readonly string[]): Promise<readonly ('ok' | 'lost')[]> {
    return this.#settle(
      leases,
      (done) => done.forEach(({ sequence }) => this.store.remove(sequence)),
      (done) => done.forEach(({ sequence }) => this.#tracked.delete(sequence)),
    );
  }

  async nack(leases: readonly string[], delayMs: number, reason: string): Promise<readonly ('ok' | 'lost')[]> {
    let buried: (() => void)[] = [];
    return this.#settle(
      leases,
      (failed) => {
        const hiddenUntil = delayMs > 0 ? this.wallMs() + delayMs : 0;
        buried = [];
        for (const { sequence, attempt } of failed) {
          if (attempt >= this.maxAttempts) buried.push(this.store.bury(sequence, attempt, reason));
          else this.store.setDelivery(sequence, { attempt, hiddenUntil, hiddenFor: delayMs, reason });
        }
      },
      (failed) => {
        for (const act of buried) act();
        const now = this.clock.monotonicMs();
        for (const tracked of failed) {
          tracked.reason = reason;
          if (tracked.attempt >= this.maxAttempts) this.#buried(tracked);
          else if (delayMs > 0) this.#delay(tracked, now + delayMs);
          else this.#makeReady(tracked);
        }
      },
    );
  }

  /** Ends live leases for good once `write` is flushed; when it fails they go on as they were. */
  async #settle(leases: readonly string[], write: (held: readonly Tracked[]) => void, flushed: (held: readonly Tracked[]) => void): Promise<readonly ('ok' | 'lost')[]> {
    const held: Tracked[] = [];
    const results = leases.map((lease) => {
      const tracked = this.#held(lease);
      if (tracked === undefined) return 'lost' as const;
      this.#leases.delete(lease);
      this.#deadlines.delete(tracked);
      tracked.state = 'settling';
      held.push(tracked);
      return 'ok' as const;
    });
    if (held.length === 0) return results;
    try {
      await this.writer.submit(
        () => write(held),
        () => flushed(held),
      );
    } catch (error) {
      for (const tracked of held) {
        tracked.state = 'leased';
        this.#leases.set(tracked.lease, tracked);
        this.#schedule(tracked, tracked.dueAt);
      }
      throw error;
    }
    this.#serveWaiting();
    return results;
  }

  extend(leases: readonly string[], leaseMs: number): readonly ('ok' | 'lost')[] {
    const dueAt = this.clock.monotonicMs() + leaseMs;
    return leases.map((lease) => {
      const tracked = this.#held(lease);
      if (tracked === undefined) return 'lost';
      this.#schedule(tracked, dueAt);
      return 'ok';
    });
  }

  depth(): QueueDepth {
    const counts = { ready: 0, delivering: 0, leased: 0, settling: 0, delayed: 0, dying: 0 };
    for (const { state } of this.#tracked.values()) counts[state]++;
    return {
      ready: this.#fresh + counts.ready,
      leased: counts.delivering + counts.leased + counts.settling,
      delayed: counts.delayed,
      dead: this.store.countDead() + counts.dying,
    };
  }

  /** Ends every wait and timer. What is being written is for the writer to finish. */
  leave(): void {
    this.#leaving = true;
    clearTimeout(this.#timer);
    for (const waiting of this.#waiting) waiting.take([]);
  }

  #makeReady(tracked: Tracked): void {
    this.#deadlines.delete(tracked);
    tracked.job = null;
    tracked.state = 'ready';
    this.#ready.add(tracked);
  }

  #delay(tracked: Tracked, dueAt: number): void {
    tracked.state = 'delayed';
    this.#schedule(tracked, dueAt);
  }

  #expire(tracked: Tracked): void {
    this.#leases.delete(tracked.lease);
    tracked.reason = EXPIRED;
    if (tracked.attempt >= this.maxAttempts) this.#die(tracked, EXPIRED);
    else this.#makeReady(tracked);
  }

  /** Puts the job into the dead-letter place in the background; when that fails, again a little later. */
  #die(tracked: Tracked, reason: string): void {
    this.#deadlines.delete(tracked);
    tracked.state = 'dying';
    tracked.reason = reason;
    tracked.job = null;
    let buried: () => void = () => undefined;
    this.writer
      .submit(
        () => {
          buried = this.store.bury(tracked.sequence, tracked.attempt, reason);
        },
        () => {
          buried();
          this.#buried(tracked);
        },
      )
      .catch((error: unknown) => {
        this.logger.warn('work_queue_dead_letter_failed', { sequence: tracked.sequence, error: error instanceof Error ? error.message : String(error) });
        this.#schedule(tracked, this.clock.monotonicMs() + BURY_AGAIN_MS);
      });
  }

  #buried(tracked: Tracked): void {
    this.#tracked.delete(tracked.sequence);
    this.logger.warn('work_queue_job_dead', { job: tracked.id, attempts: tracked.attempt, reason: tracked.reason });
  }

  #schedule(tracked: Tracked, dueAt: number): void {
    this.#deadlines.set(tracked, dueAt);
    this.#arm();
  }

  /** One timer, for the earliest deadline. Monotonic time: a step of the wall clock moves nothing. */
  #arm(): void {
    const first = this.#deadlines.first;
    if (first === undefined || this.#leaving || first.dueAt >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = first.dueAt;
    const delay = Math.ceil(first.dueAt - this.clock.monotonicMs());
    this.#timer = setTimeout(() => this.#onTimer(), Math.min(Math.max(0, delay), MAX_TIMER_MS));
  }

  #onTimer(): void {
    this.#timerAt = Infinity;
    const now = this.clock.monotonicMs();
    for (let first = this.#deadlines.first; first !== undefined && first.dueAt <= now; first = this.#deadlines.first) {
      if (first.state === 'leased') this.#expire(first);
      else if (first.state === 'dying') this.#die(first, first.reason);
      else this.#makeReady(first);
    }
    this.#arm();
    this.#serveWaiting();
  }
}
