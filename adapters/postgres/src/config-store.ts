import { CaveError, defineAdapter, type ConfigStore, type ConfigStoreCapabilities, type Health, type Logger, type Repositories } from '@cave/core';
import { createSqlConfigStore, type Database } from '@cave/adapter-sql';
import { pending } from '@cave/schema';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { connectError } from './errors.js';
import { migratePostgres } from './migrate.js';
import { optionsSchema, type PostgresOptions } from './options.js';

const capabilities: ConfigStoreCapabilities = { crossesProcesses: true };
const HEALTH_PATIENCE_MS = 2_000;

export function createPostgresConfigStore(options: PostgresOptions, logger: Logger): ConfigStore {
  const connections = new Connections(options, logger);
  const { transaction, nowMs, ...repositories } = createSqlConfigStore(() => connections.database());
  return {
    ...(repositories satisfies Repositories),
    capabilities,
    transaction,
    nowMs,
    start: (signal) => connections.start(signal),
    close: () => connections.close(),
    health: () => connections.health(),
  };
}

/**
 * ```
 *   new ──start──▶ starting ──▶ open ──close──▶ closed
 *    └───────────────close─────────────────────────▲
 * ```
 * The pool replaces broken connections by itself: each use after a break tries again, so an
 * outage lasts for its users exactly as long as it lasts.
 */
class Connections {
  #state: 'new' | 'starting' | 'open' | 'closed' = 'new';
  #closing: Promise<void> | null = null;
  readonly #pool: pg.Pool;
  readonly #kysely: Database;

  constructor(private readonly options: PostgresOptions, logger: Logger) {
    this.#pool = new pg.Pool({
      host: options.host,
      port: options.port,
      database: options.database,
      user: options.user,
      password: options.password,
      max: options['pool-size'],
      connectionTimeoutMillis: options['connection-timeout-ms'],
      statement_timeout: options['statement-timeout-ms'],
      application_name: 'cave',
      ...(options.ssl === 'off' ? {} : { ssl: { rejectUnauthorized: options.ssl === 'on' } }),
    });
    // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
    this.#pool.on('error', (error) => logger.warn('config_store_connection_lost', { host: options.host, port: options.port, reason: error.message }));
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

  close(): Promise<void> {
    this.#state = 'closed';
    this.#closing ??= this.#pool.end();
    return this.#closing;
  }

  async health(): Promise<Health> {
    if (this.#state !== 'open') return { healthy: false, detail: 'The config store is not open.' };
    const place = `${this.options.host}:${String(this.options.port)}`;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Health>((resolve) => {
      timer = setTimeout(() => resolve({ healthy: false, detail: `Postgres at ${place} did not answer within ${String(HEALTH_PATIENCE_MS)} ms.` }), HEALTH_PATIENCE_MS);
    });
    const asked = this.#pool.query('select 1').then(
      (): Health => ({ healthy: true }),
      (error: unknown): Health => ({ healthy: false, detail: connectError(error, this.options).message }),
    );
    return Promise.race([asked, late]).finally(() => clearTimeout(timer));
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

export default defineAdapter<'config-store', PostgresOptions>({
  port: 'config-store',
  name: 'postgres',
  capabilities,
  options: optionsSchema,
  migrate: migratePostgres,
  create: (options, context) => createPostgresConfigStore(options, context.logger),
});
