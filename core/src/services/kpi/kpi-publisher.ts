import { CaveError, toCaveError } from '../../errors.js';
import type { PointBatch, PointIdentity } from '../../domain/point-batch.js';
import { encodePointRecord } from '../../domain/point-record.js';
import { pause } from '../../portable/backoff.js';
import type { Clock } from '../../ports/clock.js';
import type { ConfigStore } from '../../ports/config-store.js';
import type { Logger } from '../../ports/logger.js';
import type { RawStream } from '../../ports/raw-stream.js';
import type { NumberBlocks } from '../publishing/number-blocks.js';

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
  readonly #stop = new AbortController();
  #operations = 0;
  #running: Promise<void> | null = null;

  constructor(private readonly dependencies: KpiPublisherDependencies) {}

  start(): void {
    this.#running = this.#run();
  }

  /** Checks were recorded in this process. */
  addOperations(checks: number): void {
    this.#operations += checks;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.dependencies;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await pause(60_000 - (clock.nowMs() % 60_000), signal);
      try {
        await this.#publish();
      } catch (error) {
        // The operations stay counted and go with the next minute.
        logger.warn('kpi_publish_failed', { reason: toCaveError(error).message });
      }
    }
  }

  async #publish(): Promise<void> {
    const { configStore, rawStream, numbers, clock } = this.dependencies;
    const nowMs = clock.nowMs();
    const minute = Math.floor(nowMs / 60_000) * 60;
    const operations = this.#operations;
    const batches = [point('alertsActive', await configStore.alerts.countEnabled(), minute, { kind: 'keyed' })];
    if (operations > 0) batches.push(point('alertsOperations', operations, minute, { kind: 'numbered', firstNumber: await numbers.take(1) }));
    const results = await rawStream.publish(batches.map((points) => ({ key: KPI_DATABASE, body: encodePointRecord({ points, appendedAtMs: nowMs }) })));
    const failed = results.find((result) => result.status !== 'appended');
    if (failed !== undefined) throw new CaveError('unavailable', 'The raw stream did not take the key figures.', { cause: failed });
    this.#operations -= operations;
  }
}

function point(name: string, value: number, time: number, identity: PointIdentity): PointBatch {
  return {
    database: KPI_DATABASE,
    cluster: null,
    identity,
    series: [{ name, tags: {} }],
    seriesIndex: Uint32Array.of(0),
    times: Float64Array.of(time),
    values: Float64Array.of(value),
  };
}
