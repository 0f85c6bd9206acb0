import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CaveError } from '@cave/core';
import type { Request, Response, ServerData, WireError } from './protocol.js';

export interface QueryResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly affected: number;
}

/** A Postgres error as the production driver shapes it: SQLSTATE in `code`. */
class EmbeddedPostgresError extends Error {
  readonly code: string;
  readonly constraint: string | undefined;
  readonly detail: string | undefined;

  constructor(error: WireError) {
    super(error.message);
    this.name = 'EmbeddedPostgresError';
    this.code = error.code ?? 'XX000';
    this.constraint = error.constraint ?? undefined;
    this.detail = error.detail ?? undefined;
  }
}

/** SQLSTATE connection_failure. */
const CONNECTION_FAILURE = '08006';
const gone = (): EmbeddedPostgresError =>
  new EmbeddedPostgresError({ message: 'the thread of the embedded database ended', code: CONNECTION_FAILURE, constraint: null, detail: null });

interface Waiting {
  resolve(result: QueryResult): void;
  reject(error: unknown): void;
}

/** The database's worker thread as an object. Answers come in the order of the requests. */
export class DatabaseThread {
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<unknown>;
  #nextId = 1;
  #alive = true;

  private constructor(readonly worker: Worker) {
    this.#ended = once(worker, 'exit');
    worker.on('exit', () => this.#fail(gone()));
    worker.on('error', (error) => this.#fail(error));
    worker.on('message', (response: Response) => this.#receive(response));
  }

  /** Resolves once the database serves. Throws `unavailable` when it cannot open its directory. */
  static async open(directory: string): Promise<DatabaseThread> {
    const workerData: ServerData = { directory };
    const worker = new Worker(new URL('./server.js', import.meta.url), { workerData, name: 'cave-config-store' });
    await new Promise<void>((resolve, reject) => {
      const refuse = (reason: string): void => reject(new CaveError('unavailable', `The embedded config store in ${directory} does not start (${reason}).`));
      worker.once('error', (error) => refuse(error.message));
      worker.once('exit', () => refuse('its thread ended'));
      worker.once('message', (response: Response) => {
        if (response.kind === 'failed') refuse(response.error.message);
        else resolve();
      });
    });
    return new DatabaseThread(worker);
  }

  get alive(): boolean {
    return this.#alive;
  }

  query(sql: string, params: readonly unknown[] | null): Promise<QueryResult> {
    return new Promise((resolve, reject) => {
      if (!this.#alive) {
        reject(gone());
        return;
      }
      const id = this.#nextId;
      this.#nextId += 1;
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, kind: 'query', sql, params });
    });
  }

  /** Finishes what was asked, checkpoints and ends the thread. */
  async close(): Promise<void> {
    if (this.#alive) this.#send({ id: 0, kind: 'close' });
    await this.#ended;
  }

  /** Ends the thread at once; what was answered is durable, as after a crash. */
  async terminate(): Promise<void> {
    await this.worker.terminate();
    await this.#ended;
  }

  #send(request: Request): void {
    this.worker.postMessage(request);
  }

  #receive(response: Response): void {
    if (response.kind !== 'rows' && response.kind !== 'error') return;
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if (response.kind === 'rows') waiting?.resolve(response);
    else waiting?.reject(new EmbeddedPostgresError(response.error));
  }

  #fail(error: unknown): void {
    this.#alive = false;
    for (const waiting of this.#waiting.values()) waiting.reject(error instanceof EmbeddedPostgresError ? error : gone());
    this.#waiting.clear();
  }
}
