import { defineAdapter, type ConfigStore, type ConfigStoreCapabilities, type Logger, type Repositories } from '@cave/core';
import { createSqlConfigStore } from '@cave/adapter-sql';
import { Connections } from './connections.js';
import { migratePostgres } from './migrate.js';
import { checkOptions, optionsSchema, type PostgresOptions } from './options.js';

const capabilities: ConfigStoreCapabilities = { crossesProcesses: true };

export function createPostgresConfigStore(options: PostgresOptions, logger: Logger): ConfigStore {
  checkOptions(options);
  const connections = new Connections(options, logger);
  const { transaction, nowMs, ...repositories } = createSqlConfigStore(() => connections.database());
  return {
    ...(repositories satisfies Repositories),
    capabilities,
    transaction,
    nowMs,
    start: (signal) => connections.start(signal),
    close: (signal) => connections.close(signal),
    health: () => connections.health(),
  };
}

export default defineAdapter<'config-store', PostgresOptions>({
  port: 'config-store',
  name: 'postgres',
  capabilities,
  options: optionsSchema,
  migrate: migratePostgres,
  create: (options, context) => createPostgresConfigStore(options, context.logger),
});
