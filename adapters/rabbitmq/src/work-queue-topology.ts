import type { Channel } from 'amqplib';
import type { RabbitWorkQueueOptions } from './options.js';

/**
 * How long a job lies in each delay queue. A queue has one time for all, because only what is
 * first in it can leave it. A delay is the sum of a few of these, the longest first, and at most
 * the shortest too long: the rest travels with the job, and whoever gets it sends it on.
 */
const DELAYS_MS: readonly number[] = [409_600, 102_400, 25_600, 6_400, 1_600, 400, 100];

/** RabbitMQ 4 drops what came back 20 times, unless told otherwise; looking at dead letters gives them back each time. */
const LOOKED_AT_LIMIT = 1_000_000;

/** Dead-lettered only once the next queue has confirmed it; this needs `reject-publish`, which without a maximum length rejects nothing. */
const SAFELY = { 'x-queue-type': 'quorum', 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' } as const;

/**
 * ```
 *   publish ──▶ <queue> ──lease──▶ worker ──ack──▶ gone
 *                 ▲ │ ▲               │
 *                 │ │ └─── requeue ───┤  nack without delay, expiry (counted by the server)
 *                 │ │                 ├──▶ <queue>.delay.<ms> ──time──▶ <queue>
 *                 │ ▼                 ▼
 *            holders died ──▶ exchange <queue>.dead ──▶ <queue>.dead
 * ```
 */
export class Topology {
  readonly queue: string;
  /** Exchange and queue alike; an exchange, so that operators can bind queues of theirs. */
  readonly dead: string;
  readonly delays: readonly string[];

  constructor(private readonly options: RabbitWorkQueueOptions) {
    this.queue = options.queue;
    this.dead = `${options.queue}.dead`;
    this.delays = DELAYS_MS.map((ms) => this.#delayQueue(ms));
  }

  /** Makes what is not there; what is there with other arguments makes it fail. */
  async declare(channel: Channel): Promise<void> {
    await channel.assertExchange(this.dead, 'fanout', { durable: true });
    await channel.assertQueue(this.dead, { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': LOOKED_AT_LIMIT } });
    await channel.bindQueue(this.dead, this.dead, '');
    // The server counts what came back, not what went out.
    await channel.assertQueue(this.queue, { durable: true, arguments: { ...SAFELY, 'x-delivery-limit': this.options['max-attempts'] - 1, 'x-dead-letter-exchange': this.dead } });
    for (const ms of DELAYS_MS) {
      await channel.assertQueue(this.#delayQueue(ms), { durable: true, arguments: { ...SAFELY, 'x-message-ttl': ms, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': this.queue } });
    }
  }

  /** Where a job that is to be hidden goes now, and how much of its delay is then left. */
  hop(delayMs: number): { readonly queue: string; readonly remainingMs: number } {
    const ms = DELAYS_MS.find((one) => one <= delayMs) ?? 100;
    return { queue: this.#delayQueue(ms), remainingMs: Math.max(0, Math.ceil(delayMs - ms)) };
  }

  #delayQueue(ms: number): string {
    return `${this.options.queue}.delay.${ms}`;
  }
}
