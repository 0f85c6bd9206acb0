import { toCaveError } from '../../errors.js';
import { backoffMs, pause } from '../../portable/backoff.js';
import { Wake } from '../../portable/wake.js';
import type { Clock } from '../../ports/clock.js';
import type { ConfigStore, Delivery, DeliveryAttempt, NewDelivery } from '../../ports/config-store.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { Mailer } from '../../ports/mailer.js';
import type { NotificationResult, Notifier } from '../../ports/notifier.js';
import type { Telemetry } from '../../ports/telemetry.js';
import { notificationMail } from './notification-mail.js';
import { mailReceiver, parseReceiver } from './receiver.js';

export interface DeliveryDispatcherOptions {
  /** Deadline of one attempt; milliseconds. The lease is longer. */
  readonly timeoutMs: number;
  /** Attempts before the fallback mail takes over. */
  readonly maxAttempts: number;
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** Deliveries under way at once. */
  readonly concurrency: number;
  /** How often it looks without having been woken; milliseconds. */
  readonly pollMs: number;
}

export interface DeliveryDispatcherDependencies {
  readonly configStore: ConfigStore;
  /** Asked in order; the first that handles the URL gets it. */
  readonly notifiers: readonly Notifier[];
  readonly mailer: Mailer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly instanceId: string;
}

const LEASE_MARGIN_SECONDS = 15;
/** Of the places that one organization may have: whatever its receivers do, the others' deliveries are begun. */
const LARGEST_SHARE = 0.5;
/** Until the next look when something is due that may not be begun: its organization has its share. */
const DUE_AGAIN_MS = 250;
const ANSWER_CHARACTERS = 1_000;

/**
 * Delivers what checks have committed. Deliveries of one alert to one receiver go strictly in
 * order: the config store leases one only when all before it are delivered or given up. A
 * crash between the receiver's answer and its record repeats the delivery under the same event
 * id. A URL that keeps failing is given up and the organization's address gets a mail instead.
 */
export class DeliveryDispatcher {
  readonly #stop = new AbortController();
  readonly #wake = new Wake();
  readonly #attempts = new Set<Promise<void>>();
  #failures = 0;
  #failure: string | null = null;
  #running: Promise<void> | null = null;

  constructor(
    private readonly dependencies: DeliveryDispatcherDependencies,
    private readonly options: DeliveryDispatcherOptions,
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  /** Deliveries were committed in this process. */
  wake(): void {
    this.#wake.now();
  }

  health(): Health {
    return this.#failure === null ? { healthy: true } : { healthy: false, detail: this.#failure };
  }

  /** Waits for the attempts under way; they end by their own deadline. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await Promise.all(this.#attempts);
  }

  /** Each attempt is on its own: a receiver that does not answer takes one place and holds up nobody else. */
  async #run(): Promise<void> {
    const { configStore, instanceId } = this.dependencies;
    const { signal } = this.#stop;
    const perOrganization = Math.max(1, Math.floor(this.options.concurrency * LARGEST_SHARE));
    const leaseSeconds = Math.ceil(this.options.timeoutMs / 1000) + LEASE_MARGIN_SECONDS;
    while (!signal.aborted) {
      try {
        const room = this.options.concurrency - this.#attempts.size;
        const leased = room > 0 ? await configStore.deliveries.lease(instanceId, leaseSeconds, { limit: room, perOrganization }) : [];
        for (const delivery of leased) this.#begin(delivery);
        if (room > 0) this.#succeeded();
        if (leased.length === 0) await this.#wake.wait(await this.#untilNextMs(room), signal);
      } catch (error) {
        await this.#failed(error);
      }
    }
  }

  #begin(delivery: Delivery): void {
    const attempt = this.#attempt(delivery)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#attempts.delete(attempt);
        // Its successor may be due now, and there is room again.
        this.#wake.now();
      });
    this.#attempts.add(attempt);
  }

  async #untilNextMs(room: number): Promise<number> {
    const { pollMs } = this.options;
    if (room <= 0) return pollMs;
    const dueSeconds = await this.dependencies.configStore.deliveries.nextDueSeconds();
    return dueSeconds === null ? pollMs : Math.min(pollMs, Math.max(dueSeconds === 0 ? DUE_AGAIN_MS : 50, dueSeconds * 1000));
  }

  #succeeded(): void {
    this.#failures = 0;
    this.#failure = null;
  }

  async #failed(error: unknown): Promise<void> {
    this.#failures += 1;
    const reason = toCaveError(error).message;
    this.#failure = `Deliveries cannot be read or recorded: ${reason}`;
    if (this.#failures === 1) this.dependencies.logger.warn('delivery_failed', { reason });
    await pause(backoffMs(this.#failures, { firstMs: 200, maxMs: 10_000 }), this.#stop.signal);
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { configStore, clock, logger, telemetry, instanceId } = this.dependencies;
    const result = await this.#send(delivery);
    const attempts = delivery.attempts + 1;
    telemetry.count('cave_worker_delivery_attempts_total', 1, { outcome: result.status });
    const attempt: DeliveryAttempt = {
      deliveryId: delivery.id,
      at: new Date(clock.nowMs()),
      outcome: result.status,
      httpStatus: result.httpStatus ?? null,
      answer: (result.status === 'delivered' ? result.answer : `${result.reason}${result.answer === undefined ? '' : `: ${result.answer}`}`).slice(0, ANSWER_CHARACTERS),
    };
    if (result.status === 'delivered') {
      await configStore.deliveries.settle(instanceId, attempt, { status: 'delivered' });
      return;
    }
    if (result.status === 'retry' && attempts < this.options.maxAttempts) {
      const waitMs = Math.max(backoffMs(attempts, { firstMs: this.options.firstRetryMs, maxMs: this.options.maxRetryMs }), Math.min(result.retryAfterMs ?? 0, this.options.maxRetryMs));
      await configStore.deliveries.settle(instanceId, attempt, { status: 'pending', retryInSeconds: waitMs / 1000 });
      return;
    }
    const fallback = this.#fallback(delivery);
    const log = { alert: delivery.alertId, event: delivery.eventId, attempts, reason: result.reason };
    if (fallback === undefined) logger.error('notification_given_up', log);
    else logger.warn('notification_falls_back_to_mail', log);
    const settled = await configStore.deliveries.settle(instanceId, attempt, { status: 'given_up' }, fallback);
    if (settled && fallback !== undefined) this.#wake.now();
  }

  /** A mail that failed has no further fallback: it is given up, visibly. */
  #fallback(delivery: Delivery): NewDelivery | undefined {
    if (parseReceiver(delivery.receiver).kind === 'mail') return undefined;
    return { eventId: delivery.eventId, receiver: mailReceiver(delivery.notification.organization.email), notification: delivery.notification };
  }

  async #send(delivery: Delivery): Promise<NotificationResult> {
    const receiver = parseReceiver(delivery.receiver);
    try {
      if (receiver.kind === 'mail') return await this.#mail(delivery, receiver.address);
      const { routing } = delivery.notification.alert;
      const notifier = this.dependencies.notifiers.find((candidate) => candidate.handles(receiver.url, routing));
      if (notifier === undefined) return { status: 'refused', reason: 'No notifier handles this URL.' };
      return await notifier.notify({ notification: delivery.notification, url: receiver.url, signingSecret: delivery.signingSecret, timeoutMs: this.options.timeoutMs });
    } catch (error) {
      // A notifier answers with values; whatever it throws is its own trouble and may pass.
      return { status: 'retry', reason: toCaveError(error).message };
    }
  }

  async #mail(delivery: Delivery, address: string): Promise<NotificationResult> {
    try {
      // A mail server may be slow; like a notifier's, the attempt must end within its lease.
      const result = await this.dependencies.mailer.send(notificationMail(delivery, address), AbortSignal.timeout(this.options.timeoutMs));
      const rejection = result.rejected[0];
      if (rejection === undefined) return { status: 'delivered', httpStatus: 0, answer: `mailed to ${address}` };
      return { status: rejection.permanent ? 'refused' : 'retry', reason: rejection.reason };
    } catch (error) {
      const failure = toCaveError(error);
      return { status: failure.code === 'invalid_argument' ? 'refused' : 'retry', reason: failure.message };
    }
  }
}
