import type { Channel, ConsumeMessage } from 'amqplib';
import { CaveError, MAX_TIMER_MS, toCaveError } from '@cave/core';

/** One `basic.consume`. */
interface Consumer {
  readonly tag: string;
  /** What the server may have out with it, unacknowledged. */
  readonly prefetch: number;
  outstanding: number;
  cancelled: boolean;
  /** Resolves once its cancelling, if one has begun, is done. */
  gone: Promise<void>;
}

export interface Delivery {
  readonly message: ConsumeMessage;
  readonly consumer: Consumer;
}

interface Waiter {
  readonly maxJobs: number;
  settle(outcome: readonly Delivery[] | CaveError): void;
}

export interface IntakePlan {
  readonly queue: string;
  readonly maxPrefetch: number;
  /** False for a delivery that is nothing to be handed out; whoever said so settles it. */
  wanted(delivery: Delivery): boolean;
  /** Nobody has asked for these in a while. They are to go back to the queue without counting as attempts. */
  giveBack(deliveries: readonly Delivery[]): void;
}

/** Deliveries that nobody asks for go back to the queue after this, for other workers to have. */
const LINGER_MS = 1_000;

/**
 * Asks the server for as many jobs as receivers wait for, and no more than there are: a job
 * that lies fetched in a process is hidden from all others, and its attempt is counted when the
 * process dies. So consumers come and go:
 *
 * ```
 *   receivers wait ──▶ consume, prefetch = min(asked for, ready) or 1 ──filled──▶ cancelled
 * ```
 *
 * A consumer is cancelled when it has all that it may have, and before any of that is
 * acknowledged. Only then can no delivery be on its way to it: such a delivery would go back to
 * the queue with its attempt counted, although nobody had it.
 */
export class Intake {
  readonly #waiters = new Set<Waiter>();
  readonly #consumers = new Set<Consumer>();
  #buffer: Delivery[] = [];
  #serving = false;
  #widening = false;
  #ended: CaveError | null = null;
  #linger: NodeJS.Timeout | undefined;
  #numbered = 0;

  constructor(
    private readonly channel: Channel,
    private readonly plan: IntakePlan,
    private readonly fail: (error: unknown) => void,
  ) {}

  /** Fetched and not handed out. */
  get fetched(): number {
    return this.#buffer.length;
  }

  /** Up to `maxJobs` deliveries as soon as there are any; none when the time is over. */
  take(maxJobs: number, waitMs: number, signal: AbortSignal | undefined): Promise<readonly Delivery[]> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended);
        return;
      }
      const onAbort = (): void => waiter.settle(new CaveError('aborted', 'The receive was aborted.', { cause: signal?.reason }));
      const timer = setTimeout(() => waiter.settle([]), Math.min(waitMs, MAX_TIMER_MS));
      const waiter: Waiter = {
        maxJobs,
        settle: (outcome) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
          this.#waiters.delete(waiter);
          if (outcome instanceof CaveError) reject(outcome);
          else resolve(outcome);
          this.#watchBuffer();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(waiter);
      this.#serve();
      this.#widen();
    });
  }

  /** Tells the server that these are done. */
  async acknowledge(deliveries: readonly Delivery[]): Promise<void> {
    await this.#settle(deliveries, (message) => this.channel.ack(message));
  }

  /** Puts these back into the queue, their attempts counted by the server. */
  async requeue(deliveries: readonly Delivery[]): Promise<void> {
    await this.#settle(deliveries, (message) => this.channel.nack(message, false, true));
  }

  /** Takes everything that was fetched, with nobody waiting any more: the way to a tidy end. */
  async drain(): Promise<readonly Delivery[]> {
    this.#dismiss([]);
    await this.#cancelAll();
    return this.#buffer.splice(0);
  }

  /** The connection has ended, and with it everything that was fetched over it. */
  end(error: CaveError): void {
    this.#ended = error;
    this.#buffer = [];
    this.#consumers.clear();
    clearTimeout(this.#linger);
    this.#dismiss(error);
  }

  /** Lets every receiver go. */
  dismiss(): void {
    this.#dismiss([]);
  }

  #dismiss(outcome: readonly Delivery[] | CaveError): void {
    for (const waiter of this.#waiters) waiter.settle(outcome);
  }

  /**
   * Resolves when the server has read it: an answer to a later question on the same channel says
   * so, and nothing else does.
   */
  async #settle(deliveries: readonly Delivery[], tell: (message: ConsumeMessage) => void): Promise<void> {
    if (this.#ended !== null) throw this.#ended;
    await Promise.all(new Set(deliveries.map(({ consumer }) => consumer.gone)));
    for (const { message, consumer } of deliveries) {
      tell(message);
      consumer.outstanding -= 1;
    }
    await this.channel.prefetch(1); // any question will do; each consumer sets its own prefetch
  }

  #demand(): number {
    let demand = 0;
    for (const { maxJobs } of this.#waiters) demand += maxJobs;
    return demand - this.#buffer.length;
  }

  /** What the server may still send without being asked again. */
  #credit(): number {
    let credit = 0;
    for (const { prefetch, outstanding } of this.#consumers) credit += prefetch - outstanding;
    return credit;
  }

  #widen(): void {
    if (this.#widening || this.#ended !== null || this.#demand() <= this.#credit()) return;
    this.#widening = true;
    this.#consumeWhatIsThere().then(
      () => (this.#widening = false),
      (error: unknown) => {
        this.#widening = false;
        if (this.#ended === null) this.fail(toCaveError(error, 'unavailable'));
      },
    );
  }

  async #consumeWhatIsThere(): Promise<void> {
    while (this.#demand() > this.#credit()) {
      const { messageCount: ready } = await this.channel.checkQueue(this.plan.queue);
      const credit = this.#credit();
      // One to be woken by, where nothing is ready.
      const prefetch = Math.min(this.#demand() - credit, Math.max(ready, credit > 0 ? 0 : 1), this.plan.maxPrefetch);
      if (prefetch <= 0) return;
      await this.#consume(prefetch);
    }
  }

  async #consume(prefetch: number): Promise<void> {
    const consumer: Consumer = { tag: `cave-${(this.#numbered += 1)}`, prefetch, outstanding: 0, cancelled: false, gone: Promise.resolve() };
    this.#consumers.add(consumer);
    // Both are sent before anything else can be: a consumer has the prefetch that was set last.
    const set = this.channel.prefetch(prefetch);
    const begun = this.channel.consume(this.plan.queue, (message) => this.#arrived(consumer, message), { consumerTag: consumer.tag });
    await Promise.all([set, begun]);
  }

  #arrived(consumer: Consumer, message: ConsumeMessage | null): void {
    if (this.#ended !== null) return;
    if (message === null) {
      this.fail(new CaveError('unavailable', `The queue "${this.plan.queue}" was removed.`));
      return;
    }
    const delivery: Delivery = { message, consumer };
    consumer.outstanding += 1;
    if (consumer.outstanding >= consumer.prefetch) this.#cancel(consumer);
    if (this.plan.wanted(delivery)) this.#buffer.push(delivery);
    if (this.#serving) return;
    this.#serving = true;
    // What has come in the same packet is handed out together.
    setImmediate(() => {
      this.#serving = false;
      this.#serve();
      this.#widen();
      this.#watchBuffer();
    });
  }

  #cancel(consumer: Consumer): void {
    this.#consumers.delete(consumer);
    if (consumer.cancelled) return;
    consumer.cancelled = true;
    consumer.gone = this.channel.cancel(consumer.tag).then(
      () => undefined,
      () => undefined, // the channel is gone, and with it the consumer: whoever settles a delivery is told
    );
  }

  async #cancelAll(): Promise<void> {
    const open = [...this.#consumers];
    for (const consumer of open) this.#cancel(consumer);
    await Promise.all(open.map(({ gone }) => gone));
  }

  #serve(): void {
    for (const waiter of this.#waiters) {
      if (this.#buffer.length === 0) return;
      waiter.settle(this.#buffer.splice(0, waiter.maxJobs));
    }
  }

  #watchBuffer(): void {
    const idle = this.#buffer.length > 0 && this.#waiters.size === 0 && this.#ended === null;
    if (!idle) {
      clearTimeout(this.#linger);
      this.#linger = undefined;
      return;
    }
    this.#linger ??= setTimeout(() => {
      this.#linger = undefined;
      // A consumer that is not filled may be sent a job at this moment, whose attempt then counts.
      // It is one that a receiver asked for and did not wait for: rare, and too high by one.
      void this.#cancelAll();
      if (this.#waiters.size === 0) this.plan.giveBack(this.#buffer.splice(0));
    }, LINGER_MS);
  }
}
