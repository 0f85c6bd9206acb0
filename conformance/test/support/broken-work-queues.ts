import type { Job, LeasedJob } from '@cave/core';
import { MemoryWorkQueue } from './memory-work-queue.js';

export interface BrokenWorkQueue {
  readonly defect: string;
  /** The case that must fail. */
  readonly fails: string;
  readonly make: typeof MemoryWorkQueue;
}

const cut = <T extends { readonly body: Uint8Array }>(list: readonly T[]): T[] => list.map((job) => ({ ...job, body: job.body.slice(0, 9_999) }));
const asText = <T extends { readonly body: Uint8Array }>(list: readonly T[]): T[] => list.map((job) => ({ ...job, body: Buffer.from(Buffer.from(job.body).toString()) }));

/** One defect each; everything else is inherited from the right one. */
export const brokenWorkQueues: readonly BrokenWorkQueue[] = [
  { defect: 'drops nacked jobs', fails: 'WQ-11', make: class extends MemoryWorkQueue { override async nack(leases: readonly string[]) { return this.ack(leases); } } },
  { defect: 'counts every delivery as the first', fails: 'WQ-11', make: class extends MemoryWorkQueue { override take(options: Parameters<MemoryWorkQueue['take']>[0]) { return super.take(options).map((job) => ({ ...job, attempt: 1 })); } } },
  { defect: 'acknowledges before the job is handled', fails: 'WQ-13', make: class extends MemoryWorkQueue {
    override take(options: Parameters<MemoryWorkQueue['take']>[0]) {
      const taken = super.take(options);
      for (const { lease } of taken) this.settle([lease], (job) => this.remove(job));
      return taken;
    }
  } },
  { defect: 'loses the last message on close', fails: 'WQ-25', make: class extends MemoryWorkQueue { override async close() { this.disk.jobs.pop(); return super.close(); } } },
  { defect: 'forgets attempts at a restart', fails: 'WQ-21', make: class extends MemoryWorkQueue { override async start(signal?: AbortSignal) { for (const job of this.disk.jobs) job.attempt = 0; return super.start(signal); } } },
  { defect: 'hands a leased job to a second consumer', fails: 'WQ-17', make: class extends MemoryWorkQueue {
    override take(options: Parameters<MemoryWorkQueue['take']>[0]) {
      const leased = this.disk.jobs.find((job) => job.lease !== null);
      if (leased !== undefined) leased.lease = null;
      return super.take(options);
    }
  } },
  { defect: 'delivers one job to all who wait', fails: 'WQ-34', make: class extends MemoryWorkQueue {
    #last: LeasedJob[] = [];
    override take(options: Parameters<MemoryWorkQueue['take']>[0]) {
      this.#last = this.#last.length > 0 ? this.#last : super.take(options);
      return this.#last;
    }
  } },
  { defect: 'removes no duplicates', fails: 'WQ-26', make: class extends MemoryWorkQueue { override async publish(jobs: readonly Job[], signal?: AbortSignal) { this.disk.ids.clear(); return super.publish(jobs, signal); } } },
  { defect: 'forgets ids at a restart', fails: 'WQ-26', make: class extends MemoryWorkQueue { override async close() { this.disk.ids.clear(); return super.close(); } } },
  { defect: 'truncates large bodies', fails: 'WQ-28', make: class extends MemoryWorkQueue { override async publish(jobs: readonly Job[], signal?: AbortSignal) { return super.publish(cut(jobs), signal); } } },
  { defect: 'carries text only', fails: 'WQ-27', make: class extends MemoryWorkQueue { override async publish(jobs: readonly Job[], signal?: AbortSignal) { return super.publish(asText(jobs), signal); } } },
  { defect: 'swallows the abort of a receive', fails: 'WQ-06', make: class extends MemoryWorkQueue { override async receive(options: Parameters<MemoryWorkQueue['receive']>[0]) { return super.receive(options); } } },
  { defect: 'keeps the job of an aborted receive', fails: 'WQ-30', make: class extends MemoryWorkQueue {
    override async receive(options: Parameters<MemoryWorkQueue['receive']>[0], signal?: AbortSignal) {
      const jobs = await super.receive(options);
      signal?.throwIfAborted();
      return jobs;
    }
  } },
  { defect: 'forgets the reason of a dead letter', fails: 'WQ-18', make: class extends MemoryWorkQueue { override bury(job: Parameters<MemoryWorkQueue['bury']>[0]) { super.bury(job, ''); } } },
  { defect: 'forgets the body of a dead letter', fails: 'WQ-19', make: class extends MemoryWorkQueue { override bury(job: Parameters<MemoryWorkQueue['bury']>[0], reason: string) { super.bury({ ...job, body: Buffer.alloc(0) }, reason); this.remove(job); } } },
  { defect: 'never gives a job up', fails: 'WQ-18', make: class extends MemoryWorkQueue { override bury() { this.wake(); } } },
  { defect: 'throws at the second close', fails: 'WQ-04', make: class extends MemoryWorkQueue { override async close() { this.use(); return super.close(); } } },
  { defect: 'serves after close', fails: 'WQ-05', make: class extends MemoryWorkQueue { override use() { if (this.phase === 'new') super.use(); } } },
  { defect: 'says that it is healthy when it is closed', fails: 'WQ-05', make: class extends MemoryWorkQueue { override async health() { return { healthy: this.phase !== 'new' }; } } },
  { defect: 'accepts the ack of a lost lease', fails: 'WQ-14', make: class extends MemoryWorkQueue { override async ack(leases: readonly string[]) { await super.ack(leases); return leases.map(() => 'ok' as const); } } },
  { defect: 'extends nothing', fails: 'WQ-15', make: class extends MemoryWorkQueue { override async extend(leases: readonly string[]) { return this.settle(leases, () => undefined); } } },
  { defect: 'ignores the delay of a nack', fails: 'WQ-12', make: class extends MemoryWorkQueue { override async nack(leases: readonly string[], options: { readonly reason: string }) { return super.nack(leases, { reason: options.reason }); } } },
  { defect: 'forgets acknowledgements at a restart', fails: 'WQ-10', make: class extends MemoryWorkQueue {
    readonly #acknowledged: Parameters<MemoryWorkQueue['remove']>[0][] = [];
    override async ack(leases: readonly string[]) { return this.settle(leases, (job) => { this.#acknowledged.push(job); this.remove(job); }); }
    override async close() { this.disk.jobs.push(...this.#acknowledged.splice(0)); return super.close(); }
  } },
  { defect: 'tells a depth of nothing', fails: 'WQ-32', make: class extends MemoryWorkQueue { override async depth() { this.use(); return { ready: 0, leased: 0, delayed: 0, dead: 0 }; } } },
  { defect: 'lets a slow job hold up the others', fails: 'WQ-24', make: class extends MemoryWorkQueue {
    override take(options: Parameters<MemoryWorkQueue['take']>[0]) {
      this.sweep();
      return this.disk.jobs.some((job) => job.lease !== null) ? [] : super.take(options);
    }
  } },
  { defect: 'fails a whole batch for one bad job', fails: 'WQ-31', make: class extends MemoryWorkQueue {
    override async publish(jobs: readonly Job[], signal?: AbortSignal) {
      const before = [...this.disk.jobs];
      const results = await super.publish(jobs, signal);
      const failure = results.find((result) => result.status === 'failed');
      if (failure?.status !== 'failed') return results;
      this.disk.jobs = before;
      throw failure.error;
    }
  } },
  { defect: 'skips what it cannot parse without a trace', fails: 'WQ-20', make: class extends MemoryWorkQueue { override sweep() { this.disk.jobs = this.disk.jobs.filter((job) => job.readable); super.sweep(); } } },
];
