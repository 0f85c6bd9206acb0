import { CaveError } from '../../errors.js';
import type { PointBatch, Series } from '../../domain/point-batch.js';
import { encodePointRecord } from '../../domain/point-record.js';
import { OutboxLoop, type OutboxRound } from '../../portable/outbox-loop.js';
import type { Clock } from '../../ports/clock.js';
import type { ConfigStore, PendingHistory } from '../../ports/config-store.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { RawStream } from '../../ports/raw-stream.js';

/** The ledger as a metric: 1 firing, 0 ok, −1 no data or error; tags `alert` (and `error`). */
export const HISTORY_METRIC = 'alertsHistory';

export interface HistoryRelayOptions {
  readonly batchSize: number;
  /** How often it looks without having been woken; milliseconds. */
  readonly pollMs: number;
}

/**
 * Carries committed ledger rows to the raw stream, so that history is queried like any metric.
 * A row is deleted only after the stream has confirmed it, so it may be sent twice; the points
 * are `keyed` by (alert, tick), so it is stored once.
 */
export class HistoryRelay {
  readonly #loop: OutboxLoop;

  constructor(
    private readonly configStore: ConfigStore,
    private readonly rawStream: RawStream,
    private readonly clock: Clock,
    logger: Logger,
    private readonly options: HistoryRelayOptions,
  ) {
    this.#loop = new OutboxLoop('history', () => this.#relay(), logger, options.pollMs);
  }

  start(): void {
    this.#loop.start();
  }

  /** Rows were committed in this process. */
  wake(): void {
    this.#loop.wake();
  }

  health(): Health {
    return this.#loop.health();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async #relay(): Promise<OutboxRound> {
    return this.configStore.transaction(async (repositories) => {
      const rows = await repositories.historyOutbox.take(this.options.batchSize);
      if (rows.length === 0) return { done: 0, more: false, failure: null };
      const records = historyBatches(rows).map((points) => ({
        key: `${points.database}/${HISTORY_METRIC}`,
        body: encodePointRecord({ points, appendedAtMs: this.clock.nowMs() }),
      }));
      for (const result of await this.rawStream.publish(records)) {
        if (result.status !== 'appended') throw new CaveError(result.error.code, result.error.message, { cause: result.error });
      }
      await repositories.historyOutbox.delete(rows.map((row) => row.id));
      return { done: rows.length, more: rows.length === this.options.batchSize, failure: null };
    });
  }
}

/** One batch for each database. */
function historyBatches(rows: readonly PendingHistory[]): PointBatch[] {
  const groups = new Map<string, PendingHistory[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.database, row.cluster]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].map((group) => {
    const series: Series[] = [];
    const indexOf = new Map<string, number>();
    const seriesIndex = new Uint32Array(group.length);
    const times = new Float64Array(group.length);
    const values = new Float64Array(group.length);
    group.forEach((row, i) => {
      const key = `${row.alertId} ${row.error ?? ''}`;
      let index = indexOf.get(key);
      if (index === undefined) {
        index = series.length;
        indexOf.set(key, index);
        series.push({ name: HISTORY_METRIC, tags: row.error === null ? { alert: row.alertId } : { alert: row.alertId, error: row.error } });
      }
      seriesIndex[i] = index;
      times[i] = row.tick;
      values[i] = row.value;
    });
    const { database, cluster } = group[0] as PendingHistory;
    return { database, cluster, identity: { kind: 'keyed' }, series, seriesIndex, times, values };
  });
}
