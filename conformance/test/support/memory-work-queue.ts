import { CaveError, throwIfAborted, type DeadJob, type Health, type Job, type JobPublishResult, type LeasedJob, type QueueDepth, type ReceiveOptions, type WorkQueue } from '@cave/core';

export interface MemoryJob extends Job {
  readonly body: Uint8Array;
  attempt: number;
  /** Monotonic time from which on it may be delivered. */
  hiddenUntil: number;
  lease: string | null;
  leaseUntil: number;
  readonly readable: boolean;
}

/** What outlives a driver: stands for the disk. */
export class MemoryJobs {
  jobs: MemoryJob[] = [];
  dead: DeadJob[] = [];
  readonly ids = new Set<string>();
}

const MAX_BODY_BYTES = 10_000;

/** A right work queue, as small as the contract allows; broken ones are made from it. */
export class MemoryWorkQueue implements WorkQueue {
  readonly capabilities = { maxBodyBytes: MAX_BODY_BYTES, extendsLeases: true, delaysNack: true, deduplicationWindowMs: 60_000 };
  phase: 'new' | 'open' | 'closed' = 'new';
  #leases = 0;
  readonly #wakes = new Set<() => void>();

  constructor(readonly disk: MemoryJobs, readonly maxAttempts: number) {}

  async start(signal?: AbortSignal): Promise<void> {
    if (this.phase === 'closed') throw new CaveError('closed', 'closed');
    throwIfAborted(signal);
    this.phase = 'open';
    for (const job of this.disk.jobs) job.lease = null;
    this.sweep();
  }

  async close(): Promise<void> {
    this.phase = 'closed';
    this.wake();
  }

  async health(): Promise<Health> {
    return this.phase === 'open' ? { healthy: true } : { healthy: false, detail: this.phase };
  }

  use(): void {
    if (this.phase !== 'open') throw new CaveError('closed', this.phase);
  }

  wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }

  async publish(jobs: readonly Job[], signal?: AbortSignal): Promise<readonly JobPublishResult[]> {
    this.use();
    throwIfAborted(signal);
    const results = jobs.map((job): JobPublishResult => {
      if (job.id.length < 1 || job.id.length > 200) return { status: 'failed', error: new CaveError('invalid_argument', 'id') };
      if (job.body.length > MAX_BODY_BYTES) return { status: 'failed', error: new CaveError('too_large', 'body') };
      if (this.disk.ids.has(job.id)) return { status: 'duplicate' };
      this.disk.ids.add(job.id);
      this.disk.jobs.push({ id: job.id, body: Uint8Array.from(job.body), attempt: 0, hiddenUntil: 0, lease: null, leaseUntil: 0, readable: true });
      return { status: 'accepted' };
    });
    this.wake();
    return results;
  }

  async receive(options: ReceiveOptions, signal?: AbortSignal): Promise<readonly LeasedJob[]> {
    this.use();
    const end = performance.now() + options.waitMs;
    for (;;) {
      throwIfAborted(signal);
      if (this.phase !== 'open') return [];
      const jobs = this.take(options);
      const left = end - performance.now();
      if (jobs.length > 0 || left <= 0) return jobs;
      await this.#change(left, signal);
    }
  }

  take({ maxJobs, leaseMs }: ReceiveOptions): LeasedJob[] {
    this.sweep();
    const now = performance.now();
    const ready = this.disk.jobs.filter((job) => job.lease === null && job.hiddenUntil <= now).slice(0, maxJobs);
    return ready.map((job) => {
      job.attempt++;
      job.lease = `lease-${performance.now()}-${++this.#leases}`;
      job.leaseUntil = performance.now() + leaseMs;
      return { id: job.id, body: job.body, attempt: job.attempt, lease: job.lease };
    });
  }

  #change(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const due = this.disk.jobs.flatMap((job) => [job.lease === null ? job.hiddenUntil : job.leaseUntil]).map((at) => at - performance.now());
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wakes.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(1, Math.min(ms, ...due.filter((left) => left > 0))));
      this.#wakes.add(done);
      signal?.addEventListener('abort', done);
    });
  }

  /** Ends leases whose time is over and buries what cannot go on. */
  sweep(): void {
    const now = performance.now();
    for (const job of [...this.disk.jobs]) {
      if (!job.readable) this.bury(job, 'unreadable');
      else if (job.lease !== null && job.leaseUntil <= now) {
        job.lease = null;
        if (job.attempt >= this.maxAttempts) this.bury(job, 'expired');
      }
    }
  }

  bury(job: MemoryJob, reason: string): void {
    this.remove(job);
    this.disk.dead.unshift({ id: job.id, body: job.body, attempts: job.attempt, reason });
  }

  remove(job: MemoryJob): void {
    this.disk.jobs = this.disk.jobs.filter((other) => other !== job);
  }

  held(lease: string): MemoryJob | undefined {
    this.sweep();
    return this.disk.jobs.find((job) => job.lease === lease);
  }

  settle(leases: readonly string[], act: (job: MemoryJob) => void): ('ok' | 'lost')[] {
    this.use();
    const results = leases.map((lease) => {
      const job = this.held(lease);
      if (job === undefined) return 'lost';
      act(job);
      return 'ok';
    });
    this.wake();
    return results;
  }

  async ack(leases: readonly string[]): Promise<readonly ('ok' | 'lost')[]> {
    return this.settle(leases, (job) => this.remove(job));
  }

  async nack(leases: readonly string[], { delayMs = 0, reason }: { readonly delayMs?: number; readonly reason: string }): Promise<readonly ('ok' | 'lost')[]> {
    return this.settle(leases, (job) => {
      job.lease = null;
      job.hiddenUntil = performance.now() + delayMs;
      if (job.attempt >= this.maxAttempts) this.bury(job, reason);
    });
  }

  async extend(leases: readonly string[], leaseMs: number): Promise<readonly ('ok' | 'lost')[]> {
    return this.settle(leases, (job) => {
      job.leaseUntil = performance.now() + leaseMs;
    });
  }

  async depth(): Promise<QueueDepth> {
    this.use();
    this.sweep();
    const now = performance.now();
    const count = (is: (job: MemoryJob) => boolean): number => this.disk.jobs.filter(is).length;
    return {
      ready: count((job) => job.lease === null && job.hiddenUntil <= now),
      leased: count((job) => job.lease !== null),
      delayed: count((job) => job.lease === null && job.hiddenUntil > now),
      dead: this.disk.dead.length,
    };
  }

  async deadLetters(limit: number): Promise<readonly DeadJob[]> {
    this.use();
    this.sweep();
    return this.disk.dead.slice(0, limit);
  }
}
