import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BIGINT, DOUBLE, DuckDBDataChunk, DuckDBInstance, INTEGER, LIST, UINTEGER, VARCHAR, listValue } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBDoubleVector, DuckDBType, DuckDBUIntegerVector, DuckDBValue } from '@duckdb/node-api';
import type { ThreadSettings } from './protocol.js';

/*
 * The database file. Columns that could carry a tenant's text hold JSON of it and are bound,
 * never spliced. `points` has no key: a key costs half the speed and eight times the disk.
 * Within a second, rowid is the order of arrival: rows are only ever appended, and neither
 * checkpoint nor deletion changes their order.
 *
 * `garbage` are the series whose points are still to be deleted: dropping is quick that way,
 * and a crash in between leaves nothing visible.
 */
const SCHEMA = [
  'CREATE TABLE IF NOT EXISTS databases (name VARCHAR NOT NULL, dropped BOOLEAN NOT NULL)',
  'CREATE TABLE IF NOT EXISTS series (sid UINTEGER NOT NULL, database VARCHAR NOT NULL, key VARCHAR NOT NULL)',
  'CREATE TABLE IF NOT EXISTS points (sid UINTEGER NOT NULL, ts UINTEGER NOT NULL, value DOUBLE NOT NULL)',
  'CREATE TABLE IF NOT EXISTS garbage (sid UINTEGER NOT NULL)',
  'CREATE TABLE IF NOT EXISTS marks (incarnation VARCHAR, part VARCHAR, position VARCHAR NOT NULL, PRIMARY KEY (incarnation, part))',
  'CREATE TABLE IF NOT EXISTS stored_up_to (incarnation VARCHAR, part VARCHAR, time_ms DOUBLE NOT NULL, PRIMARY KEY (incarnation, part))',
];

/** Rows of a DuckDB vector. */
const CHUNK_ROWS = 2048;

/** Points in columns, in order of arrival. */
export interface PointColumns {
  readonly sids: Uint32Array;
  readonly times: Uint32Array;
  readonly values: Float64Array;
}

export interface StoredSeries {
  readonly sid: number;
  readonly database: string;
  readonly key: string;
}

/** One position in the stream, of a partition of an incarnation. */
export type StoredMark = readonly [incarnation: string, partition: string, offset: bigint];

/** Receives points read from disk. */
export type PointSink = (sid: number, time: number, value: number) => void;

/** Everything that is said to DuckDB. One writer at a time is the caller's care. */
export class DuckDbFile {
  private constructor(
    readonly instance: DuckDBInstance,
    readonly writer: DuckDBConnection,
  ) {}

  static async open(settings: ThreadSettings): Promise<DuckDbFile> {
    await mkdir(settings.directory, { recursive: true, mode: 0o700 });
    const instance = await DuckDBInstance.create(join(settings.directory, 'metrics.duckdb'), {
      memory_limit: settings.memoryLimit,
      threads: String(settings.threads),
      enable_external_access: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    try {
      const writer = await instance.connect();
      for (const statement of SCHEMA) await writer.run(statement);
      return new DuckDbFile(instance, writer);
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  connect(): Promise<DuckDBConnection> {
    return this.instance.connect();
  }

  /** Commits what `work` does, durably, or undoes it. */
  async transaction(work: () => Promise<void>): Promise<void> {
    await this.writer.run('BEGIN');
    try {
      await work();
      await this.writer.run('COMMIT');
    } catch (error) {
      // A failed COMMIT has ended the transaction itself; then there is nothing to roll back.
      await this.writer.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async appendPoints({ sids, times, values }: PointColumns): Promise<void> {
    const appender = await this.writer.createAppender('points');
    try {
      for (let from = 0; from < sids.length; from += CHUNK_ROWS) {
        const rows = Math.min(CHUNK_ROWS, sids.length - from);
        const chunk = DuckDBDataChunk.create([UINTEGER, UINTEGER, DOUBLE], rows);
        const sid = chunk.getColumnVector(0) as DuckDBUIntegerVector;
        const time = chunk.getColumnVector(1) as DuckDBUIntegerVector;
        const value = chunk.getColumnVector(2) as DuckDBDoubleVector;
        for (let i = 0; i < rows; i += 1) {
          sid.setItem(i, sids[from + i] ?? 0);
          time.setItem(i, times[from + i] ?? 0);
          value.setItem(i, values[from + i] ?? 0);
        }
        sid.flush();
        time.flush();
        value.flush();
        appender.appendDataChunk(chunk);
      }
      appender.flushSync();
    } finally {
      appender.closeSync();
    }
  }

  /** Deletes the points of those (series, second) pairs. */
  async deleteSeconds(sids: readonly number[], times: readonly number[]): Promise<void> {
    if (sids.length === 0) return;
    const [first, last] = times.reduce(([low, high], time) => [Math.min(low, time), Math.max(high, time)], [Infinity, -Infinity]);
    const sql = 'DELETE FROM points WHERE ts >= $3 AND ts <= $4 AND (sid, ts) IN (SELECT unnest($1), unnest($2))';
    await this.writer.run(sql, [listValue([...sids]), listValue([...times]), first, last], [LIST(UINTEGER), LIST(UINTEGER), UINTEGER, UINTEGER]);
  }

  async addDatabase(database: string): Promise<void> {
    await this.writer.run('INSERT INTO databases VALUES ($1, false)', [JSON.stringify(database)], [VARCHAR]);
  }

  async addSeries(series: readonly StoredSeries[]): Promise<void> {
    if (series.length === 0) return;
    const appender = await this.writer.createAppender('series');
    try {
      for (const { sid, database, key } of series) {
        appender.appendUInteger(sid);
        appender.appendVarchar(JSON.stringify(database));
        appender.appendVarchar(JSON.stringify(key));
        appender.endRow();
      }
      appender.flushSync();
    } finally {
      appender.closeSync();
    }
  }

  async dropDatabase(database: string): Promise<void> {
    const name = JSON.stringify(database);
    await this.writer.run('INSERT INTO garbage SELECT sid FROM series WHERE database = $1', [name]);
    await this.writer.run('DELETE FROM series WHERE database = $1', [name]);
    await this.writer.run('DELETE FROM databases WHERE name = $1', [name]);
    await this.writer.run('INSERT INTO databases VALUES ($1, true)', [name]);
  }

  async dropSeries(sids: readonly number[]): Promise<void> {
    await this.writer.run('INSERT INTO garbage SELECT unnest($1)', [listValue([...sids])], [LIST(UINTEGER)]);
    await this.writer.run('DELETE FROM series WHERE sid IN (SELECT unnest($1))', [listValue([...sids])], [LIST(UINTEGER)]);
  }

  async setMarks(marks: readonly StoredMark[]): Promise<void> {
    for (const [incarnation, partition, offset] of marks) {
      await this.writer.run('INSERT INTO marks VALUES ($1, $2, $3) ON CONFLICT DO UPDATE SET position = excluded.position', [JSON.stringify(incarnation), JSON.stringify(partition), String(offset)]);
    }
  }

  async setStoredUpTo(incarnation: string, partition: string, timeMs: number): Promise<void> {
    const values = [JSON.stringify(incarnation), JSON.stringify(partition), timeMs];
    await this.writer.run('INSERT INTO stored_up_to VALUES ($1, $2, $3) ON CONFLICT DO UPDATE SET time_ms = excluded.time_ms', values, [VARCHAR, VARCHAR, DOUBLE]);
  }

  /** Deletes points of dropped series and those before `oldest`; their space is used again. */
  async clean(oldest: number): Promise<void> {
    let deleted = 0;
    await this.transaction(async () => {
      const expired = await this.writer.run('DELETE FROM points WHERE ts < $1', [clampTime(oldest)], [UINTEGER]);
      const dropped = await this.writer.run('DELETE FROM points WHERE sid IN (SELECT sid FROM garbage)');
      await this.writer.run('DELETE FROM garbage');
      deleted = expired.rowsChanged + dropped.rowsChanged;
    });
    if (deleted > 0) await this.writer.run('CHECKPOINT');
  }

  async readDatabases(): Promise<{ database: string; dropped: boolean }[]> {
    const rows = (await this.writer.runAndReadAll('SELECT name, dropped FROM databases')).getRows();
    return rows.map(([name, dropped]) => ({ database: JSON.parse(String(name)) as string, dropped: dropped === true }));
  }

  async readSeries(): Promise<StoredSeries[]> {
    const rows = (await this.writer.runAndReadAll('SELECT sid, database, key FROM series ORDER BY sid')).getRows();
    return rows.map(([sid, database, key]) => ({ sid: Number(sid), database: JSON.parse(String(database)) as string, key: JSON.parse(String(key)) as string }));
  }

  /** The first id that neither a series nor leftover points have. */
  async nextSid(): Promise<number> {
    const rows = (await this.writer.runAndReadAll('SELECT max(sid) FROM (SELECT sid FROM series UNION ALL SELECT sid FROM garbage)')).getRows();
    const highest = rows[0]?.[0];
    return highest === null || highest === undefined ? 0 : Number(highest) + 1;
  }

  async readMarks(): Promise<StoredMark[]> {
    const rows = (await this.writer.runAndReadAll('SELECT incarnation, part, position FROM marks')).getRows();
    return rows.map(([incarnation, partition, position]) => [JSON.parse(String(incarnation)) as string, JSON.parse(String(partition)) as string, BigInt(String(position))]);
  }

  async readStoredUpTo(): Promise<[string, string, number][]> {
    const rows = (await this.writer.runAndReadAll('SELECT incarnation, part, time_ms FROM stored_up_to')).getRows();
    return rows.map(([incarnation, partition, timeMs]) => [JSON.parse(String(incarnation)) as string, JSON.parse(String(partition)) as string, Number(timeMs)]);
  }

  /** Throws when DuckDB does not serve. */
  async probe(): Promise<void> {
    await this.writer.run('SELECT 1');
  }

  close(): void {
    this.writer.closeSync();
    this.instance.closeSync();
  }
}

/** Points per span of `seconds` seconds, newest span first. */
export async function countPerSpan(connection: DuckDBConnection, seconds: number): Promise<{ span: number; count: number }[]> {
  const rows = (await connection.runAndReadAll('SELECT ts // $1 AS span, count(*) FROM points GROUP BY span ORDER BY span DESC', [seconds], [INTEGER])).getRows();
  return rows.map(([span, count]) => ({ span: Number(span), count: Number(count) }));
}

/** Which points are meant: those of the series with these ids, in [from, to). */
export interface Selection {
  readonly sids: readonly number[];
  readonly from: number;
  readonly to: number;
}

const SELECTED = 'FROM points WHERE ts >= $2 AND ts < $3 AND sid IN (SELECT unnest($1))';
const SELECTED_TYPES = [LIST(UINTEGER), UINTEGER, UINTEGER];

function selected({ sids, from, to }: Selection): DuckDBValue[] {
  return [listValue([...sids]), clampTime(from), clampTime(to)];
}

/** Times that are stored lie below the greatest that the column holds, so that an end can be beyond all of them. */
export const END_OF_TIME = 0xffff_ffff;

function clampTime(time: number): number {
  return Math.max(0, Math.min(END_OF_TIME, time));
}

export async function countPoints(connection: DuckDBConnection, selection: Selection): Promise<number> {
  const rows = (await connection.runAndReadAll(`SELECT count(*) ${SELECTED}`, selected(selection), SELECTED_TYPES)).getRows();
  return Number(rows[0]?.[0] ?? 0);
}

/** By time, then by arrival. */
export function readPoints(connection: DuckDBConnection, selection: Selection, sink: PointSink): Promise<void> {
  return stream(connection, `SELECT sid, ts, value ${SELECTED} ORDER BY ts, rowid`, selected(selection), SELECTED_TYPES, sink);
}

/** The newest `limit`, newest first. */
export function readNewest(connection: DuckDBConnection, selection: Selection, limit: number, sink: PointSink): Promise<void> {
  const sql = `SELECT sid, ts, value ${SELECTED} ORDER BY ts DESC, rowid DESC LIMIT $4`;
  return stream(connection, sql, [...selected(selection), BigInt(limit)], [...SELECTED_TYPES, BIGINT], sink);
}

/** All points from `from` on, in order of arrival (a plain scan keeps it: `preserve_insertion_order`), until `stopped`. */
export function readAllSince(connection: DuckDBConnection, from: number, sink: PointSink, stopped: () => boolean): Promise<void> {
  return stream(connection, 'SELECT sid, ts, value FROM points WHERE ts >= $1', [clampTime(from)], [UINTEGER], sink, stopped);
}

async function stream(connection: DuckDBConnection, sql: string, values: DuckDBValue[], types: DuckDBType[], sink: PointSink, stopped = (): boolean => false): Promise<void> {
  const result = await connection.stream(sql, values, types);
  while (!stopped()) {
    const chunk = await result.fetchChunk();
    const rows = chunk?.rowCount ?? 0; // asked once: each time is a call into the library
    if (chunk === null || rows === 0) return;
    const sids = chunk.getColumnVector(0) as DuckDBUIntegerVector;
    const times = chunk.getColumnVector(1) as DuckDBUIntegerVector;
    const points = chunk.getColumnVector(2) as DuckDBDoubleVector;
    for (let i = 0; i < rows; i += 1) sink(sids.getItem(i) ?? 0, times.getItem(i) ?? 0, points.getItem(i) ?? 0);
  }
}
