import type { Message } from '@aws-sdk/client-sqs';
import { backoffMs, BusQueue, errorCode, pause, toCaveError, type AdapterContext, type BusSubscriber } from '@cave/core';
import { decodeChange } from './envelope.js';
import { RETENTION_SECONDS, type BusPlace } from './place.js';

const BACKOFF = { firstMs: 200, maxMs: 5_000 };
/** Instances that were started together do not call together for ever. */
const LEAST_PERIOD = 0.75;
const MOST_PERIOD = 1;

export interface ReaderSettings {
  readonly queueLength: number;
  readonly longPollSeconds: number;
  readonly heartbeatMs: number;
  readonly settleMs: number;
}

/**
 * One subscriber's reader:
 *
 * ```
 *   reading ──a poll fails──▶ cut off ──answered again──▶ reading, resync
 *      │                         │
 *      └──── queue is gone ──────┴──▶ without a place ──another queue──▶ reading, resync
 *   any ──end──▶ ended: nothing is left at AWS
 * ```
 *
 * Beside it runs the upkeep: each period the queue's mark of life is renewed and the
 * subscription made sure of. One that somebody removed shows there only, for its queue is just
 * quiet; it is made again, and the subscriber reloads.
 *
 * A change counts as delivered, and is deleted from the queue, once it waits in this process:
 * with the process its queue loses its meaning too. An answer that got lost keeps its changes
 * hidden until SQS hands them out again; the resync makes up for the wait.
 *
 * "Live" at AWS is a matter of time: a new queue's policy may take a minute to hold everywhere,
 * and SNS does not repeat what a policy refused. Asking by a message of its own would need the
 * right to publish. So the subscriber is told to reload once that minute is over. What cannot be
 * seen at all, such as a queue that somebody purged or whose policy somebody changed, is bounded
 * by the subscriber's own reconciliation.
 */
export class BusReader {
  readonly #queue: BusQueue;
  readonly #stop = new AbortController();
  #settling: NodeJS.Timeout | undefined;
  #gap: string | null = null;
  #readTrouble: string | null = null;
  #upkeepTrouble: string | null = null;
  /** Its subscription had gone, and the subscriber was not told yet. */
  #unsubscribed = false;
  #upkeep: Promise<void> = Promise.resolve();
  #running: Promise<unknown> = Promise.resolve();
  #ended: Promise<void> | null = null;

  /** `hard` fires when nothing is waited for any more: calls that remove are given up then. */
  constructor(
    private place: BusPlace | null,
    private readonly takePlace: () => Promise<BusPlace>,
    subscriber: BusSubscriber,
    private readonly settings: ReaderSettings,
    private readonly context: Pick<AdapterContext, 'logger' | 'clock'>,
    private readonly hard: AbortSignal,
  ) {
    this.#queue = new BusQueue(subscriber, settings.queueLength, context.logger);
  }

  start(): void {
    this.#settle();
    this.#running = Promise.all([this.#read(), this.#keepUp()]);
  }

  /** What is wrong just now; null when it is live. */
  get trouble(): string | null {
    return this.#readTrouble ?? this.#upkeepTrouble;
  }

  /** Its queue; null while it has none. */
  get current(): BusPlace | null {
    return this.place;
  }

  /** Resolves when no call to the subscriber runs or can come, and its place is removed. */
  end(): Promise<void> {
    return (this.#ended ??= this.#end());
  }

  async #end(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#settling);
    await Promise.all([this.#queue.end(), this.#running]);
    await this.#leave();
  }

  async #read(): Promise<void> {
    const { signal } = this.#stop;
    const { clock } = this.context;
    let failures = 0;
    let answeredMs = clock.monotonicMs();
    while (!signal.aborted) {
      try {
        const place = (this.place ??= await this.#takeAnew());
        // After a failure the first answer is wanted at once: it says that the gap is over.
        const messages = await place.receive(this.#readTrouble === null ? this.settings.longPollSeconds : 0, signal);
        failures = 0;
        this.#liveAgain();
        const silentMs = clock.monotonicMs() - answeredMs;
        answeredMs += silentMs;
        if (silentMs > RETENTION_SECONDS * 1000) this.#queue.resync('This process stood still for longer than its queue keeps changes.');
        if (messages.length > 0) await this.#take(place, messages);
      } catch (error) {
        if (signal.aborted) return;
        await this.#cutOff(error, ++failures);
        await pause(backoffMs(failures, BACKOFF), signal);
      }
    }
  }

  async #take(place: BusPlace, messages: readonly Message[]): Promise<void> {
    for (const { Body = '' } of messages) {
      const change = decodeChange(Body);
      if (change === null) this.context.logger.warn('config_bus_message_unreadable', { queue: place.name });
      else this.#queue.push(change);
    }
    await place.discard(messages, this.#stop.signal);
  }

  async #takeAnew(): Promise<BusPlace> {
    const place = await this.takePlace();
    this.#settle();
    return place;
  }

  async #cutOff(error: unknown, failures: number): Promise<void> {
    const { message } = toCaveError(error);
    if (failures === 1) this.context.logger.warn('config_bus_cut_off', { code: errorCode(error), message });
    this.#readTrouble = message;
    // Throttled: nothing was done, so nothing can have got lost.
    if (errorCode(error) !== 'resource_exhausted') this.#gap ??= message;
    if (errorCode(error) === 'not_found') await this.#leave(); // its subscription may still be there
  }

  #liveAgain(): void {
    if (this.#readTrouble === null) return;
    this.#readTrouble = null;
    this.context.logger.info('config_bus_live_again');
    if (this.#gap !== null) this.#queue.resync(`Changes may have been missed: ${this.#gap}`);
    this.#gap = null;
  }

  async #keepUp(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await pause(this.settings.heartbeatMs * (LEAST_PERIOD + (MOST_PERIOD - LEAST_PERIOD) * Math.random()), signal);
      if (signal.aborted) return;
      if (this.place === null) continue; // the reading takes another one
      this.#upkeep = this.#keep(this.place);
      await this.#upkeep;
    }
  }

  /** One round of upkeep. Not given up half-way: a subscription made by a call that nobody waited for would stay for ever. Never rejects. */
  async #keep(place: BusPlace): Promise<void> {
    try {
      await place.renew(this.hard);
      if (await place.resubscribe(this.hard)) this.#unsubscribed = true;
      if (this.#unsubscribed) {
        // Also asks whether the queue is there: of one that is gone, the reading tells when it is live again.
        await place.renew(this.hard);
        this.#wasUnsubscribed(place);
      }
      this.#upkeepTrouble = null;
    } catch (error) {
      // Without its queue the reading says so, at its next poll.
      if (errorCode(error) === 'not_found') this.#unsubscribed = false;
      else if (!this.hard.aborted) this.#upkeepFailed(error);
    }
  }

  #wasUnsubscribed(place: BusPlace): void {
    this.context.logger.warn('config_bus_subscription_was_removed', { queue: place.name });
    this.#unsubscribed = false;
    this.#queue.resync('The subscription of the queue had been removed; changes were missed.');
    this.#settle();
  }

  #upkeepFailed(error: unknown): void {
    const { message } = toCaveError(error);
    if (this.#upkeepTrouble === null) this.context.logger.warn('config_bus_upkeep_failed', { code: errorCode(error), message });
    this.#upkeepTrouble = message;
  }

  #settle(): void {
    clearTimeout(this.#settling);
    if (this.#stop.signal.aborted) return;
    this.#settling = setTimeout(() => this.#queue.resync('The queue is new: what AWS could not deliver to it at first is made up for.'), this.settings.settleMs);
  }

  async #leave(): Promise<void> {
    const { place } = this;
    this.place = null;
    await this.#upkeep; // what it subscribes is removed too
    try {
      await place?.remove(this.hard);
    } catch (error) {
      // Its marks stand still from now on, so that whoever looks removes it.
      this.context.logger.warn('config_bus_queue_left', { queue: place?.name, code: errorCode(error), message: toCaveError(error).message });
    }
  }
}
