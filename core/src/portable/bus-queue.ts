import type { BusMessage, BusSubscriber } from '../ports/config-bus.js';
import type { Logger } from '../ports/logger.js';

/** What one subscriber has still to be told, and the loop that tells it, one call at a time. */
export class BusQueue {
  #messages: BusMessage[] = [];
  #resync: string | null = null;
  #ended = false;
  #running: Promise<void> | null = null;

  constructor(
    private readonly subscriber: BusSubscriber,
    private readonly limit: number,
    private readonly logger: Logger,
  ) {}

  /** Never waits. A message that finds the queue full empties it: a reload makes up for all of them. */
  push(message: BusMessage): void {
    if (this.#ended) return;
    if (this.#messages.length >= this.limit) this.resync(`More than ${String(this.limit)} changes waited for this subscriber.`);
    // Also after an overflow: it may be newer than the snapshot that the reload reads.
    this.#messages.push(message);
    this.#running ??= this.#run();
  }

  /** Messages may have been missed. The reload makes up for those that wait, too. */
  resync(reason: string): void {
    if (this.#ended) return;
    this.#messages = [];
    this.#resync = reason;
    this.#running ??= this.#run();
  }

  /** Drops what waits. Resolves when no call runs any more and none can come. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#messages = [];
    this.#resync = null;
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // publish returns before any subscriber is called
    while (!this.#ended) {
      const reason = this.#resync;
      if (reason !== null) {
        this.#resync = null;
        await this.#call('resync', () => this.subscriber.onResync(reason));
        continue;
      }
      const message = this.#messages.shift();
      if (message === undefined) break;
      await this.#call(message.key, () => this.subscriber.onMessage(message));
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
