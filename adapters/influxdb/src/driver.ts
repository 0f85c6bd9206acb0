import { CaveError, Gate, errorCode, throwIfAborted, toCaveError } from '@cave/core';
import type { AdapterContext, Answer, Health, MetricSummary, MetricsStore, MetricsStoreCapabilities, OriginatedBatch, Question, StoredUpTo, WriteResult } from '@cave/core';
import { Catalog } from './catalog.js';
import { Databases } from './databases.js';
import { connect } from './connect.js';
import { Http } from './http.js';
import { Influxql, Parameters } from './influxql.js';
import { Meta } from './meta.js';
import { textOf } from './errors.js';
import { quoteIdentifier } from './names.js';
import { SECONDS_PER_DAY, type InfluxdbOptions } from './options.js';
import { Reader } from './reader.js';
import { Slots } from './slots.js';
import type { Dialect } from './dialect.js';
import { Writer } from './writer.js';

const HEALTH_TIMEOUT_MS = 1_800;

/** What there is once the server's version is known. */
interface Parts {
  readonly meta: Meta;
  readonly databases: Databases;
  readonly catalog: Catalog;
  readonly reader: Reader;
  readonly writer: Writer;
}

/**
 * Metrics in InfluxDB. A CAVE database is an InfluxDB database (2.x: a bucket) of its own, a
 * metric is a measurement with the field `value`, and the number of a point is the nanosecond
 * part of its time. There are no marks: what is written twice replaces itself.
 */
export class InfluxMetricsStore implements MetricsStore {
  readonly #http: Http;
  readonly #influxql: Influxql;
  readonly #gate = new Gate('InfluxDB metrics store');
  readonly #closing = new AbortController();
  readonly #inFlight = new Set<Promise<unknown>>();
  #parts: Parts | null = null;
  #closed: Promise<void> | null = null;

  constructor(
    readonly capabilities: MetricsStoreCapabilities,
    private readonly options: InfluxdbOptions,
    private readonly context: AdapterContext,
  ) {
    const { url, user, password, token, gzip } = options;
    const authorization = token !== '' ? `Token ${token}` : user !== '' ? `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` : null;
    this.#http = new Http({ url, authorization, gzip });
    this.#influxql = new Influxql(this.#http, options['query-timeout-ms']);
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#gate.start(async () => {
      const control = new AbortController();
      const abort = (): void => control.abort();
      const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
      for (const one of signals) one.addEventListener('abort', abort, { once: true });
      try {
        this.#parts = this.#assemble(await connect(this.#http, this.#influxql, this.options, control.signal));
      } finally {
        for (const one of signals) one.removeEventListener('abort', abort);
      }
    }, signal);
  }

  async close(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) this.#http.close();
    const hurry = (): void => this.#http.close();
    signal?.addEventListener('abort', hurry, { once: true });
    try {
      this.#closed ??= this.#close();
      await this.#closed;
    } finally {
      signal?.removeEventListener('abort', hurry);
    }
  }

  async health(): Promise<Health> {
    const open = this.#gate.health();
    if (!open.healthy) return open;
    try {
      await this.#influxql.rows('SHOW DATABASES', new Parameters(), { timeoutMs: HEALTH_TIMEOUT_MS });
      return { healthy: true };
    } catch (error) {
      return { healthy: false, detail: toCaveError(error).message };
    }
  }

  createDatabase(database: string): Promise<void> {
    return this.#call(({ databases }) => databases.create(database));
  }

  dropDatabase(database: string): Promise<void> {
    return this.#call(({ databases }) => databases.drop(database));
  }

  write(batches: readonly OriginatedBatch[], signal?: AbortSignal): Promise<readonly WriteResult[]> {
    return this.#call(({ writer }) => writer.write(batches, signal), signal);
  }

  /** There are none: a point's identity alone makes a repetition harmless. */
  mark(_incarnation: string, _partition: string): Promise<bigint | null> {
    return this.#call(() => Promise.resolve(null));
  }

  setStoredUpTo(marks: readonly StoredUpTo[]): Promise<void> {
    return this.#call(({ meta }) => meta.setStoredUpTo(marks));
  }

  storedUpTo(): Promise<readonly StoredUpTo[]> {
    return this.#call(({ meta }) => meta.storedUpTo());
  }

  query(questions: readonly Question[], signal?: AbortSignal): Promise<readonly Answer[]> {
    return this.#call(({ reader }) => reader.query(questions, signal), signal);
  }

  listMetrics(database: string): Promise<readonly MetricSummary[]> {
    return this.#call(({ catalog }) => catalog.listMetrics(database));
  }

  tagValues(database: string, metric: string, tagKey: string): Promise<readonly string[] | null> {
    return this.#call(({ catalog }) => catalog.tagValues(database, metric, tagKey));
  }

  dropMetric(database: string, metric: string): Promise<boolean> {
    return this.#call(({ catalog }) => catalog.dropMetric(database, metric));
  }

  #assemble(dialect: Dialect): Parts {
    const { options, context } = this;
    const retentionSeconds = options['retention-days'] * SECONDS_PER_DAY;
    const prefix = options['database-prefix'];
    const writeTimeoutMs = options['write-timeout-ms'];
    const meta = new Meta(this.#http, this.#influxql, dialect, prefix, writeTimeoutMs);
    const databases = new Databases(dialect, this.#influxql, meta, context.clock, { prefix, retentionSeconds, seriesLimit: options['series-limit'] });
    const [reading, writing] = [new Slots(options['max-requests']), new Slots(options['max-requests'])];
    return {
      meta,
      databases,
      catalog: new Catalog(this.#influxql, dialect, databases, reading),
      reader: new Reader(this.#influxql, dialect, databases, reading, context.clock, retentionSeconds),
      writer: new Writer(this.#http, dialect, databases, writing, context.clock, { timeoutMs: writeTimeoutMs, maxBatchLines: options['max-batch-lines'], retentionSeconds }),
    };
  }

  async #call<T>(use: (parts: Parts) => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    const parts = this.#parts;
    if (parts === null) throw new CaveError('internal', 'The InfluxDB metrics store is open but not connected.');
    const work = use(parts);
    this.#inFlight.add(work);
    try {
      return await work;
    } catch (error) {
      throw errorCode(error) === 'forbidden' ? this.#missingRight(error) : toCaveError(error);
    } finally {
      this.#inFlight.delete(work);
    }
  }

  #missingRight(error: unknown): CaveError {
    const { user, 'database-prefix': prefix } = this.options;
    const remedy =
      user === ''
        ? 'Use a token that may create, read, write and drop'
        : `Make the user "${user}" an administrator (GRANT ALL PRIVILEGES TO ${quoteIdentifier(user)}), or create beforehand and grant it all on`;
    return new CaveError('configuration', `InfluxDB at ${this.#http.place} refuses a right that CAVE needs (${textOf(error)}). ${remedy} the databases whose names begin with "${prefix}".`, { cause: error });
  }

  /** Phase one waits for what is in flight; phase two, when the caller's patience ends, is `Http.close`. */
  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#gate.close();
    await Promise.allSettled(this.#inFlight);
    this.#http.close();
  }
}
