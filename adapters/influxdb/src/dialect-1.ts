import { errorCode } from '@cave/core';
import type { Connection, Dialect } from './dialect.js';
import { quoteIdentifier } from './names.js';
import { Parameters, type Rows } from './influxql.js';

/** Retention policy of the points of a database that CAVE created. */
const POINTS_POLICY = 'points';
/** Retention policy that keeps one point of each series for ever; InfluxDB's index knows a series as long as it has a point. */
const SEEN_POLICY = 'seen';
/** Added to the retention: what expires is decided by CAVE's clock, the server only clears away behind it. */
const GRACE_SECONDS = 86_400;

/** InfluxDB 1.x. */
export class Dialect1 implements Dialect {
  readonly major = 1;
  readonly mixesDatabases = true;
  readonly writesCreate = false;

  constructor(private readonly connection: Connection) {}

  writePath(database: string): string {
    return `/write?db=${encodeURIComponent(database)}`;
  }

  seenPath(database: string): string {
    return `${this.writePath(database)}&rp=${SEEN_POLICY}`;
  }

  from(database: string, measurement: string): string {
    return `${quoteIdentifier(database)}..${quoteIdentifier(measurement)}`;
  }

  showOn(database: string): string {
    return ` ON ${quoteIdentifier(database)}`;
  }

  knownStatement(database: string, measurement: string, conditions: readonly string[]): string {
    const name = quoteIdentifier(measurement);
    // Both are answered from the index. Conditions on measurements would each be met by another
    // series; the keys of a measurement are looked for series by series.
    return conditions.length === 0
      ? `SHOW MEASUREMENTS${this.showOn(database)} WITH MEASUREMENT = ${name}`
      : `SHOW TAG KEYS${this.showOn(database)} FROM ${name} WHERE ${conditions.join(' AND ')} LIMIT 1`;
  }

  async ensure(database: string, retentionSeconds: number | null): Promise<boolean> {
    const name = quoteIdentifier(database);
    const wanted = retentionSeconds === null ? 0 : retentionSeconds + GRACE_SECONDS;
    const duration = wanted === 0 ? 'INF' : `${wanted}s`;
    const policies = await this.#policies(database);
    if (policies === null) {
      await this.#administer(database, `CREATE DATABASE ${name} WITH DURATION ${duration} REPLICATION 1 NAME ${quoteIdentifier(POINTS_POLICY)}`);
    } else if ((policies.get(POINTS_POLICY) ?? wanted) !== wanted) {
      await this.#administer(database, `ALTER RETENTION POLICY ${quoteIdentifier(POINTS_POLICY)} ON ${name} DURATION ${duration}`);
    }
    if (retentionSeconds !== null && policies?.has(SEEN_POLICY) !== true) {
      await this.#administer(database, `CREATE RETENTION POLICY ${quoteIdentifier(SEEN_POLICY)} ON ${name} DURATION INF REPLICATION 1`);
    }
    return policies === null;
  }

  async drop(database: string): Promise<void> {
    await this.#administer(database, `DROP DATABASE ${quoteIdentifier(database)}`);
  }

  async dropMeasurement(database: string, measurement: string): Promise<void> {
    await this.#administer(database, `DROP MEASUREMENT ${quoteIdentifier(measurement)}`);
  }

  async seriesCount(database: string): Promise<number> {
    const parts = await this.connection.influxql.rows(`SHOW SERIES EXACT CARDINALITY${this.showOn(database)}`);
    return parts.flatMap((part) => part.values).reduce((sum, [count]) => sum + Number(count), 0);
  }

  async seriesKeys(database: string): Promise<ReadonlySet<string>> {
    const parts = await this.connection.influxql.rows(`SHOW SERIES${this.showOn(database)}`);
    return new Set(parts.flatMap((part) => part.values.map(([key]) => String(key))));
  }

  /** Name and seconds of each policy, 0 for ever; null when there is no such database. */
  async #policies(database: string): Promise<ReadonlyMap<string, number> | null> {
    let parts: readonly Rows[];
    try {
      parts = await this.connection.influxql.rows(`SHOW RETENTION POLICIES${this.showOn(database)}`, new Parameters(), { timeoutMs: this.connection.timeoutMs });
    } catch (error) {
      if (errorCode(error) === 'not_found') return null;
      throw error;
    }
    return new Map(parts.flatMap((part) => part.values.map(([name, duration]) => [String(name), seconds(String(duration))] as const)));
  }

  async #administer(database: string, statement: string): Promise<void> {
    await this.connection.influxql.rows(statement, new Parameters(), { database, timeoutMs: this.connection.timeoutMs });
  }
}

/** The seconds of a duration as InfluxDB writes it, such as `2184h0m0s`. */
function seconds(duration: string): number {
  let sum = 0;
  for (const [, count, unit] of duration.matchAll(/(\d+)([hms])/g)) sum += Number(count) * (unit === 'h' ? 3_600 : unit === 'm' ? 60 : 1);
  return sum;
}
