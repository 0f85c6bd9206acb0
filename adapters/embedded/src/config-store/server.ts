import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, types } from '@electric-sql/pglite';
import { DurableFiles, startParameters } from './durable-files.js';
import type { Request, Response, ServerData, WireError } from './protocol.js';

/*
 * The worker thread that is the database. Postgres in WebAssembly computes and flushes
 * synchronously; here it stands in nobody's way. Requests are answered one after another.
 *
 * A single-user Postgres has neither checkpointer nor autovacuum, so both are done here,
 * between transactions, whenever enough WAL has been written.
 */

const CHECKPOINT_WAL_BYTES = 64 * 1024 * 1024;
const HOT_TABLES = ['pending_history', 'alert_states', 'deliveries', 'change_outbox', 'store_tasks', 'sessions', 'confirmations', 'offices', 'number_blocks'];

const port = parentPort;
if (port === null) throw new Error('This module runs as a worker thread of the embedded config store.');
const post = (response: Response): void => port.postMessage(response);

function wireError(error: unknown): WireError {
  const shape = (typeof error === 'object' && error !== null ? error : {}) as { message?: unknown; code?: unknown; constraint?: unknown; detail?: unknown };
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return { message: text(shape.message) ?? String(error), code: text(shape.code), constraint: text(shape.constraint), detail: text(shape.detail) };
}

const files = new DurableFiles((workerData as ServerData).directory);
let walBytes = 0;
let inTransaction = false;

async function answer(database: PGlite, request: Extract<Request, { kind: 'query' }>): Promise<void> {
  try {
    // bigint as text, as the production driver gives it.
    const options = { parsers: { [types.INT8]: (value: string) => value } };
    const result = request.params === null ? (await database.exec(request.sql, options)).at(-1) : await database.query(request.sql, [...request.params], options);
    post({ kind: 'rows', id: request.id, rows: (result?.rows ?? []) as Record<string, unknown>[], affected: result?.affectedRows ?? 0 });
  } catch (error) {
    post({ kind: 'error', id: request.id, error: wireError(error) });
  }
  const verb = request.sql.trimStart().slice(0, 8).toLowerCase();
  if (verb.startsWith('begin')) inTransaction = true;
  else if (verb.startsWith('commit') || verb === 'rollback') inTransaction = false;
}

async function maintain(database: PGlite): Promise<void> {
  walBytes += files.takeWalBytes();
  if (inTransaction || walBytes < CHECKPOINT_WAL_BYTES) return;
  walBytes = 0;
  const known = await database.query<{ name: string }>("select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace");
  const names = known.rows.map((row) => row.name).filter((name) => HOT_TABLES.includes(name));
  if (names.length > 0) await database.exec(`vacuum (analyze) ${names.join(', ')}`);
  await database.exec('checkpoint');
}

async function run(): Promise<void> {
  const database = await PGlite.create({ fs: files, startParams: startParameters() });
  let last = Promise.resolve();
  port?.on('message', (request: Request) => {
    last = last.then(async () => {
      if (request.kind === 'close') {
        await database.close(); // ends with a checkpoint
        port.close();
        return;
      }
      await answer(database, request);
      await maintain(database);
    });
  });
  post({ kind: 'ready' });
}

run().catch((error: unknown) => {
  post({ kind: 'failed', error: wireError(error) });
  port.close();
});
