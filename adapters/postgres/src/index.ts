export { default as configStore } from './config-store.js';
export { migratePostgres } from './migrate.js';
export type { PostgresOptions } from './options.js';
