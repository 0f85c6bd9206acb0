export { createSqlConfigStore, type SqlConfigStore } from './config-store.js';
export { toStoreError } from './errors.js';
export { createRepositories } from './repositories.js';
export { transactionSession, type Database, type Session } from './session.js';
