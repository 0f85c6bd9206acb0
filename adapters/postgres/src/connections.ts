import { CaveError, type Health, type Logger } from '@cave/core';
import type { Database } from '@cave/adapter-sql';
import { pending } from '@cave/schema';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { connectError } from './errors.js';
import type { PostgresOptions } from './options.js';
import { Sockets } from './sockets.js';

const HEALTH_PATIENCE_MS = 2_000;
/** By how much the client waits longer than the server works on a statement: the answer that it was given up is an answer. */
const ANSWER_MARGIN_MS = 1_000;
/** An idle connection is closed sooner than it would be taken for one that answers no more. */
const LONGEST_IDLE_MS = 10_000;

/**
 * ```
 *   new ──start──▶ starting ──▶ open ──close──▶ closed
 *    └───────────────close─────────────────────────▲
 * ```
 * The pool replaces broken connections by itself: each use after a break tries again, so an
 * outage lasts for its users exactly as long as it lasts.
 */
export class Connections {
  #state: 'new' | 'starting' | 'open' | 'closed' = 'new';
  #closing: Promise<void> | null = null;
  readonly #pool: pg.Pool;
  readonly #sockets: Sockets;
  readonly #kysely: Database;

  constructor(private readonly options: PostgresOptions, logger: Logger) {
    this.#sockets = new Sockets(options['statement-timeout-ms'] + ANSWER_MARGIN_MS);
    this.#pool = new pg.Pool({
      host: options.host,
      port: options.port,
      database: options.database,
      user: options.user,
      password: options.password,
      max: options['pool-size'],
      connectionTimeoutMillis: options['connection-timeout-ms'],
      idleTimeoutMillis: Math.min(LONGEST_IDLE_MS, options['statement-timeout-ms']),
      statement_timeout: options['statement-timeout-ms'],
      application_name: 'cave',
      stream: () => this.#sockets.create(),
      ...(options.ssl === 'off' ? {} : { ssl: { rejectUnauthorized: options.ssl === 'on' } }),
    });
    // A connection that breaks is replaced at the next use. Whoever was using it is told by the
    // statement; without listeners, on the pool for idle ones and on those in use, the event
    // would end the process.
    const lost = (error: Error): void => logger.warn('config_store_connection_lost', { host: options.host, port: options.port, reason: error.message });
    this.#pool.on('error', lost);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
    this.#kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: this.#pool }) });
  }

  database(): Database {
    if (this.#state !== 'open') throw new CaveError('closed', 'The config store is not open.');
    return this.#kysely;
  }

  async start(signal?: AbortSignal): Promise<void> {
    if (this.#state === 'closed') throw new CaveError('closed', 'The config store was closed.');
    if (this.#state !== 'new') throw new CaveError('internal', 'The config store was started twice.');
    if (signal?.aborted) throw new CaveError('aborted', 'The start of the config store was aborted.', { cause: signal.reason });
    this.#state = 'starting';
    let onAbort: (() => void) | undefined;
    try {
      const aborted = new Promise<never>((_, reject) => {
        onAbort = () => reject(new CaveError('aborted', 'The start of the config store was aborted.', { cause: signal?.reason }));
        signal?.addEventListener('abort', onAbort, { once: true });
      });
      await Promise.race([this.#refuseBehind(), aborted]);
    } catch (error) {
      if (this.#isClosed()) throw new CaveError('closed', 'The config store was closed while it started.', { cause: error });
      this.#state = 'new';
      throw connectError(error, this.options);
    } finally {
      if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    }
    if (this.#isClosed()) throw new CaveError('closed', 'The config store was closed while it started.');
    this.#state = 'open';
  }

  /** Lets transactions under way finish until the signal fires; then they fail. */
  async close(signal?: AbortSignal): Promise<void> {
    const starting = this.#state === 'starting';
    this.#state = 'closed';
    const abandon = (): void => this.#sockets.destroy();
    this.#closing ??= this.#pool.end().then(() => this.#sockets.closed());
    // A start that is overtaken has nothing to finish.
    if (starting || signal?.aborted) abandon();
    signal?.addEventListener('abort', abandon);
    await this.#closing;
    signal?.removeEventListener('abort', abandon);
  }

  async health(): Promise<Health> {
    if (this.#state !== 'open') return { healthy: false, detail: 'The config store is not open.' };
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), HEALTH_PATIENCE_MS);
    try {
      await this.#ask(late.signal);
      return { healthy: true };
    } catch (error) {
      const place = `${this.options.host}:${String(this.options.port)}`;
      return { healthy: false, detail: late.signal.aborted ? `Postgres at ${place} did not answer within ${String(HEALTH_PATIENCE_MS)} ms.` : connectError(error, this.options).message };
    } finally {
      clearTimeout(timer);
    }
  }

  /** One question, whose connection is dropped when the answer is late: the next one may be better. */
  async #ask(late: AbortSignal): Promise<void> {
    const tooLate = new Promise<never>((_, reject) => {
      late.addEventListener('abort', () => reject(new Error('The answer is late.')), { once: true });
    });
    const connecting = this.#pool.connect();
    const client = await Promise.race([connecting, tooLate]).catch((error: unknown) => {
      // A connection that comes after all is handed back; one that fails has told it already.
      connecting.then((unwanted) => unwanted.release(), () => undefined);
      throw error;
    });
    let answered = false;
    try {
      await Promise.race([client.query('select 1'), tooLate]);
      answered = true;
    } finally {
      client.release(!answered);
    }
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  async #refuseBehind(): Promise<void> {
    const missing = await pending({ query: async (text, params) => (await this.#pool.query<Record<string, unknown>>(text, [...(params ?? [])])).rows });
    if (missing.length === 0) return;
    throw new CaveError(
      'configuration',
      `The database "${this.options.database}" at ${this.options.host}:${String(this.options.port)} is behind this release by ${String(missing.length)} script(s), from ${String(missing[0])} on; run "cave migrate".`,
      { reason: 'schema_behind', details: { missing } },
    );
  }
}
