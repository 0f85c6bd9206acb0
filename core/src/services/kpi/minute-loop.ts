import { toCaveError } from '../../errors.js';
import { pause } from '../../portable/backoff.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';

/** Calls `publish` at each full minute, with that minute's second; a failure is logged and the next minute tries again. */
export class MinuteLoop {
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly what: string,
    private readonly publish: (minute: number) => Promise<void>,
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await pause(60_000 - (this.clock.nowMs() % 60_000), signal);
      if (signal.aborted) return;
      try {
        await this.publish(Math.floor(this.clock.nowMs() / 60_000) * 60);
      } catch (error) {
        this.logger.warn('own_points_not_published', { what: this.what, reason: toCaveError(error).message });
      }
    }
  }
}
