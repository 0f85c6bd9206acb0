import type { Message } from '@aws-sdk/client-sqs';
import { Background, CaveError, pause, type Clock, type Logger, type ReceiveOptions } from '@cave/core';
import { toAwsError } from '../errors.js';
import { LONGEST_BATCH } from './batches.js';
import type { QueueAddress, SqsCalls } from './calls.js';
import { decode } from './envelope.js';
import { LONGEST_LEASE_MS, type Delivery, type Leases } from './leases.js';
import { Outcomes } from './outcomes.js';
import type { Queues } from './queues.js';

/** Who waits for jobs that another receive has asked for and did not wait for. */
interface Waiter {
  readonly maxJobs: number;
  take(deliveries: readonly Delivery[]): void;
}

/** What a receive that waits is ended by. */
type Arrival = { readonly by: 'poll' | 'handover'; readonly deliveries: readonly Delivery[] } | { readonly by: 'failure'; readonly error: unknown } | { readonly by: 'time' };

const UNREADABLE = 'It is no job of CAVE: its text cannot be read.';
const EXHAUSTED = 'The lease of its last attempt expired.';
/** Polls at once for one receive; their messages are held while the others are under way. */
const WIDEST = 32;
/** What is left of a wait below this is not worth another request, nor is less beyond it worth an orphan. */
const OVERTIME_MS = 100;
/** Where SQS is not to hold requests, it is asked again so often. */
const SHORT_POLL_EVERY_MS = 1_000;
/** Jobs that nobody asks for go back to the queue after this, for other workers to have. SQS has counted a delivery by then, which nothing takes back. */
const LINGER_MS = 1_000;

/**
 * Asks SQS for jobs.
 *
 * A request that waits for jobs cannot be taken back: SQS hands a message to it also when
 * nobody is there any more to read the answer, and hides the message for its whole visibility
 * time-out. So a receive that is aborted leaves its request to end by itself, and what comes
 * with it goes to whoever waits, to whoever receives next, or back to the queue:
 *
 * ```
 *   request ──answer──▶ receiver
 *       └── receiver gone ──▶ orphan ──answer──▶ another receiver that waits
 *                                                └── nobody ──▶ pool ──next receive──▶ receiver
 *                                                                 └── 1 s, or close ──▶ queue
 * ```
 *
 * The visibility time-out that is asked for is the lease and the time that the request may
 * wait: it is counted by SQS from when a message is handed out, which can be any moment of the
 * request, and by us from when the request was sent. The receiver has its lease in full then; a
 * process that dies holds a job for up to as much longer.
 */
export class Intake {
  readonly #waiters = new Set<Waiter>();
  readonly #background = new Background();
  /** How each receive is ended that runs. */
  readonly #receivers = new Set<() => void>();
  #ending = false;
  #pool: Delivery[] = [];
  #linger: NodeJS.Timeout | undefined;

  constructor(
    private readonly calls: SqsCalls,
    private readonly queues: Queues,
    private readonly leases: Leases,
    private readonly limits: { readonly maxAttempts: number; readonly longPollSeconds: number },
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Up to `maxJobs` deliveries as soon as there are any; none when the time is over. What comes after the signal has fired is kept for others. */
  take(options: ReceiveOptions, signal: AbortSignal | undefined): Promise<readonly Delivery[]> {
    const gone = new AbortController();
    const gathering = this.#gather(options, gone.signal);
    return new Promise((resolve, reject) => {
      const leave = (error: CaveError): void => {
        gone.abort();
        reject(error);
      };
      const onAbort = (): void => leave(new CaveError('aborted', 'The receive was aborted.', { cause: signal?.reason }));
      const onEnd = (): void => leave(new CaveError('closed', 'The SQS work queue was closed.'));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#receivers.add(onEnd);
      const cleanUp = (): void => {
        signal?.removeEventListener('abort', onAbort);
        this.#receivers.delete(onEnd);
      };
      const ended = gathering.then(
        (deliveries) => {
          cleanUp();
          if (gone.signal.aborted) this.#adopt(deliveries);
          else resolve(deliveries);
        },
        (error: unknown) => {
          cleanUp();
          reject(error); // is nobody's any more where the receiver is gone: the next receive meets it by itself
        },
      );
      this.#background.add(ended);
    });
  }

  /** Lets every receiver go, and what comes from now on back to the queue. */
  dismiss(): void {
    this.#ending = true;
    for (const end of this.#receivers) end();
    this.#giveBackPool();
  }

  /** Resolves when no orphan is left and all is given back, or when the signal fires. */
  settled(signal: AbortSignal): Promise<void> {
    return this.#background.ended(signal);
  }

  async #gather({ maxJobs, waitMs, leaseMs }: ReceiveOptions, gone: AbortSignal): Promise<readonly Delivery[]> {
    const end = this.clock.monotonicMs() + waitMs;
    const jobs = await this.queues.readyToReceive();
    while (!gone.aborted) {
      const pooled = await this.#suited(this.#pool.splice(0, maxJobs), leaseMs);
      if (pooled.length > 0) return pooled;
      const leftMs = Math.max(0, end - this.clock.monotonicMs());
      const arrival = await this.#wait(jobs, maxJobs, leftMs, leaseMs, gone);
      if (arrival.by === 'failure') throw arrival.error;
      if (arrival.by === 'poll' && arrival.deliveries.length > 0) return this.#more(jobs, arrival.deliveries, maxJobs, leaseMs, gone);
      if (arrival.by === 'handover') {
        const suited = await this.#suited(arrival.deliveries, leaseMs);
        if (suited.length > 0) return suited;
      }
      const restMs = end - this.clock.monotonicMs();
      if (restMs < OVERTIME_MS) break;
      if (this.limits.longPollSeconds === 0) await pause(Math.min(restMs, SHORT_POLL_EVERY_MS), gone);
    }
    return [];
  }

  /** One request, and whoever else brings something while it runs. */
  #wait(jobs: QueueAddress, maxJobs: number, leftMs: number, leaseMs: number, gone: AbortSignal): Promise<Arrival> {
    const waitSeconds = Math.min(this.limits.longPollSeconds, Math.ceil(leftMs / 1000));
    const polling = this.#poll(jobs, Math.min(maxJobs, LONGEST_BATCH), waitSeconds, leaseMs);
    return new Promise<Arrival>((resolve) => {
      let settled = false;
      const settle = (arrival: Arrival): void => {
        settled = true;
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        gone.removeEventListener('abort', onTime);
        resolve(arrival);
      };
      const onTime = (): void => settle({ by: 'time' });
      const waiter: Waiter = { maxJobs, take: (deliveries) => settle({ by: 'handover', deliveries }) };
      // Only where SQS, which counts in seconds, would wait much longer.
      const timer = waitSeconds * 1000 - leftMs > OVERTIME_MS ? setTimeout(onTime, leftMs) : undefined;
      gone.addEventListener('abort', onTime, { once: true });
      this.#waiters.add(waiter);
      const ended = polling.then(
        (deliveries) => (settled ? this.#adopt(deliveries) : settle({ by: 'poll', deliveries })),
        (error: unknown) => {
          // With nobody left to be told: the next receive meets it by itself.
          if (settled) this.logger.debug('work_queue_poll_failed', { error });
          else settle({ by: 'failure', error });
        },
      );
      this.#background.add(ended);
    });
  }

  /** A full answer says that there is more: asks by ever more requests that do not wait, until there is no more or it is enough. */
  async #more(jobs: QueueAddress, first: readonly Delivery[], maxJobs: number, leaseMs: number, gone: AbortSignal): Promise<readonly Delivery[]> {
    const all = [...first];
    let full = first.length >= LONGEST_BATCH;
    for (let width = 1; full && all.length < maxJobs && !gone.aborted; width = Math.min(2 * width, WIDEST)) {
      const wanted = maxJobs - all.length;
      const polls = Array.from({ length: Math.min(width, Math.ceil(wanted / LONGEST_BATCH)) }, (_, i) => this.#poll(jobs, Math.min(LONGEST_BATCH, wanted - i * LONGEST_BATCH), 0, leaseMs));
      // What fails here, the next receive meets by itself; these jobs are not to wait for it.
      const answers = await Promise.all(polls.map((poll) => poll.catch((): readonly Delivery[] => [])));
      for (const deliveries of answers) all.push(...deliveries);
      full = answers.every((deliveries) => deliveries.length > 0);
    }
    return all;
  }

  /** Sorts out what nobody is to have. */
  async #poll(jobs: QueueAddress, maxMessages: number, waitSeconds: number, leaseMs: number): Promise<readonly Delivery[]> {
    const visibilitySeconds = Math.ceil(leaseMs / 1000) + waitSeconds;
    let from = 0;
    let messages: readonly Message[];
    try {
      messages = await this.calls.receive(jobs, { maxMessages, waitSeconds, visibilitySeconds }, () => (from = this.clock.monotonicMs()));
    } catch (error) {
      throw this.queues.seen(toAwsError(error, `SQS ReceiveMessage on "${jobs.name}"`, 'reads'), jobs);
    }
    const good: Delivery[] = [];
    const unreadable: Delivery[] = [];
    const exhausted: Delivery[] = [];
    for (const message of messages) {
      const delivery = deliveryOf(message, from + visibilitySeconds * 1000, from + LONGEST_LEASE_MS);
      if (delivery.unreadable !== null) unreadable.push(delivery);
      else if (delivery.attempt > this.limits.maxAttempts) exhausted.push(delivery);
      else good.push(delivery);
    }
    if (unreadable.length > 0) this.#background.add(this.leases.putAside(unreadable, UNREADABLE));
    if (exhausted.length > 0) this.#background.add(this.leases.putAside(exhausted, EXHAUSTED));
    return good.filter(({ until }) => until > this.clock.monotonicMs());
  }

  /** What was asked for another receive has that one's lease, and some of it is over. */
  async #suited(deliveries: readonly Delivery[], leaseMs: number): Promise<readonly Delivery[]> {
    if (this.#pool.length === 0) clearTimeout(this.#linger);
    if (deliveries.length === 0) return [];
    const outcome = new Outcomes(deliveries);
    await this.leases.renew(deliveries, leaseMs, outcome);
    // Where SQS cannot be asked, they wait for the next receive.
    if (outcome.failed.size > 0) this.#adopt(deliveries.filter((delivery) => !outcome.isLost(delivery)));
    const verdicts = outcome.verdicts();
    return deliveries.filter((_, i) => verdicts[i] === 'ok');
  }

  #adopt(deliveries: readonly Delivery[]): void {
    this.#pool.push(...deliveries);
    for (const waiter of this.#waiters) {
      if (this.#pool.length === 0) return;
      waiter.take(this.#pool.splice(0, waiter.maxJobs));
    }
    if (this.#pool.length === 0) return;
    if (this.#ending) this.#giveBackPool();
    else {
      clearTimeout(this.#linger);
      this.#linger = setTimeout(() => this.#giveBackPool(), LINGER_MS);
    }
  }

  #giveBackPool(): void {
    clearTimeout(this.#linger);
    const deliveries = this.#pool.splice(0);
    // Without an answer they come back when their time is over.
    if (deliveries.length > 0) this.#background.add(this.leases.giveBack(deliveries));
  }
}

function deliveryOf(message: Message, until: number, latest: number): Delivery {
  const { Body: text = '', ReceiptHandle: receipt, MessageId: id = '', Attributes } = message;
  const attempt = Number(Attributes?.ApproximateReceiveCount);
  if (receipt === undefined || !Number.isSafeInteger(attempt) || attempt < 1) throw new CaveError('internal', 'SQS answered ReceiveMessage without a receipt or without the number of deliveries.');
  const job = decode(text);
  return { ...(job ?? { id, body: Buffer.from(text) }), unreadable: job === null ? text : null, attempt, receipt, until, latest };
}
