import type { Channel, ConsumeMessage } from 'amqplib';
import type { BusMessage, BusSubscriber, Logger } from '@cave/core';
import { decodeChange } from './bus-envelope.js';
import type { Line } from './link.js';

export interface SubscriptionPlan {
  readonly exchange: string;
  readonly queueLength: number;
}

/** Changes that the server sends ahead of the one being handled. */
const MOST_AHEAD = 100;

/** Gone with the connection, whichever way that ends. */
const OWN = { exclusive: true, autoDelete: true, durable: false } as const;
/** Named, because a virtual host may have another default, and no other type can be exclusive. */
const CLASSIC = { 'x-queue-type': 'classic' } as const;

/**
 * One subscriber, with queues of its own on the server that go with the connection:
 *
 * ```
 *   exchange ──▶ queue of bounded length ──▶ this subscriber, one call at a time
 *                  │ full: the oldest is dropped
 *                  ▼
 *                notice queue (keeps one) ──▶ onResync
 * ```
 *
 * The server itself tells of the overflow, by dead-lettering what it drops, so that no count of
 * anybody's messages is needed to see a gap.
 */
export class Subscription {
  #channel: Channel | null = null;
  #messages: { readonly change: BusMessage; readonly done: () => void }[] = [];
  #resync: string | null = null;
  #ended = false;
  #running: Promise<void> | null = null;
  #attaching: Promise<void> = Promise.resolve();

  constructor(
    private readonly plan: SubscriptionPlan,
    private readonly subscriber: BusSubscriber,
    private readonly logger: Logger,
  ) {}

  /** Live on this connection when it resolves. `missed` says why the subscriber has to reload, if it has. */
  attach(line: Line, missed: string | null): Promise<void> {
    const attaching = this.#attach(line, missed);
    this.#attaching = attaching.catch(() => undefined); // told to the caller
    return attaching;
  }

  async #attach(line: Line, missed: string | null): Promise<void> {
    const channel = await line.channel();
    const { queue: notices } = await channel.assertQueue('', { ...OWN, arguments: { ...CLASSIC, 'x-max-length': 1 } });
    const { queue } = await channel.assertQueue('', {
      ...OWN,
      arguments: { ...CLASSIC, 'x-max-length': this.plan.queueLength, 'x-overflow': 'drop-head', 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': notices },
    });
    await channel.bindQueue(queue, this.plan.exchange, '');
    await channel.prefetch(Math.min(MOST_AHEAD, this.plan.queueLength));
    const gone = (): void => line.fail(new Error('a queue of a subscriber was removed'));
    this.#channel = channel;
    await channel.consume(notices, (message) => (message === null ? gone() : this.#overflowed(channel, message)));
    await channel.consume(queue, (message) => (message === null ? gone() : this.#arrived(channel, message)));
    if (missed !== null) this.#reload(missed);
  }

  /** Its queues are gone with the connection; what had come goes on. */
  detach(): void {
    this.#channel = null;
  }

  /** Removes its queues and drops what waits. Resolves when no call runs any more and none can come. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#messages = [];
    this.#resync = null;
    await this.#attaching;
    const channel = this.#channel;
    this.#channel = null;
    await channel?.close().catch(() => undefined); // the connection ended, and with it all of the channel's
    await this.#running;
  }

  #arrived(channel: Channel, message: ConsumeMessage): void {
    if (this.#ended) return;
    const done = (): void => {
      if (this.#channel === channel) channel.ack(message);
    };
    const change = decodeChange(message);
    if (change === null) {
      this.logger.warn('config_bus_message_unreadable', { exchange: this.plan.exchange });
      done();
      return;
    }
    this.#messages.push({ change, done });
    this.#running ??= this.#run();
  }

  #overflowed(channel: Channel, message: ConsumeMessage): void {
    if (this.#channel === channel) channel.ack(message);
    this.#reload(`More than ${this.plan.queueLength} changes waited for this subscriber.`);
  }

  #reload(reason: string): void {
    if (this.#ended) return;
    this.#resync = reason;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // out of the library's call
    while (!this.#ended) {
      const reason = this.#resync;
      if (reason !== null) {
        this.#resync = null;
        await this.#call('resync', () => this.subscriber.onResync(reason));
        continue;
      }
      const next = this.#messages.shift();
      if (next === undefined) break;
      await this.#call(next.change.key, () => this.subscriber.onMessage(next.change));
      next.done();
    }
    this.#running = null;
  }

  async #call(what: string, handler: () => Promise<void> | void): Promise<void> {
    try {
      await handler();
    } catch (error) {
      this.logger.error('config_bus_subscriber_failed', { what, error: error instanceof Error ? error.message : String(error) });
    }
  }
}
