import { CaveError, errorCode, toCaveError } from '../../errors.js';
import type { PointBatch } from '../../domain/point-batch.js';
import { backoffMs, sleep } from '../../portable/backoff.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsStore, RefusedPoint, WriteResult } from '../../ports/metrics-store.js';
import type { Telemetry } from '../../ports/telemetry.js';
import { slicePoints } from '../publishing/split-batch.js';
import { describeRefusal } from './refusal.js';
import { noPoints, toBatch, type WriteEntry } from './write-entry.js';

export interface WriteLaneOptions {
  /** At load a write begins at most this often, so that each carries many records. */
  readonly gatherMs: number;
  /** A write of this many points begins at once. */
  readonly maxPoints: number;
}

export interface WriteLaneDependencies {
  readonly name: string;
  readonly store: MetricsStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Puts the entry's record aside; resolves only when it is durable there. */
  readonly setAside: (entry: WriteEntry, reason: string) => Promise<void>;
  /** Called for each entry once it needs no more care. */
  readonly settled: (entry: WriteEntry) => void;
  /** Called when the lane ends although nobody stopped it: a defect, after which nothing is stored any more. */
  readonly failed: (error: CaveError) => void;
}

/**
 * Everything on its way into one metrics store. One write at a time, in offset order within
 * each partition. While one is under way, what arrives gathers for the next; when nothing is
 * under way, a record is written at once. A store that is away is waited for, however long.
 */
export class WriteLane {
  readonly name: string;
  readonly store: MetricsStore;
  readonly #deps: WriteLaneDependencies;
  readonly #options: WriteLaneOptions;
  readonly #stopping = new AbortController();
  readonly #abort = new AbortController();
  #pending: WriteEntry[] = [];
  #pendingPoints = 0;
  #wake: (() => void) | null = null;
  #running: Promise<void> | null = null;
  #sickSinceMs: number | null = null;
  #sickness = '';

  constructor(deps: WriteLaneDependencies, options: WriteLaneOptions) {
    this.name = deps.name;
    this.store = deps.store;
    this.#deps = deps;
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  enqueue(entries: readonly WriteEntry[]): void {
    for (const entry of entries) {
      this.#pending.push(entry);
      this.#pendingPoints += entry.points.times.length;
    }
    this.#wake?.();
  }

  /** Finishes the write that is under way and leaves the rest to whoever reads it again. */
  async stop(patience: AbortSignal): Promise<void> {
    this.#stopping.abort();
    this.#wake?.();
    const giveUp = (): void => this.#abort.abort(patience.reason);
    if (patience.aborted) giveUp();
    patience.addEventListener('abort', giveUp, { once: true });
    await this.#running;
    patience.removeEventListener('abort', giveUp);
  }

  /** Since when the store has not taken anything, by the monotonic clock, and what it said. */
  get sickness(): { readonly sinceMs: number; readonly message: string } | null {
    return this.#sickSinceMs === null ? null : { sinceMs: this.#sickSinceMs, message: this.#sickness };
  }

  async #run(): Promise<void> {
    let lastStartMs = Number.NEGATIVE_INFINITY;
    for (;;) {
      await this.#until(() => this.#pending.length > 0, null);
      const remaining = lastStartMs + this.#options.gatherMs - this.#deps.clock.monotonicMs();
      if (remaining > 0) await this.#until(() => this.#pendingPoints >= this.#options.maxPoints, remaining);
      if (this.#stopping.signal.aborted) return;
      lastStartMs = this.#deps.clock.monotonicMs();
      const entries = this.#takeSome();
      try {
        await this.#write(entries);
      } catch (error) {
        // Only stopping ends a write without success; what is not settled is read again.
        if (!this.#stopping.signal.aborted) this.#deps.failed(toCaveError(error));
        return;
      }
    }
  }

  /** Resolves when `ready`, when stopping, or after `ms`. */
  async #until(ready: () => boolean, ms: number | null): Promise<void> {
    const deadline = ms === null ? Number.POSITIVE_INFINITY : this.#deps.clock.monotonicMs() + ms;
    while (!ready() && !this.#stopping.signal.aborted) {
      const left = deadline - this.#deps.clock.monotonicMs();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = Number.isFinite(left) ? setTimeout(resolve, left) : null;
        this.#wake = () => {
          if (timer !== null) clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
  }

  #takeSome(): readonly WriteEntry[] {
    let points = 0;
    let count = 0;
    for (const entry of this.#pending) {
      if (count > 0 && points + entry.points.times.length > this.#options.maxPoints) break;
      points += entry.points.times.length;
      count += 1;
    }
    const taken = this.#pending.slice(0, count);
    this.#pending = this.#pending.slice(count);
    this.#pendingPoints -= points;
    return taken;
  }

  /** Returns when all entries are settled; throws only when stopping. */
  async #write(entries: readonly WriteEntry[]): Promise<void> {
    let results: readonly WriteResult[];
    try {
      results = await this.#persist(entries.map((entry) => toBatch(entry)));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.#bisect(entries, toCaveError(error));
      return;
    }
    for (const [i, entry] of entries.entries()) await this.#settle(entry, results[i]);
  }

  /** Writes until the store answers. A refusal is thrown. */
  async #persist(batches: Parameters<MetricsStore['write']>[0]): Promise<readonly WriteResult[]> {
    const { clock, store, telemetry } = this.#deps;
    for (let attempt = 1; ; attempt += 1) {
      const startMs = clock.monotonicMs();
      try {
        const results = await store.write(batches, this.#abort.signal);
        if (results.length !== batches.length) {
          throw new CaveError('internal', `The metrics store answered for ${results.length} of ${batches.length} batches.`);
        }
        telemetry.observe('cave_dbwriter_write_seconds', (clock.monotonicMs() - startMs) / 1000);
        this.#recovered();
        return results;
      } catch (error) {
        if (isRefusal(error) || this.#stopping.signal.aborted) throw error;
        this.#failed(toCaveError(error), attempt);
        await sleep(backoffMs(attempt, { firstMs: 50, maxMs: 5_000 }), this.#stopping.signal);
      }
    }
  }

  #failed(error: CaveError, attempt: number): void {
    this.#sickness = error.message;
    this.#deps.telemetry.count('cave_dbwriter_write_failures_total');
    if (this.#sickSinceMs === null) this.#sickSinceMs = this.#deps.clock.monotonicMs();
    if (attempt === 1) this.#deps.logger.warn('store_write_failed', { lane: this.name, code: error.code, message: error.message });
  }

  #recovered(): void {
    if (this.#sickSinceMs === null) return;
    const seconds = (this.#deps.clock.monotonicMs() - this.#sickSinceMs) / 1000;
    this.#sickSinceMs = null;
    this.#deps.logger.info('store_write_recovered', { lane: this.name, seconds });
  }

  async #settle(entry: WriteEntry, result: WriteResult | undefined): Promise<void> {
    const { telemetry } = this.#deps;
    if (result?.status === 'stored') {
      if (result.refused.length > 0) await this.#refusePoints(entry, result.refused);
      telemetry.count('cave_dbwriter_points_stored_total', entry.points.times.length - result.refused.length);
    } else if (result?.status === 'duplicate' && entry.points.times.length > 0) {
      telemetry.count('cave_dbwriter_records_repeated_total');
    } else if (result?.status === 'dropped') {
      telemetry.count('cave_dbwriter_points_dropped_total', entry.points.times.length);
    }
    this.#deps.settled(entry);
  }

  /** The store refused the write as a whole: halves, until what it cannot take is alone. */
  async #bisect(entries: readonly WriteEntry[], refusal: CaveError): Promise<void> {
    if (entries.length > 1) {
      const middle = entries.length >> 1;
      await this.#write(entries.slice(0, middle));
      await this.#write(entries.slice(middle));
      return;
    }
    const entry = entries[0];
    if (entry === undefined) return;
    // A record cannot be cut where marks are kept: the mark passes it with its first part.
    if (this.store.capabilities.keepsMarks) {
      await this.#refuseRecord(entry, refusal.message);
      return;
    }
    const refused: RefusedPoint[] = [];
    await this.#bisectPoints(entry, entry.points, 0, refusal, refused);
    if (refused.length > 0) await this.#refusePoints(entry, refused);
    this.#deps.telemetry.count('cave_dbwriter_points_stored_total', entry.points.times.length - refused.length);
    this.#deps.settled(entry);
  }

  async #bisectPoints(entry: WriteEntry, points: PointBatch, first: number, refusal: CaveError, refused: RefusedPoint[]): Promise<void> {
    const count = points.times.length;
    if (count <= 1) {
      refused.push({ index: first, reason: refusal.message });
      return;
    }
    const middle = count >> 1;
    for (const [start, end] of [[0, middle], [middle, count]] as const) {
      const half = slicePoints(points, start, end);
      try {
        const results = await this.#persist([toBatch(entry, half)]);
        const result = results[0];
        if (result?.status === 'stored') {
          for (const point of result.refused) refused.push({ index: first + start + point.index, reason: point.reason });
        }
      } catch (error) {
        if (!isRefusal(error)) throw error;
        await this.#bisectPoints(entry, half, first + start, toCaveError(error), refused);
      }
    }
  }

  /** The whole record goes aside with the indexes of its bad points, so that each keeps its number. */
  async #refusePoints(entry: WriteEntry, refused: readonly RefusedPoint[]): Promise<void> {
    this.#deps.telemetry.count('cave_dbwriter_points_refused_total', refused.length);
    await this.#setAside(entry, describeRefusal(refused));
  }

  async #refuseRecord(entry: WriteEntry, reason: string): Promise<void> {
    this.#deps.telemetry.count('cave_dbwriter_points_refused_total', entry.points.times.length);
    if (entry.points.times.length > 0) await this.#setAside(entry, reason);
    if (this.store.capabilities.keepsMarks) await this.#persist([toBatch(entry, noPoints())]);
    this.#deps.settled(entry);
  }

  async #setAside(entry: WriteEntry, reason: string): Promise<void> {
    await this.#deps.setAside(entry, reason);
    this.#deps.logger.warn('points_set_aside', { lane: this.name, partition: entry.progress.partition, offset: entry.record.offset.toString(), reason });
  }
}

function isRefusal(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'invalid_argument' || code === 'too_large';
}
