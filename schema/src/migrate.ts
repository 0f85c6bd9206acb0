import { BOOTSTRAP_SCRIPT, BOOTSTRAP_SQL } from './bootstrap.js';
import { scripts, type Script } from './scripts.js';

/**
 * ONE database connection. Without `params`, `sql` may hold several statements. Errors are
 * the driver's own.
 */
export interface SqlExecutor {
  query(sql: string, params?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Any constant will do, as long as every CAVE uses the same. */
const LOCK_KEY = 20_130_318;

/** File names of scripts that this database lacks, in order. Writes nothing. */
export async function pending(executor: SqlExecutor, all?: readonly Script[]): Promise<readonly string[]> {
  const known = all ?? (await scripts());
  const exists = await executor.query("select to_regclass('schema_evolution_manager.scripts') is not null as there");
  if (exists[0]?.['there'] !== true) return known.map((script) => script.filename);
  const rows = await executor.query('select filename from schema_evolution_manager.scripts');
  const applied = new Set(rows.map((row) => String(row['filename'])));
  return known.map((script) => script.filename).filter((filename) => !applied.has(filename));
}

/**
 * Applies what is pending, each script and its record in one transaction, and answers the
 * file names applied. Safe to run at once from several processes: an advisory lock makes one
 * wait for the other, and what is pending is read under the lock. The lock belongs to the
 * session, so it goes away with a connection that breaks.
 */
export async function migrate(executor: SqlExecutor, all?: readonly Script[]): Promise<readonly string[]> {
  const known = all ?? (await scripts());
  await executor.query('select pg_advisory_lock($1)', [LOCK_KEY]);
  try {
    await bootstrap(executor);
    const missing = new Set(await pending(executor, known));
    const applied: string[] = [];
    for (const script of known) {
      if (!missing.has(script.filename)) continue;
      await inTransaction(executor, async () => {
        await executor.query(script.sql);
        await executor.query('insert into schema_evolution_manager.scripts (filename) values ($1)', [script.filename]);
      });
      applied.push(script.filename);
    }
    return applied;
  } finally {
    await executor.query('select pg_advisory_unlock($1)', [LOCK_KEY]);
  }
}

async function bootstrap(executor: SqlExecutor): Promise<void> {
  const exists = await executor.query("select to_regnamespace('schema_evolution_manager') is not null as there");
  if (exists[0]?.['there'] === true) return;
  await inTransaction(executor, async () => {
    await executor.query(BOOTSTRAP_SQL);
    await executor.query('insert into schema_evolution_manager.bootstrap_scripts (filename) values ($1)', [BOOTSTRAP_SCRIPT]);
  });
}

async function inTransaction(executor: SqlExecutor, work: () => Promise<void>): Promise<void> {
  await executor.query('begin');
  try {
    await work();
  } catch (error) {
    await executor.query('rollback');
    throw error;
  }
  await executor.query('commit');
}
