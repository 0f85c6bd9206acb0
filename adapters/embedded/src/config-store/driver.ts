import { CaveError } from '@cave/core';
import { CompiledQuery, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type DatabaseConnection, type Dialect, type Driver, type QueryResult } from 'kysely';
import type { DatabaseThread } from './client.js';

export interface DriverOptions {
  /** A thread that is alive; opens another one when the last one died. */
  thread(): Promise<DatabaseThread>;
  /** Milliseconds that a transaction may stay open; nobody waits for the connection longer than twice that. */
  readonly transactionTimeoutMs: number;
}

/** Kysely on one connection: who wants it waits in line. */
export function embeddedDialect(options: DriverOptions): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new EmbeddedDriver(options),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

class EmbeddedDriver implements Driver {
  readonly #line: Line;

  constructor(private readonly options: DriverOptions) {
    // Twice, so that whoever waits behind one stuck transaction outlives it.
    this.#line = new Line(2 * options.transactionTimeoutMs);
  }

  async init(): Promise<void> {
    // Nothing: the adapter has opened the thread.
  }

  async acquireConnection(): Promise<Connection> {
    const release = await this.#line.enter();
    try {
      return new Connection(await this.options.thread(), release, this.options.transactionTimeoutMs);
    } catch (error) {
      release();
      throw error;
    }
  }

  async beginTransaction(connection: Connection): Promise<void> {
    await connection.begin();
  }

  async commitTransaction(connection: Connection): Promise<void> {
    await connection.end('commit');
  }

  async rollbackTransaction(connection: Connection): Promise<void> {
    await connection.end('rollback');
  }

  async releaseConnection(connection: Connection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    // Nothing: the adapter closes the thread.
  }
}

class Connection implements DatabaseConnection {
  #timer: NodeJS.Timeout | null = null;
  #expired: CaveError | null = null;

  constructor(
    private readonly thread: DatabaseThread,
    readonly release: () => void,
    private readonly timeoutMs: number,
  ) {}

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#expired !== null) throw this.#expired;
    const { rows, affected } = await this.thread.query(query.sql, query.parameters);
    return { rows: rows as unknown as R[], numAffectedRows: BigInt(affected) };
  }

  // eslint-disable-next-line require-yield -- the interface asks for a generator, and the repositories never stream
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new CaveError('unsupported', 'The embedded config store does not stream results.');
  }

  async begin(): Promise<void> {
    await this.executeQuery(CompiledQuery.raw('begin'));
    this.#timer = setTimeout(() => this.#expire(), this.timeoutMs);
  }

  async end(verb: 'commit' | 'rollback'): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#expired !== null && verb === 'rollback') return; // it was rolled back when it expired
    await this.executeQuery(CompiledQuery.raw(verb));
  }

  /** Everybody waits behind this transaction: after its time it is rolled back, and learns so with its next statement. */
  #expire(): void {
    this.#timer = null;
    this.#expired = new CaveError('unavailable', `A transaction on the embedded config store was rolled back, because it stayed open for more than ${String(this.timeoutMs)} ms.`, {
      reason: 'transaction_timeout',
    });
    // A thread that died has rolled back by itself; the next one who asks for a connection hears of it.
    void this.thread.query('rollback', []).then(this.release, this.release);
  }
}

/** First come, first served, with an end to the waiting. */
class Line {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  constructor(private readonly timeoutMs: number) {}

  /** Answers how to leave. */
  async enter(): Promise<() => void> {
    if (this.#taken) await this.#wait();
    this.#taken = true;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken = false;
      else next();
    };
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(admitted), 1);
        reject(new CaveError('unavailable', `The embedded config store was busy for more than ${String(this.timeoutMs)} ms.`, { reason: 'busy' }));
      }, this.timeoutMs);
      const admitted = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push(admitted);
    });
  }
}
