export { default, default as configStore } from './config-store.js';
export type { PostgresOptions } from './options.js';
