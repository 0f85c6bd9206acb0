import { CaveError, defineAdapter, type ConfigStore, type ConfigStoreCapabilities, type Health, type Logger, type Repositories } from '@cave/core';
import { createSqlConfigStore, type Database, type SqlConfigStore } from '@cave/adapter-sql';
import { migrate } from '@cave/schema';
import { Kysely, sql } from 'kysely';
import { checkDirectory } from './check-directory.js';
import { DatabaseThread } from './config-store/client.js';
import { prepareDirectory } from './config-store/directory.js';
import { embeddedDialect } from './config-store/driver.js';

export interface EmbeddedConfigStoreOptions {
  readonly directory: string;
  readonly 'transaction-timeout-ms': number;
}

const capabilities: ConfigStoreCapabilities = { crossesProcesses: false };
const HEALTH_PATIENCE_MS = 2_000;

/** One process for each directory: the caller holds the data directory's lock. */
export function createEmbeddedConfigStore(options: EmbeddedConfigStoreOptions, logger: Logger): ConfigStore {
  checkDirectory(options.directory, 'embedded config store', 'directory');
  const connection = new Connection(options, logger);
  const store: SqlConfigStore = createSqlConfigStore(() => connection.database());
  const { transaction, nowMs, ...repositories } = store;
  return {
    ...(repositories satisfies Repositories),
    capabilities,
    transaction,
    nowMs,
    start: (signal) => connection.start(signal),
    close: () => connection.close(),
    health: () => connection.health(),
  };
}

/**
 * ```
 *   new ──start──▶ starting ──▶ open ──close──▶ closed
 *    └───────────────close─────────────────────────▲
 * ```
 * A start that failed goes back to new. A thread that died while open is replaced by the
 * next caller who needs it.
 */
class Connection {
  #state: 'new' | 'starting' | 'open' | 'closed' = 'new';
  #thread: Promise<DatabaseThread> | null = null;
  #starting: Promise<void> | null = null;
  #closing: Promise<void> | null = null;
  readonly #kysely: Database;

  constructor(private readonly options: EmbeddedConfigStoreOptions, private readonly logger: Logger) {
    this.#kysely = new Kysely<unknown>({ dialect: embeddedDialect({ thread: () => this.#living(), transactionTimeoutMs: options['transaction-timeout-ms'] }) });
  }

  database(): Database {
    if (this.#state !== 'open') throw new CaveError('closed', 'The embedded config store is not open.');
    return this.#kysely;
  }

  async start(signal?: AbortSignal): Promise<void> {
    if (this.#state === 'closed') throw new CaveError('closed', 'The embedded config store was closed.');
    if (this.#state !== 'new') throw new CaveError('internal', 'The embedded config store was started twice.');
    if (signal?.aborted) throw new CaveError('aborted', 'The start of the embedded config store was aborted.', { cause: signal.reason });
    this.#state = 'starting';
    this.#starting = this.#open();
    try {
      await this.#starting;
    } catch (error) {
      if (this.#isClosed()) throw new CaveError('closed', 'The embedded config store was closed while it started.', { cause: error });
      this.#state = 'new';
      throw error;
    }
    if (this.#isClosed()) throw new CaveError('closed', 'The embedded config store was closed while it started.');
    this.#state = 'open';
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async health(): Promise<Health> {
    if (this.#state !== 'open') return { healthy: false, detail: 'The embedded config store is not open.' };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Health>((resolve) => {
      timer = setTimeout(() => resolve({ healthy: false, detail: `The embedded config store did not answer within ${String(HEALTH_PATIENCE_MS)} ms.` }), HEALTH_PATIENCE_MS);
    });
    const asked = sql`select 1`.execute(this.#kysely).then(
      (): Health => ({ healthy: true }),
      (error: unknown): Health => ({ healthy: false, detail: `The embedded config store fails: ${error instanceof Error ? error.message : String(error)}` }),
    );
    return Promise.race([asked, late]).finally(() => clearTimeout(timer));
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  async #open(): Promise<void> {
    const { directory } = this.options;
    await prepareDirectory(directory, (how) => this.logger.info('config_store_initialising', { directory, how }));
    const thread = await this.#living();
    try {
      const applied = await migrate({ query: async (statement, params) => (await thread.query(statement, params ?? null)).rows });
      if (applied.length > 0) this.logger.info('config_store_migrated', { directory, scripts: applied });
    } catch (error) {
      this.#thread = null;
      await thread.close();
      throw new CaveError('unavailable', `The embedded config store in ${directory} could not be migrated (${error instanceof Error ? error.message : String(error)}).`, { cause: error });
    }
  }

  async #living(): Promise<DatabaseThread> {
    const present = await this.#thread?.catch(() => null);
    if (present?.alive === true) return present;
    this.#thread = DatabaseThread.open(this.options.directory);
    return this.#thread;
  }

  async #end(): Promise<void> {
    this.#state = 'closed';
    await this.#starting?.catch(() => undefined); // start itself reports how it went
    const thread = await this.#thread?.catch(() => null);
    await thread?.close();
  }
}

export default defineAdapter<'config-store', EmbeddedConfigStoreOptions>({
  port: 'config-store',
  name: 'embedded',
  capabilities,
  options: {
    type: 'object',
    properties: {
      directory: { type: 'string', minLength: 1, description: 'Where the embedded Postgres keeps its data; <data-dir>/config unless set.' },
      'transaction-timeout-ms': { type: 'integer', minimum: 100, default: 60_000, description: 'A transaction that stays open for longer is rolled back, because everybody else waits for it (milliseconds).' },
    },
    required: ['directory'],
  },
  create: (options, context) => createEmbeddedConfigStore(options, context.logger),
});
