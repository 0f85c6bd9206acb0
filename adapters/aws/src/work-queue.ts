import {
  CaveError,
  defineAdapter,
  Gate,
  throwIfAborted,
  toCaveError,
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
import { InFlight, unlessAborted } from './in-flight.js';
import { SqsCalls, type Told } from './work-queue-calls.js';
import { encode, maxBodyBytes } from './work-queue-envelope.js';
import { Inspection } from './work-queue-inspection.js';
import { Intake } from './work-queue-intake.js';
import { Leases, LONGEST_LEASE_MS } from './work-queue-leases.js';
import { checkWorkQueue, DEFAULT_MESSAGE_BYTES, workQueueOptions, type SqsWorkQueueOptions } from './work-queue-options.js';
import { Queues } from './work-queue-queues.js';

const MAX_ID_CHARACTERS = 200;
/** Below the 2 s that a health check may take. */
const HEALTH_PATIENCE_MS = 1_900;
const CLOSED = 'The queue was closed while it held the job.';

const capabilities: WorkQueueCapabilities = {
  maxBodyBytes: maxBodyBytes(DEFAULT_MESSAGE_BYTES),
  extendsLeases: true,
  delaysNack: true,
  deduplicationWindowMs: 0,
};

/**
 * The work queue on SQS: a standard queue, no FIFO one. A FIFO queue would remove duplicates of
 * five minutes and keep an order, and CAVE's jobs need neither: they are obligations, of which
 * a copy or a late one finds nothing to do. It would cost throughput: 300 calls a second for
 * each action, or 3,000 jobs in batches of ten, where a standard queue has nearly no limit
 * (Amazon SQS Developer Guide, "Message quotas"); and jobs of one message group wait for one
 * another.
 *
 * SQS keeps jobs and counts deliveries. The leases are measured here (work-queue-leases.ts), and
 * requests that wait are given time to end (work-queue-intake.ts). A job whose leases expired
 * `max-attempts` times is moved to the dead-letter queue by SQS when somebody receives next.
 */
class SqsWorkQueue implements WorkQueue {
  readonly capabilities: WorkQueueCapabilities;
  readonly #gate = new Gate('SQS work queue');
  readonly #calls: SqsCalls;
  readonly #queues: Queues;
  readonly #leases: Leases;
  readonly #intake: Intake;
  readonly #inspection: Inspection;
  readonly #running = new InFlight();
  readonly #closing = new AbortController();
  #closed: Promise<void> | null = null;

  constructor(
    private readonly options: SqsWorkQueueOptions,
    { clock, logger }: AdapterContext,
  ) {
    const maxAttempts = options['max-attempts'];
    this.capabilities = { ...capabilities, maxBodyBytes: maxBodyBytes(options['max-message-bytes']) };
    this.#calls = new SqsCalls(options);
    this.#queues = new Queues(this.#calls, options, logger, this.#closing.signal);
    this.#leases = new Leases(this.#calls, this.#queues, maxAttempts, clock, logger);
    this.#intake = new Intake(this.#calls, this.#queues, this.#leases, { maxAttempts, longPollSeconds: options['long-poll-seconds'] }, clock, logger);
    this.#inspection = new Inspection(this.#calls, this.#queues, maxAttempts);
  }

  start(signal?: AbortSignal): Promise<void> {
    const either = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    return this.#gate.start(async () => void (await unlessAborted(this.#queues.jobs(), either)), signal);
  }

  publish(jobs: readonly Job[], signal?: AbortSignal): Promise<readonly JobPublishResult[]> {
    return this.#call(signal, async () => {
      const results = jobs.map((job) => refusal(job, this.capabilities.maxBodyBytes));
      const good = jobs.filter((_, i) => results[i] === null);
      const told = await this.#send(good, signal);
      throwIfAborted(signal);
      let next = 0;
      return results.map((refused): JobPublishResult => {
        if (refused !== null) return refused;
        const answer = told[next++];
        return answer === 'ok' ? { status: 'accepted' } : { status: 'failed', error: answer instanceof CaveError ? answer : new CaveError('internal', 'The SQS work queue gave no result for a job.') };
      });
    });
  }

  async receive(options: ReceiveOptions, signal?: AbortSignal): Promise<readonly LeasedJob[]> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    mustBe(Number.isInteger(options.maxJobs) && options.maxJobs >= 1, 'maxJobs is a whole number of at least 1.');
    const longestMs = LONGEST_LEASE_MS - this.options['long-poll-seconds'] * 1000;
    mustBe(options.leaseMs > 0 && options.leaseMs <= longestMs, `leaseMs is more than 0 and at most ${String(longestMs)}.`);
    mustBe(options.waitMs >= 0, 'waitMs is at least 0.');
    // The intake heeds the signal itself: what comes too late for this call must go to the next.
    const deliveries = await this.#running.run(this.#intake.take(options, signal));
    return deliveries.map((delivery) => this.#leases.grant(delivery));
  }

  ack(leases: readonly string[]): Promise<readonly ('ok' | 'lost')[]> {
    return this.#call(undefined, () => this.#leases.ack(leases));
  }

  nack(leases: readonly string[], { delayMs = 0, reason }: { readonly delayMs?: number; readonly reason: string }): Promise<readonly ('ok' | 'lost')[]> {
    return this.#call(undefined, async () => {
      mustBe(delayMs >= 0 && delayMs <= LONGEST_LEASE_MS, `delayMs is from 0 to ${String(LONGEST_LEASE_MS)}.`);
      return this.#leases.nack(leases, delayMs, reason);
    });
  }

  extend(leases: readonly string[], leaseMs: number): Promise<readonly ('ok' | 'lost')[]> {
    return this.#call(undefined, async () => {
      mustBe(leaseMs > 0, 'leaseMs is more than 0.');
      return this.#leases.extend(leases, leaseMs);
    });
  }

  depth(): Promise<QueueDepth> {
    return this.#call(undefined, () => this.#inspection.depth(() => this.#leases.hidden));
  }

  deadLetters(limit: number): Promise<readonly DeadJob[]> {
    return this.#call(undefined, async () => {
      mustBe(Number.isInteger(limit) && limit >= 1, 'limit is a whole number of at least 1.');
      return this.#inspection.deadLetters(limit);
    });
  }

  /** Asks where the queue is: the one question that every service may ask, whatever its policy. */
  async health(): Promise<Health> {
    const gate = this.#gate.health();
    if (!gate.healthy) return gate;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), HEALTH_PATIENCE_MS);
    try {
      await unlessAborted(this.#calls.urlOf(this.options.queue, patience.signal), patience.signal);
      return { healthy: true };
    } catch (error) {
      return { healthy: false, detail: patience.signal.aborted ? `SQS did not answer within ${String(HEALTH_PATIENCE_MS)} ms.` : toCaveError(error).message };
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Lets calls be answered, and requests that wait for jobs end by themselves, which may take
   * `long-poll-seconds`: one that is broken off may swallow a job for the length of a lease. What
   * is held is given back. When the signal fires, all of that is left undone.
   */
  close(signal?: AbortSignal): Promise<void> {
    const patience = new AbortController();
    const onAbort = (): void => patience.abort();
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    // A second caller with less patience ends the first one's as well.
    patience.signal.addEventListener('abort', () => this.#calls.end(), { once: true });
    if (patience.signal.aborted) this.#calls.end();
    this.#closed ??= this.#close(patience.signal);
    return this.#closed.finally(() => signal?.removeEventListener('abort', onAbort));
  }

  async #close(patience: AbortSignal): Promise<void> {
    const closed = this.#gate.close();
    this.#closing.abort();
    this.#intake.dismiss();
    await closed;
    await this.#running.settled(patience);
    await this.#intake.settled(patience);
    const { names } = this.#leases;
    // What is not answered ends by itself.
    if (!patience.aborted && names.length > 0) await unlessAborted(this.#leases.nack(names, 0, CLOSED), patience).catch(() => undefined);
    this.#calls.end();
    await this.#calls.settled(new AbortController().signal);
  }

  /** Every call comes in through here, but for receive. */
  async #call<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    return this.#running.run(unlessAborted(action(), signal));
  }

  async #send(jobs: readonly Job[], signal: AbortSignal | undefined): Promise<readonly Told[]> {
    if (jobs.length === 0) return [];
    try {
      const queue = await this.#queues.jobs();
      const told = await this.#calls.send(queue, jobs.map((job) => ({ text: encode(job) })), signal);
      return told.map((answer) => (answer instanceof CaveError ? this.#queues.seen(tooLarge(answer), queue) : answer));
    } catch (error) {
      const failure = toCaveError(error);
      return jobs.map(() => failure);
    }
  }
}

/** A queue may be set to take less than CAVE is told that it takes; nothing else in a job can be wrong for SQS. */
function tooLarge(error: CaveError): CaveError {
  const { aws } = error.details;
  if (aws !== 'InvalidParameterValue' && aws !== 'BatchRequestTooLong') return error;
  return new CaveError('too_large', `${error.message} Set work-queue.max-message-bytes to what the queue takes.`, { cause: error, details: error.details });
}

/** For callers that pass impossible numbers. */
function mustBe(ok: boolean, message: string): void {
  if (!ok) throw new CaveError('invalid_argument', message);
}

/** Why the job cannot be taken, or null. */
function refusal({ id, body }: Job, most: number): JobPublishResult | null {
  if (id.length < 1 || id.length > MAX_ID_CHARACTERS) {
    return { status: 'failed', error: new CaveError('invalid_argument', `A job's id has 1 to ${String(MAX_ID_CHARACTERS)} characters.`) };
  }
  if (body.byteLength > most) {
    return { status: 'failed', error: new CaveError('too_large', `The job has ${String(body.byteLength)} bytes; at most ${String(most)} are allowed.`) };
  }
  return null;
}

export default defineAdapter<'work-queue', SqsWorkQueueOptions>({
  port: 'work-queue',
  name: 'sqs',
  capabilities,
  options: workQueueOptions,
  create(options, context) {
    checkWorkQueue(options);
    return new SqsWorkQueue(options, context);
  },
});
