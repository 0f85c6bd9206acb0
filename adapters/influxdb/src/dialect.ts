import type { Http } from './http.js';
import type { Influxql } from './influxql.js';

export type Major = 1 | 2 | 3;

/** What dialects work with. */
export interface Connection {
  readonly http: Http;
  readonly influxql: Influxql;
  readonly organization: string;
  /** For requests that administer. */
  readonly timeoutMs: number;
}

/**
 * What differs between the lines of InfluxDB: how databases (buckets) are made and dropped, and
 * which of InfluxQL's statements there are. Names come encoded and are quoted here.
 */
export interface Dialect {
  readonly major: Major;
  /** One request may ask about several databases, which its statements name. */
  readonly mixesDatabases: boolean;
  /** A write to a database that is not there creates it: whether it was dropped must be looked up again and again. */
  readonly writesCreate: boolean;
  writePath(database: string): string;
  /** Where a point of each series is kept for ever, so that a series is known when its points have expired. Null: nowhere. */
  seenPath(database: string): string | null;
  /** The measurement, as `FROM` names it. */
  from(database: string, measurement: string): string;
  /** The measurement, as `SHOW … FROM` names it, with `ON` where the request names no database. */
  showOn(database: string): string;
  /**
   * A statement that answers with at least one row when a series of this measurement fulfils the
   * conditions, whenever it had points.
   */
  knownStatement(database: string, measurement: string, conditions: readonly string[]): string;
  /** Creates it if it is not there, and corrects the retention. True: it was created. Null seconds: kept for ever. */
  ensure(database: string, retentionSeconds: number | null): Promise<boolean>;
  /** Idempotent. */
  drop(database: string): Promise<void>;
  dropMeasurement(database: string, measurement: string): Promise<void>;
  /** Number of series that InfluxDB knows of; null where it does not tell. */
  seriesCount(database: string): Promise<number | null>;
  /** Their keys, as `lineKey` writes them; null where it does not tell. */
  seriesKeys(database: string): Promise<ReadonlySet<string> | null>;
}
