import type { Aggregator } from '../domain/aggregator.js';
import type { PointBatch, Tags } from '../domain/point-batch.js';
import type { CaveError } from '../errors.js';
import type { Lifecycle } from './lifecycle.js';

export interface MetricsStoreCapabilities {
  /**
   * Keeps a high-water mark of each (incarnation, partition) in the transaction of the write.
   * False: idempotence comes from the points' identity alone.
   */
  readonly keepsMarks: boolean;
  /** A point is visible to queries at most this long after its write resolved. */
  readonly readAfterWriteMs: number;
  /** Series that a database may have; more are refused with `series_limit`. Null: unlimited. */
  readonly seriesLimit: number | null;
  /** Points older than this many seconds are deleted. */
  readonly retentionSeconds: number;
}

/** Where in the raw stream a batch came from. */
export interface WriteOrigin {
  readonly incarnation: string;
  readonly partition: string;
  readonly offset: bigint;
}

export interface OriginatedBatch {
  readonly origin: WriteOrigin;
  readonly points: PointBatch;
}

export interface RefusedPoint {
  readonly index: number;
  /** `series_limit`, `too_old`, or what the store said. */
  readonly reason: string;
}

export type WriteResult =
  | { readonly status: 'stored'; readonly refused: readonly RefusedPoint[] }
  /** At or below the mark: it is there already. */
  | { readonly status: 'duplicate' }
  /** Its database was dropped: the points go nowhere, rightly. */
  | { readonly status: 'dropped' };

/** Half-open in whole seconds: [from, to). */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** `last` is the newest value of a window (the last written on a tie), for pairing; the api offers the other twelve. */
export type WindowAggregator = Aggregator | 'last';

/** A question about every series of `metric` whose tags include `tags`, merged. */
export type Question =
  | {
      /** Points in the range, newest first (last written first on a tie), at most `limit`. */
      readonly kind: 'points';
      readonly database: string;
      readonly metric: string;
      readonly tags: Tags;
      readonly range: TimeRange;
      readonly limit: number;
    }
  | {
      /** `count` windows: number i covers [from + i·width, from + (i+1)·width). */
      readonly kind: 'windows';
      readonly database: string;
      readonly metric: string;
      readonly tags: Tags;
      readonly aggregator: WindowAggregator;
      readonly from: number;
      readonly width: number;
      readonly count: number;
    };

export type Answer =
  | { readonly kind: 'points'; readonly times: readonly number[]; readonly values: readonly number[] }
  /**
   * values[i] of window i; null where the window holds no point, for every aggregator, and
   * for stddev of one point. "No data" is never 0 here; the evaluator makes it 0 for `count` and `sum`.
   */
  | { readonly kind: 'windows'; readonly values: readonly (number | null)[] }
  /** No series of this metric with these tags was ever seen in this database. */
  | { readonly kind: 'unknown_series' }
  | { readonly kind: 'error'; readonly error: CaveError };

export interface MetricSummary {
  readonly name: string;
  /** Tag keys over all its series, sorted. */
  readonly tags: readonly string[];
}

/** Time up to which everything appended to a partition has been stored, in ms since the epoch. */
export interface StoredUpTo {
  readonly incarnation: string;
  readonly partition: string;
  readonly timeMs: number;
}

/**
 * One metrics store (one cluster). Databases in it are isolated from each other.
 *
 * - `write` is durable and visible (see `readAfterWriteMs`) when it resolves, is idempotent
 *   by docs/guarantees.md, and takes batches of many databases at once; those of one
 *   partition must be in offset order and one call at a time. All or nothing when it throws
 *   (`unavailable`, `resource_exhausted`); refused points are told one by one.
 *   A store that keeps marks skips what lies at or below the mark. Points may be late and
 *   out of order. An unknown database is created by the first write, a dropped one never again.
 * - `query` answers each question on its own and throws only when the store as a whole is
 *   broken (`unavailable`), `aborted` or `closed`.
 * - Names, keys and values come from tenants: they can never inject anything.
 */
export interface MetricsStore extends Lifecycle {
  readonly capabilities: MetricsStoreCapabilities;
  createDatabase(database: string): Promise<void>;
  /** Idempotent. The name is never used again; marks survive. */
  dropDatabase(database: string): Promise<void>;
  write(batches: readonly OriginatedBatch[], signal?: AbortSignal): Promise<readonly WriteResult[]>;
  /** Highest offset stored; null when none, or when the store keeps no marks. */
  mark(incarnation: string, partition: string): Promise<bigint | null>;
  /** Never moves backwards. */
  setStoredUpTo(marks: readonly StoredUpTo[]): Promise<void>;
  storedUpTo(): Promise<readonly StoredUpTo[]>;
  query(questions: readonly Question[], signal?: AbortSignal): Promise<readonly Answer[]>;
  listMetrics(database: string): Promise<readonly MetricSummary[]>;
  /** Null: no such metric. Sorted. */
  tagValues(database: string, metric: string, tagKey: string): Promise<readonly string[] | null>;
  /** Deletes its series and points. False: no such metric. */
  dropMetric(database: string, metric: string): Promise<boolean>;
}

/** The named clusters, and the default one. */
export interface MetricsStores {
  /** `configuration` error for a name that is not configured. */
  get(cluster: string | null): MetricsStore;
  /** Names beside the default. */
  names(): readonly string[];
}
