import { pause, type Health, type Logger } from '@cave/core';
import { healthOf, type Examined } from './health.js';

const LOOK_EVERY_MS = 2_000;

/**
 * Looks at the health of all parts and says of each, in one line, that it is sick, and in one
 * that it is well again: what loops run into meanwhile is repeated by none of them.
 */
export class HealthWatch {
  readonly #stop = new AbortController();
  readonly #sickSince = new Map<string, number>();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly examined: Examined,
    private readonly logger: Logger,
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
      await pause(LOOK_EVERY_MS, signal);
      if (signal.aborted) return;
      for (const [part, health] of Object.entries(await healthOf(this.examined))) this.#tell(part, health);
    }
  }

  #tell(part: string, health: Health): void {
    const since = this.#sickSince.get(part);
    if (!health.healthy && since === undefined) {
      this.#sickSince.set(part, performance.now());
      this.logger.warn('part_sick', { part, detail: health.detail });
    } else if (health.healthy && since !== undefined) {
      this.#sickSince.delete(part);
      this.logger.info('part_well', { part, sick_for_ms: Math.round(performance.now() - since) });
    }
  }
}
