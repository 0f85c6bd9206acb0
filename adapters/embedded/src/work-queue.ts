import {
  CaveError,
  defineAdapter,
  throwIfAborted,
  type AdapterContext,
  type DeadJob,
  type Health,
  type Job,
  type JobPublishResult,
  type LeasedJob,
  type QueueDepth,
  type ReceiveOptions,
  type WorkQueue,
  type WorkQueueCapabilities,
} from '@cave/core';
import { checkDeadLetterOptions, DEAD_LETTER_SCHEMA, deadLetterLimit, type DeadLetterOptions } from './dead-letter-options.js';
import { LmdbEnvironment } from './lmdb-environment.js';
import { QueueEngine } from './work-queue-engine.js';
import { RecentIds } from './work-queue-ids.js';
import { JobStore } from './work-queue-store.js';

export interface EmbeddedWorkQueueOptions extends DeadLetterOptions {
  readonly directory: string;
  readonly 'max-attempts': number;
  readonly 'deduplication-window-ms': number;
}

const MAX_BODY_BYTES = 256 * 1024;
const MAX_ID_CHARACTERS = 200;
const DEFAULT_MAX_ATTEMPTS = 10;
/** CAVE's jobs are obligations: a second copy finds nothing to do, while remembering every id costs more than the jobs themselves. */
const DEFAULT_WINDOW_MS = 0;

export const WORK_QUEUE_CAPABILITIES: WorkQueueCapabilities = {
  maxBodyBytes: MAX_BODY_BYTES,
  extendsLeases: true,
  delaysNack: true,
  deduplicationWindowMs: DEFAULT_WINDOW_MS,
};

interface Serving {
  readonly store: JobStore;
  readonly engine: QueueEngine;
}

/**
 * The work queue in one directory of one process, on LMDB. Jobs, attempts, delays and dead
 * letters are flushed before they are told; leases live in memory and end with the process,
 * which is the only one that could have held them.
 */
export class EmbeddedWorkQueue implements WorkQueue {
  readonly capabilities: WorkQueueCapabilities;
  readonly #environment: LmdbEnvironment;
  #serving: Serving | null = null;

  constructor(private readonly options: EmbeddedWorkQueueOptions, private readonly context: AdapterContext) {
    this.capabilities = { ...WORK_QUEUE_CAPABILITIES, deduplicationWindowMs: options['deduplication-window-ms'] };
    this.#environment = new LmdbEnvironment(options.directory, 'work queue');
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#environment.start(signal, async (environment) => {
      const { clock, logger } = this.context;
      const wallAtStart = clock.nowMs() - clock.monotonicMs();
      const wallMs = (): number => wallAtStart + clock.monotonicMs();
      const store = await JobStore.open(environment, deadLetterLimit('queue', this.options, this.context));
      const ids = new RecentIds(environment, this.options['deduplication-window-ms'], wallMs);
      this.#serving = { store, engine: new QueueEngine(store, ids, environment.writer, clock, wallMs, this.options['max-attempts'], logger) };
    });
  }

  close(): Promise<void> {
    // A commit takes milliseconds, so there is nothing that the caller's patience would shorten.
    return this.#environment.close(() => this.#serving?.engine.leave());
  }

  health(): Promise<Health> {
    return this.#environment.health();
  }

  #use(): Serving {
    this.#environment.use();
    if (this.#serving === null) throw new CaveError('internal', 'The work queue is open without its store.');
    return this.#serving;
  }

  /** The signal is heeded before anything is queued; after that the outcome is milliseconds away. */
  async publish(jobs: readonly Job[], signal?: AbortSignal): Promise<readonly JobPublishResult[]> {
    const { engine } = this.#use();
    throwIfAborted(signal);
    const results = jobs.map(refusal);
    const good = jobs.filter((_, i) => results[i] === null);
    if (good.length === 0) return results.flatMap((result) => (result === null ? [] : [result]));
    let told: readonly JobPublishResult[];
    try {
      told = await engine.publish(good);
    } catch (error) {
      if (!(error instanceof CaveError)) throw error;
      told = good.map(() => ({ status: 'failed', error: outcome(error) }));
    }
    let next = 0;
    return results.map((result) => result ?? told[next++] ?? { status: 'failed', error: new CaveError('internal', 'The work queue gave no result for a job.') });
  }

  async receive(options: ReceiveOptions, signal?: AbortSignal): Promise<readonly LeasedJob[]> {
    const { engine } = this.#use();
    throwIfAborted(signal);
    mustBe(Number.isInteger(options.maxJobs) && options.maxJobs >= 1, 'maxJobs is a whole number of at least 1.');
    mustBe(options.leaseMs > 0, 'leaseMs is more than 0.');
    mustBe(options.waitMs >= 0, 'waitMs is at least 0.');
    const jobs = await engine.receive(options, signal);
    if (jobs.length === 0) throwIfAborted(signal);
    return jobs;
  }

  async ack(leases: readonly string[]): Promise<readonly ('ok' | 'lost')[]> {
    return this.#use().engine.ack(leases);
  }

  async nack(leases: readonly string[], options: { readonly delayMs?: number; readonly reason: string }): Promise<readonly ('ok' | 'lost')[]> {
    const { engine } = this.#use();
    const delayMs = options.delayMs ?? 0;
    mustBe(delayMs >= 0, 'delayMs is at least 0.');
    return engine.nack(leases, delayMs, options.reason);
  }

  async extend(leases: readonly string[], leaseMs: number): Promise<readonly ('ok' | 'lost')[]> {
    const { engine } = this.#use();
    mustBe(leaseMs > 0, 'leaseMs is more than 0.');
    return engine.extend(leases, leaseMs);
  }

  async depth(): Promise<QueueDepth> {
    return this.#use().engine.depth();
  }

  async deadLetters(limit: number): Promise<readonly DeadJob[]> {
    return this.#use().store.deadJobs(limit);
  }
}

/** For callers that pass impossible numbers. */
function mustBe(ok: boolean, message: string): void {
  if (!ok) throw new CaveError('invalid_argument', message);
}

/** Why the job cannot be taken, or null. */
function refusal(job: Job): JobPublishResult | null {
  if (job.id.length < 1 || job.id.length > MAX_ID_CHARACTERS) {
    return { status: 'failed', error: new CaveError('invalid_argument', `A job's id has 1 to ${MAX_ID_CHARACTERS} characters.`) };
  }
  if (job.body.length > MAX_BODY_BYTES) {
    return { status: 'failed', error: new CaveError('too_large', `The job has ${job.body.length} bytes; at most ${MAX_BODY_BYTES} are allowed.`) };
  }
  return null;
}

/** Without room the transaction ended before its last page; any other failure may have come after it. */
function outcome(error: CaveError): CaveError {
  return error.code === 'unavailable' ? new CaveError('unknown_outcome', error.message, { cause: error }) : error;
}

export default defineAdapter<'work-queue', EmbeddedWorkQueueOptions>({
  port: 'work-queue',
  name: 'embedded',
  capabilities: WORK_QUEUE_CAPABILITIES,
  options: {
    type: 'object',
    required: ['directory'],
    properties: {
      directory: { type: 'string', minLength: 1, description: 'Where the queue is kept. The runtime fills in <data-dir>/queue.' },
      'max-attempts': { type: 'integer', minimum: 1, default: DEFAULT_MAX_ATTEMPTS, description: 'Deliveries that end in nack or expiry before a job goes to the dead-letter place.' },
      'deduplication-window-ms': { type: 'integer', minimum: 0, default: DEFAULT_WINDOW_MS, description: 'A job whose id was published within this many milliseconds is dropped as a duplicate; 0 drops none. A window costs more disk writes than the jobs do.' },
      ...DEAD_LETTER_SCHEMA,
    },
  },
  create(options, context) {
    const { directory, 'max-attempts': maxAttempts, 'deduplication-window-ms': windowMs } = options;
    if (typeof directory !== 'string' || directory === '') throw new CaveError('configuration', 'The option "directory" of the embedded work queue is missing.');
    if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
      throw new CaveError('configuration', `The option "max-attempts" of the embedded work queue is ${String(maxAttempts)}; it must be a whole number of at least 1.`);
    }
    if (!Number.isInteger(windowMs) || windowMs < 0) {
      throw new CaveError('configuration', `The option "deduplication-window-ms" of the embedded work queue is ${String(windowMs)}; it must be a whole number of at least 0.`);
    }
    checkDeadLetterOptions('embedded work queue', options);
    return new EmbeddedWorkQueue(options, context);
  },
});
