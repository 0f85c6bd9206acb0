import { errorCode, type StoredUpTo } from '@cave/core';
import type { Dialect } from './dialect.js';
import type { Http } from './http.js';
import { Parameters, type Influxql } from './influxql.js';
import { FIELD } from './lines.js';
import { decodeName, encodeTagValue, escapeTag, metaDatabase, quoteIdentifier } from './names.js';

const DROPPED = 'dropped';
const STORED_UP_TO = 'stored_up_to';
/** Times of the points in here are identities, not times: all lie in the first three days of 1970 and so in one shard. */
const WRITER_TIMES = 259_200_000_000_000;

/**
 * What concerns all databases, in one of its own that is kept for ever: the names that were
 * dropped, and how far each partition of the stream has been stored.
 */
export class Meta {
  readonly #database: string;
  /** Dropped for ever, so worth remembering. */
  readonly #dropped = new Set<string>();
  /** The greatest mark that this process has written, by series. */
  readonly #written = new Map<string, number>();
  /**
   * Each process has its own point in each partition's series and only moves it forward; the
   * mark is the greatest of them. So no writer can move another's mark backwards, and the
   * series stay small: one point for each process that ever wrote.
   */
  readonly #writer = String(Math.floor(Math.random() * WRITER_TIMES));

  constructor(
    private readonly http: Http,
    private readonly influxql: Influxql,
    private readonly dialect: Dialect,
    prefix: string,
    private readonly timeoutMs: number,
  ) {
    this.#database = metaDatabase(prefix);
  }

  /** Whether this database, by its encoded name, was ever dropped. */
  async isDropped(database: string): Promise<boolean> {
    if (this.#dropped.has(database)) return true;
    const parameters = new Parameters();
    const statement = `SELECT ${quoteIdentifier(FIELD)} FROM ${this.dialect.from(this.#database, DROPPED)} WHERE "database" = ${parameters.bind(encodeTagValue(database))} LIMIT 1`;
    const found = (await this.#read(statement, parameters)).length > 0;
    if (found) this.#dropped.add(database);
    return found;
  }

  async setDropped(database: string): Promise<void> {
    await this.#write(`${DROPPED},database=${escapeTag(encodeTagValue(database))} ${FIELD}=1 0\n`);
    this.#dropped.add(database);
  }

  async setStoredUpTo(marks: readonly StoredUpTo[]): Promise<void> {
    const moved = new Map<string, number>();
    for (const { incarnation, partition, timeMs } of marks) {
      const series = `${STORED_UP_TO},incarnation=${escapeTag(encodeTagValue(incarnation))},partition=${escapeTag(encodeTagValue(partition))}`;
      if (timeMs > Math.max(this.#written.get(series) ?? -Infinity, moved.get(series) ?? -Infinity)) moved.set(series, timeMs);
    }
    if (moved.size === 0) return;
    await this.#write([...moved].map(([series, timeMs]) => `${series} ${FIELD}=${timeMs} ${this.#writer}\n`).join(''));
    for (const [series, timeMs] of moved) this.#written.set(series, timeMs);
  }

  async storedUpTo(): Promise<readonly StoredUpTo[]> {
    const rows = await this.#read(`SELECT max(${quoteIdentifier(FIELD)}) FROM ${this.dialect.from(this.#database, STORED_UP_TO)} GROUP BY "incarnation", "partition"`, new Parameters());
    return rows.flatMap(({ tags, columns, values }) =>
      values.map((row) => ({ incarnation: decodeName(tags['incarnation'] ?? ''), partition: decodeName(tags['partition'] ?? ''), timeMs: Number(row[columns.indexOf('max')]) })),
    );
  }

  async #read(statement: string, parameters: Parameters) {
    try {
      return await this.influxql.rows(statement, parameters, { database: this.#database });
    } catch (error) {
      if (errorCode(error) === 'not_found') return []; // nobody has written anything yet
      throw error;
    }
  }

  async #write(lines: string): Promise<void> {
    const send = () => this.http.send({ method: 'POST', path: this.dialect.writePath(this.#database), body: lines, timeoutMs: this.timeoutMs });
    try {
      await send();
    } catch (error) {
      if (errorCode(error) !== 'not_found') throw error;
      await this.dialect.ensure(this.#database, null);
      await send();
    }
  }
}
