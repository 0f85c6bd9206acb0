import type { Clock } from '../../ports/clock.js';
import type { ConfigStore } from '../../ports/config-store.js';
import type { Logger } from '../../ports/logger.js';
import type { RawStream } from '../../ports/raw-stream.js';
import type { NumberBlocks } from '../publishing/number-blocks.js';
import { MinuteLoop } from './minute-loop.js';
import { appendOwnPoints, ownPoints } from './own-points.js';

/** Database of CAVE's own key figures. */
export const KPI_DATABASE = 'cave-kpi';

export interface KpiPublisherDependencies {
  readonly configStore: ConfigStore;
  readonly rawStream: RawStream;
  readonly numbers: NumberBlocks;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Publishes `alertsActive` (enabled alerts) and `alertsOperations` (checks recorded) each
 * minute. The first is `keyed` by its minute, so that any number of workers say it once; the
 * second is `numbered`, so that what all workers did adds up.
 */
export class KpiPublisher {
  readonly #loop: MinuteLoop;
  #operations = 0;

  constructor(private readonly dependencies: KpiPublisherDependencies) {
    this.#loop = new MinuteLoop(dependencies.clock, dependencies.logger, KPI_DATABASE, (minute) => this.publish(minute));
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Checks were recorded in this process. */
  addOperations(checks: number): void {
    this.#operations += checks;
  }

  /** What could not be published stays counted and goes with the next minute. */
  async publish(minute: number): Promise<void> {
    const { configStore, rawStream, numbers, clock } = this.dependencies;
    const operations = this.#operations;
    const active = ownPoints(KPI_DATABASE, [{ name: 'alertsActive', tags: {}, value: await configStore.alerts.countEnabled() }], minute, { kind: 'keyed' });
    const done = ownPoints(KPI_DATABASE, [{ name: 'alertsOperations', tags: {}, value: operations }], minute, { kind: 'numbered', firstNumber: await numbers.take(1) });
    await appendOwnPoints(rawStream, clock, operations > 0 ? [active, done] : [active]);
    this.#operations -= operations;
  }
}
