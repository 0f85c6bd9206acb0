import { errorCode, toCaveError } from '../../errors.js';
import type { ConfigurationChange } from '../../domain/configuration-change.js';
import { backoffMs, pause } from '../../portable/backoff.js';
import type { Clock } from '../../ports/clock.js';
import type { BusSubscription, ConfigBus } from '../../ports/config-bus.js';
import type { ConfigStore } from '../../ports/config-store.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { OwedJob, Schedule } from './schedule.js';

export interface AlertSynchronizerOptions {
  /** Full comparison with the config store, which bounds the damage of any lost message. Milliseconds. */
  readonly reconcileMs: number;
  /** Alerts read at once. */
  readonly pageSize: number;
}

/**
 * Keeps the schedule in step with the config store. Subscribes before it loads the snapshot,
 * so that nothing falls in between. Bus messages only name alerts; the content is read from
 * the store, and one reader does all reads one after another and applies each before the
 * next. What is applied later was therefore read later, from the primary: no message can
 * bring back an older version, and no tombstones are needed beside that order.
 */
export class AlertSynchronizer {
  readonly #changed = new Set<string>();
  #snapshotWanted = true;
  #loaded = false;
  #failure: string | null = null;
  #subscription: BusSubscription | null = null;
  #wake: (() => void) | null = null;
  #running: Promise<void> | null = null;
  readonly #stop = new AbortController();
  readonly #loadedOnce: Promise<void>;
  #resolveLoaded: () => void = () => undefined;

  constructor(
    private readonly schedule: Schedule,
    private readonly configStore: ConfigStore,
    private readonly configBus: ConfigBus,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly owed: (job: OwedJob) => void,
    private readonly options: AlertSynchronizerOptions,
  ) {
    this.#loadedOnce = new Promise((resolve) => {
      this.#resolveLoaded = resolve;
    });
  }

  async start(): Promise<void> {
    this.#subscription = await this.configBus.subscribe({
      onMessage: (message) => this.#onMessage(message.body),
      onResync: (reason) => {
        this.logger.info('schedule_resync', { reason });
        this.#snapshotWanted = true;
        this.#wake?.();
      },
    });
    this.#running = this.#run();
  }

  /** Resolves once the first snapshot is in the schedule. */
  whenLoaded(): Promise<void> {
    return this.#loadedOnce;
  }

  health(): Health {
    if (this.#failure !== null) return { healthy: false, detail: this.#failure };
    return this.#loaded ? { healthy: true } : { healthy: false, detail: 'The alerts are not loaded yet.' };
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#subscription?.unsubscribe();
    await this.#running;
  }

  #onMessage(body: Uint8Array): void {
    let change: ConfigurationChange;
    try {
      change = JSON.parse(Buffer.from(body).toString('utf8')) as ConfigurationChange;
    } catch (error) {
      this.logger.error('configuration_change_unreadable', { reason: toCaveError(error).message });
      this.#snapshotWanted = true;
      this.#wake?.();
      return;
    }
    if (change.entity !== 'alert') return;
    this.#changed.add(change.id);
    this.#wake?.();
  }

  async #run(): Promise<void> {
    let failures = 0;
    let reconcileAt = this.clock.monotonicMs() + this.options.reconcileMs;
    while (!this.#stop.signal.aborted) {
      try {
        if (this.clock.monotonicMs() >= reconcileAt) this.#snapshotWanted = true;
        if (this.#snapshotWanted) {
          await this.#loadSnapshot();
          reconcileAt = this.clock.monotonicMs() + this.options.reconcileMs;
        }
        if (this.#changed.size > 0) await this.#loadChanged();
        failures = 0;
        this.#failure = null;
        await this.#waitForWork(reconcileAt);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        failures += 1;
        this.#failure = `The alerts cannot be read: ${toCaveError(error).message}`;
        if (failures === 1) this.logger.warn('schedule_load_failed', { code: errorCode(error), reason: toCaveError(error).message });
        await pause(backoffMs(failures, { firstMs: 200, maxMs: 10_000 }), this.#stop.signal);
      }
    }
  }

  async #waitForWork(reconcileAt: number): Promise<void> {
    if (this.#snapshotWanted || this.#changed.size > 0 || this.#stop.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, reconcileAt - this.clock.monotonicMs()));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  async #loadSnapshot(): Promise<void> {
    this.#snapshotWanted = false;
    try {
      this.schedule.beginSnapshot();
      let after: string | null = null;
      for (;;) {
        const page = await this.configStore.alerts.scheduled(after, this.options.pageSize);
        for (const alert of page) this.#take(this.schedule.apply(alert));
        const last = page.at(-1);
        if (last === undefined || page.length < this.options.pageSize) break;
        after = last.id;
        if (this.#changed.size > 0) await this.#loadChanged();
        if (this.#stop.signal.aborted) return;
      }
    } catch (error) {
      this.#snapshotWanted = true;
      throw error;
    }
    for (const job of this.schedule.sweep(Math.floor(this.clock.nowMs() / 1000))) this.#take(job);
    if (!this.#loaded) this.logger.info('schedule_loaded', { alerts: this.schedule.size });
    this.#loaded = true;
    this.#resolveLoaded();
  }

  async #loadChanged(): Promise<void> {
    const ids = [...this.#changed].slice(0, this.options.pageSize);
    for (const id of ids) this.#changed.delete(id);
    try {
      for (const alert of await this.configStore.alerts.scheduledByIds(ids)) this.#take(this.schedule.apply(alert));
    } catch (error) {
      for (const id of ids) this.#changed.add(id);
      throw error;
    }
  }

  #take(job: OwedJob | null): void {
    if (job !== null) this.owed(job);
  }
}
