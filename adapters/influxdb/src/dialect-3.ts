import type { Connection, Dialect } from './dialect.js';
import { statusOf } from './errors.js';
import { FIELD } from './lines.js';
import { quoteIdentifier } from './names.js';

/**
 * InfluxDB 3.x (Core, Enterprise): databases have their own HTTP API, InfluxQL reads. Written
 * from its documentation; not proven on a server.
 *
 * A write creates its database, so a dropped one may come back for as long as a writer has not
 * looked; a series whose points have all expired is unknown again; series are counted by each
 * writer for itself. The retention of a database that is there is left as it is.
 */
export class Dialect3 implements Dialect {
  readonly major = 3;
  readonly mixesDatabases = false;
  readonly writesCreate = true;

  constructor(private readonly connection: Connection) {}

  writePath(database: string): string {
    return `/api/v3/write_lp?db=${encodeURIComponent(database)}&precision=nanosecond`;
  }

  seenPath(): null {
    return null;
  }

  from(_database: string, measurement: string): string {
    return quoteIdentifier(measurement);
  }

  showOn(): string {
    return '';
  }

  knownStatement(_database: string, measurement: string, conditions: readonly string[]): string {
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    return `SELECT ${quoteIdentifier(FIELD)} FROM ${quoteIdentifier(measurement)}${where} LIMIT 1`;
  }

  async ensure(database: string, retentionSeconds: number | null): Promise<boolean> {
    const retention = retentionSeconds === null ? {} : { retention_period: `${Math.ceil(retentionSeconds / 86_400)}d` };
    try {
      await this.#administer('POST', '/api/v3/configure/database', { db: database, ...retention });
      return true;
    } catch (error) {
      if (statusOf(error) === 409) return false; // it is there
      throw error;
    }
  }

  async drop(database: string): Promise<void> {
    await this.#unlessAbsent(() => this.#administer('DELETE', `/api/v3/configure/database?db=${encodeURIComponent(database)}`));
  }

  async dropMeasurement(database: string, measurement: string): Promise<void> {
    await this.#unlessAbsent(() => this.#administer('DELETE', `/api/v3/configure/table?db=${encodeURIComponent(database)}&table=${encodeURIComponent(measurement)}`));
  }

  seriesCount(): Promise<null> {
    return Promise.resolve(null);
  }

  seriesKeys(): Promise<null> {
    return Promise.resolve(null);
  }

  async #unlessAbsent(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }

  async #administer(method: 'POST' | 'DELETE', path: string, body?: object): Promise<void> {
    const { http, timeoutMs } = this.connection;
    await http.send({ method, path, timeoutMs, contentType: 'application/json', ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }
}
