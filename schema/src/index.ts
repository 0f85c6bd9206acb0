export { migrate, pending, type SqlExecutor } from './migrate.js';
export { scripts, type Script } from './scripts.js';
