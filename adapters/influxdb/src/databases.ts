import { CaveError, type Clock } from '@cave/core';
import type { Dialect } from './dialect.js';
import { Parameters, type Influxql } from './influxql.js';
import type { Meta } from './meta.js';
import { encodeDatabase } from './names.js';
import { SeriesBook } from './series-book.js';

/** Where writes create databases, how long a look at the dropped ones is believed. */
const LOOK_AGAIN_MS = 5_000;

/** A database that can be written to. */
export interface OpenDatabase {
  /** As InfluxDB knows it. */
  readonly encoded: string;
  readonly series: SeriesBook;
  readonly openedAtMs: number;
}

/**
 * Which databases there are, as far as this process knows. Others create and drop them as well:
 * whoever finds one missing calls `forget` and looks again.
 *
 * ```
 *   drop:   tombstone ──▶ DROP DATABASE
 *   open:   tombstone? ──▶ create if absent ──▶ created: tombstone? ──▶ drop again
 * ```
 * So whichever way the two meet, a dropped database is not there in the end.
 */
export class Databases {
  readonly #open = new Map<string, OpenDatabase>();
  readonly #opening = new Map<string, Promise<OpenDatabase | 'dropped'>>();
  /** Encoded names that InfluxDB listed. */
  #listed: ReadonlySet<string> = new Set();

  constructor(
    private readonly dialect: Dialect,
    private readonly influxql: Influxql,
    private readonly meta: Meta,
    private readonly clock: Clock,
    private readonly settings: { readonly prefix: string; readonly retentionSeconds: number; readonly seriesLimit: number },
  ) {}

  encode(database: string): string {
    return encodeDatabase(this.settings.prefix, database);
  }

  /** Ready to be written to, created if need be. */
  async open(database: string): Promise<OpenDatabase | 'dropped'> {
    const known = this.#open.get(database);
    if (known !== undefined && !(this.dialect.writesCreate && this.clock.monotonicMs() - known.openedAtMs > LOOK_AGAIN_MS)) return known;
    const under = this.#opening.get(database);
    if (under !== undefined) return under;
    const opening = this.#openAnew(database, known);
    this.#opening.set(database, opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(database);
    }
  }

  async create(database: string): Promise<void> {
    if ((await this.open(database)) === 'dropped') throw new CaveError('conflict', `The database "${database}" was dropped, and its name is never used again.`);
  }

  async drop(database: string): Promise<void> {
    const encoded = this.encode(database);
    await this.meta.setDropped(encoded);
    this.#open.delete(database);
    await this.dialect.drop(encoded);
    this.forget(database);
  }

  /** It turned out not to be there. */
  forget(database: string): void {
    this.#open.delete(database);
    this.#listed = new Set();
  }

  /** The metric was dropped: its series are no longer known to be there. */
  forgetSeries(database: string): void {
    this.#open.get(database)?.series.forget();
  }

  /** Those that there are. Asks at most once, and not at all for ones that it has seen. */
  async existing(databases: Iterable<string>): Promise<ReadonlySet<string>> {
    const wanted = [...new Set(databases)].map((database) => [database, this.encode(database)] as const);
    if (wanted.some(([database, encoded]) => !this.#listed.has(encoded) && !this.#open.has(database))) {
      const parts = await this.influxql.rows('SHOW DATABASES', new Parameters());
      this.#listed = new Set(parts.flatMap((part) => part.values.map((row) => String(row[row.length - 1]))));
    }
    return new Set(wanted.filter(([database, encoded]) => this.#listed.has(encoded) || this.#open.has(database)).map(([database]) => database));
  }

  async #openAnew(database: string, before: OpenDatabase | undefined): Promise<OpenDatabase | 'dropped'> {
    const encoded = this.encode(database);
    if (await this.meta.isDropped(encoded)) return 'dropped';
    const created = await this.dialect.ensure(encoded, this.settings.retentionSeconds);
    if (created && (await this.meta.isDropped(encoded))) {
      await this.dialect.drop(encoded);
      return 'dropped';
    }
    const series = before?.series ?? new SeriesBook(encoded, this.dialect, this.clock, this.settings.seriesLimit);
    const open = { encoded, series, openedAtMs: this.clock.monotonicMs() };
    this.#open.set(database, open);
    return open;
  }
}
