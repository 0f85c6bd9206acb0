import type { Clock } from '../../ports/clock.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsStores } from '../../ports/metrics-store.js';
import type { RawStream } from '../../ports/raw-stream.js';
import type { Telemetry } from '../../ports/telemetry.js';
import { ClusterWriter, type PartitionStatus } from './cluster-writer.js';
import { STORE_WRITER_DEFAULTS, type StoreWriterOptions } from './options.js';

export interface StoreWriterDependencies {
  readonly stream: RawStream;
  readonly stores: MetricsStores;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/**
 * From the raw stream into the metrics stores: a writer for each cluster, each in a consumer
 * group of its own (docs/decisions/0006), so that each has its own checkpoint, lag and
 * *stored up to*, and none waits for another's store.
 */
export class StoreWriter {
  /** The default cluster's first. */
  readonly #writers: readonly ClusterWriter[];

  constructor({ stream, stores, clock, logger, telemetry }: StoreWriterDependencies, options: Partial<StoreWriterOptions> = {}) {
    const clusters = stores.names();
    this.#writers = [null, ...clusters].map(
      (cluster) => new ClusterWriter(cluster, { stream, store: stores.get(cluster), clusters, clock, logger, telemetry }, { ...STORE_WRITER_DEFAULTS, ...options }),
    );
  }

  /** Joins the consumer groups and begins. Throws what the stream throws when one cannot be joined. */
  async start(signal?: AbortSignal): Promise<void> {
    // All before any reads: a stream may drop what every group that it knows has consumed.
    for (const writer of this.#writers) await writer.join(signal);
    for (const writer of this.#writers) writer.start();
  }

  /** Finishes the writes under way, makes their checkpoints and gives the partitions back. */
  async stop(patience: AbortSignal): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.stop(patience)));
  }

  health(): Health {
    return this.#writers.map((writer) => writer.health()).find(({ healthy }) => !healthy) ?? { healthy: true };
  }

  /** How far each cluster has come with each held partition; for `/_internal_/status`. */
  progress(): readonly PartitionStatus[] {
    return this.#writers.flatMap((writer) => writer.progress());
  }
}
