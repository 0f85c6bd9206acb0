import { randomUUID } from 'node:crypto';
import { CaveError, toCaveError, type Clock, type LeasedJob, type Logger } from '@cave/core';
import type { QueueAddress, SqsCalls, Told } from './calls.js';
import { deadAttributes, encode } from './envelope.js';
import { Outcomes, type Verdict } from './outcomes.js';
import type { Queues } from './queues.js';

/** A message of the job queue that this process holds. */
export interface Delivery {
  readonly id: string;
  readonly body: Uint8Array;
  readonly attempt: number;
  /** As it came, where that is no job of CAVE. */
  readonly unreadable: string | null;
  readonly receipt: string;
  /** Until when SQS certainly hides it from others. Monotonic milliseconds. */
  until: number;
  /** SQS lets nobody hide it for longer. */
  readonly latest: number;
}

/** What SQS allows in all from one receive on. */
export const LONGEST_LEASE_MS = 12 * 60 * 60 * 1000;
const FORGET_MS = 60_000;

/**
 * What this process holds, and until when.
 *
 * ```
 *   received ──grant──▶ held ──ack──▶ deleted
 *                        │ ├── nack ──▶ visible again, at once or later | in the dead-letter queue
 *                        │ └── extend ──▶ held, from now on
 *                        └── time over ──▶ visible again, by SQS       (later calls: lost)
 * ```
 *
 * SQS does not say whose a message is: it takes the deletion by an old receipt and answers that
 * all is well, whether it deleted anything or not. So the time is measured here, from before
 * the request was sent that the message came with, and a call whose answer comes after that
 * time is answered `lost`, whatever SQS says.
 *
 * From one receive on SQS hides a message for twelve hours in all. An extension beyond that is
 * answered `lost`, and the lease ends when it would have; a nack's delay is cut to what is left.
 */
export class Leases {
  readonly #held = new Map<string, Delivery>();
  /** Hidden by a nack of this process, until when. */
  readonly #hidden = new Map<string, number>();
  readonly #run = randomUUID();
  #numbered = 0;
  #forgetAt = 0;

  constructor(
    private readonly calls: SqsCalls,
    private readonly queues: Queues,
    private readonly maxAttempts: number,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get names(): readonly string[] {
    return [...this.#held.keys()];
  }

  /** How many messages are hidden because this process gave them back with a delay. */
  get hidden(): number {
    this.#forget();
    return this.#hidden.size;
  }

  grant(delivery: Delivery): LeasedJob {
    if (this.clock.monotonicMs() >= this.#forgetAt) this.#forget();
    const lease = `${this.#run}.${String((this.#numbered += 1))}`;
    this.#held.set(lease, delivery);
    const { id, body, attempt } = delivery;
    return { id, body, attempt, lease };
  }

  async ack(names: readonly string[]): Promise<readonly Verdict[]> {
    const taken = names.map((name) => this.#take(name));
    const outcome = new Outcomes(taken);
    await this.#delete(outcome, outcome.pending);
    const { failed } = outcome;
    // To delete again what may have been deleted does no harm.
    this.#putBack(names, taken, (delivery) => failed.has(delivery));
    return outcome.verdicts();
  }

  /**
   * At the last attempt the job goes to the dead-letter queue, and is then deleted: whoever is
   * killed in between, or loses the lease, leaves a copy there, and the job to SQS, which moves
   * it as well. Two dead letters of one job do no harm.
   *
   * Throws, as the others do, when SQS did not say of all that they are settled; the others
   * are. What may have been given back is not held any more.
   */
  async nack(names: readonly string[], delayMs: number, reason: string): Promise<readonly Verdict[]> {
    const taken = names.map((name) => this.#take(name));
    const outcome = new Outcomes(taken);
    const last = outcome.pending.filter((delivery) => this.#isLast(delivery));
    const others = outcome.pending.filter((delivery) => !this.#isLast(delivery));
    await Promise.all([this.#bury(outcome, last, reason), this.#show(outcome, others, delayMs)]);
    const { failed } = outcome;
    // What may be visible already is nobody's to hold; what may be buried already still is.
    this.#putBack(names, taken, (delivery) => failed.has(delivery) && (this.#isLast(delivery) || failed.get(delivery)?.code !== 'unknown_outcome'));
    return outcome.verdicts();
  }

  async extend(names: readonly string[], leaseMs: number): Promise<readonly Verdict[]> {
    // It stays held meanwhile: whoever is done with it need not wait for this answer.
    const asked = firstOfEach(names).map((name) => (name === null ? null : this.#find(name)));
    const outcome = new Outcomes(asked);
    const now = this.clock.monotonicMs();
    for (const delivery of outcome.pending) if (now + leaseMs > delivery.latest) outcome.tell(delivery, 'lost');
    await this.renew(outcome.pending, leaseMs, outcome);
    names.forEach((name, i) => {
      const delivery = asked[i];
      if (delivery && outcome.isLost(delivery)) this.#held.delete(name);
    });
    return outcome.verdicts();
  }

  /** Hides these for so long from now on, whether they are leased already or not. */
  async renew(deliveries: readonly Delivery[], leaseMs: number, outcome: Outcomes<Delivery>): Promise<void> {
    if (deliveries.length === 0) return;
    const from = this.clock.monotonicMs();
    const seconds = Math.ceil(leaseMs / 1000);
    const answers = await this.#on(() => this.queues.jobs(), deliveries, (jobs) => this.calls.hide(jobs, deliveries.map(({ receipt }) => ({ receipt, seconds }))));
    deliveries.forEach((delivery, i) => {
      const until = from + seconds * 1000;
      const answer = this.#inTime(delivery, answers[i]);
      if (answer === 'ok') delivery.until = until;
      // It may have been done, and then may have been made shorter.
      else if (answer instanceof CaveError && answer.code === 'unknown_outcome') delivery.until = Math.min(delivery.until, until);
      outcome.tell(delivery, answer);
    });
  }

  /** For what nobody has been handed: back to the queue, its delivery counted by SQS. */
  async giveBack(deliveries: readonly Delivery[]): Promise<void> {
    await this.#show(new Outcomes(deliveries), deliveries, 0);
  }

  /** Puts what no receiver shall have into the dead-letter queue. What fails comes again when its time is over. */
  async putAside(deliveries: readonly Delivery[], reason: string): Promise<void> {
    const outcome = new Outcomes(deliveries);
    await this.#bury(outcome, deliveries, reason);
    const [failure] = outcome.failed.values();
    if (failure !== undefined) this.logger.warn('work_queue_dead_letter_failed', { jobs: outcome.failed.size, reason: failure.message });
  }

  async #delete(outcome: Outcomes<Delivery>, deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const answers = await this.#on(() => this.queues.jobs(), deliveries, (jobs) => this.calls.remove(jobs, deliveries.map(({ receipt }) => receipt)));
    deliveries.forEach((delivery, i) => outcome.tell(delivery, this.#inTime(delivery, answers[i])));
  }

  async #show(outcome: Outcomes<Delivery>, deliveries: readonly Delivery[], delayMs: number): Promise<void> {
    if (deliveries.length === 0) return;
    const now = this.clock.monotonicMs();
    const messages = deliveries.map(({ receipt, latest }) => ({ receipt, seconds: Math.max(0, Math.min(Math.ceil(delayMs / 1000), Math.floor((latest - now) / 1000))) }));
    const answers = await this.#on(() => this.queues.jobs(), deliveries, (jobs) => this.calls.hide(jobs, messages));
    deliveries.forEach((delivery, i) => {
      const answer = this.#inTime(delivery, answers[i]);
      outcome.tell(delivery, answer);
      const { receipt = '', seconds = 0 } = messages[i] ?? {};
      if (answer === 'ok' && seconds > 0) this.#hidden.set(receipt, now + seconds * 1000);
    });
  }

  async #bury(outcome: Outcomes<Delivery>, deliveries: readonly Delivery[], reason: string): Promise<void> {
    if (deliveries.length === 0) return;
    const answers = await this.#on(() => this.queues.dead(), deliveries, (dead) => this.calls.send(dead, deliveries.map(({ id, body, unreadable, attempt }) => ({ text: unreadable ?? encode({ id, body }), attributes: deadAttributes(this.#attempts(attempt), reason) }))));
    const buried = deliveries.filter((delivery, i) => {
      const answer = answers[i];
      if (answer instanceof CaveError) outcome.tell(delivery, answer);
      return answer === 'ok';
    });
    for (const { id, attempt } of buried) this.logger.warn('work_queue_job_dead', { job: id, attempts: this.#attempts(attempt), reason });
    await this.#delete(outcome, buried);
  }

  /** One answer for each delivery, also where the queue itself is not to be had. */
  async #on(find: () => Promise<QueueAddress>, deliveries: readonly Delivery[], action: (queue: QueueAddress) => Promise<readonly Told[]>): Promise<readonly Told[]> {
    try {
      const queue = await find();
      return (await action(queue)).map((answer) => (answer instanceof CaveError ? this.queues.seen(answer, queue) : answer));
    } catch (error) {
      const failure = toCaveError(error);
      return deliveries.map(() => failure);
    }
  }

  /** A delivery beyond the last attempt was put aside instead of being handed out: it is none. */
  #attempts(attempt: number): number {
    return Math.min(attempt, this.maxAttempts);
  }

  /** SQS may have done it for somebody else's lease: what is told after the time is over says nothing. */
  #inTime(delivery: Delivery, answer: Told | undefined): Told {
    if (answer === 'ok' && delivery.until <= this.clock.monotonicMs()) return 'lost';
    return answer ?? new CaveError('internal', 'The SQS work queue gave no answer for a lease.');
  }

  #find(name: string): Delivery | null {
    const delivery = this.#held.get(name);
    if (delivery === undefined) return null;
    if (delivery.until > this.clock.monotonicMs()) return delivery;
    this.#held.delete(name);
    return null;
  }

  #take(name: string): Delivery | null {
    const delivery = this.#find(name);
    this.#held.delete(name);
    return delivery;
  }

  #putBack(names: readonly string[], taken: readonly (Delivery | null)[], when: (delivery: Delivery) => boolean): void {
    names.forEach((name, i) => {
      const delivery = taken[i];
      if (delivery && when(delivery)) this.#held.set(name, delivery);
    });
  }

  #isLast({ attempt }: Delivery): boolean {
    return attempt >= this.maxAttempts;
  }

  /** Leases that ran out are nobody's to give back. */
  #forget(): void {
    const now = this.clock.monotonicMs();
    this.#forgetAt = now + FORGET_MS;
    for (const [name, { until }] of this.#held) if (until <= now) this.#held.delete(name);
    for (const [receipt, until] of this.#hidden) if (until <= now) this.#hidden.delete(receipt);
  }
}

/** Null for a name that has been there before. */
function firstOfEach(names: readonly string[]): readonly (string | null)[] {
  const seen = new Set<string>();
  return names.map((name) => {
    if (seen.has(name)) return null;
    seen.add(name);
    return name;
  });
}
