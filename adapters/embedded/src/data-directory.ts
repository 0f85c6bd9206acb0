import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { CaveError } from '@cave/core';

/*
 * One process for each data directory.
 *
 * The lock is the kernel's: an fcntl write lock on the file `lock.duckdb`, taken by opening
 * that file as a DuckDB database. Node itself can take no such lock, and DuckDB is here
 * anyway; it does so on Linux and macOS, without waiting. The kernel gives the lock to
 * one process only and drops it when that process ends in whatever way. So there is no
 * staleness to guess, a process id that is used again means nothing, and ten that start
 * at once need no protocol of take-over, which pid files and unix sockets (whose paths
 * are also limited to about 100 bytes) would need.
 *
 * What it costs: an idle DuckDB instance of one thread. And by POSIX a process loses its
 * fcntl locks on a file when it closes any descriptor of that file: nothing in this
 * process may open `lock.duckdb`. Two locks taken by one process are told apart by
 * `held`, which a worker thread does not share: take the lock on the main thread.
 *
 * `holder.json` only feeds the sentence that the second one is given. Nobody decides by it.
 */

const LOCK_FILE = 'lock.duckdb';
const HOLDER_FILE = 'holder.json';
const TEMPORARY = /^lock-[0-9a-f]+\.tmp$/;
/** A holder writes `holder.json` right after taking the lock; until then it has no name. */
const NAMING_ATTEMPTS = 20;
const NAMING_PAUSE_MS = 25;

export interface DataDirectoryHolder {
  /** Service that holds the directory, such as `all-in-one`. */
  readonly service: string;
  /** Where it answers, if that is known before it starts. */
  readonly url?: string;
}

export interface DataDirectoryLock {
  /** Gives the directory to whoever comes next. Idempotent. */
  release(): Promise<void>;
}

interface HolderRecord extends DataDirectoryHolder {
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
}

/** Directories that this process holds, by device and inode, so that two spellings of one path are one. */
const held = new Map<string, HolderRecord>();

/**
 * Takes the data directory for this process, creating it with mode 0700. Throws
 * `configuration` when another one holds it, naming that one, and when the directory
 * cannot be created or written.
 */
export async function lockDataDirectory(directory: string, holder: DataDirectoryHolder): Promise<DataDirectoryLock> {
  const path = await prepare(directory);
  const { dev, ino } = await stat(path);
  const key = `${String(dev)}:${String(ino)}`;
  const record: HolderRecord = { pid: process.pid, since: new Date().toISOString(), ...holder };
  const own = held.get(key);
  if (own !== undefined) throw taken(path, own);
  held.set(key, record); // nothing is awaited since the look: a second call in this process cannot slip in between
  try {
    const instance = await acquire(path);
    try {
      await writeHolder(path, record);
    } catch (error) {
      instance.closeSync();
      throw unusable(path, error);
    }
    return releaser(path, key, instance);
  } catch (error) {
    held.delete(key);
    throw error;
  }
}

function releaser(path: string, key: string, instance: DuckDBInstance): DataDirectoryLock {
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    // The name goes first: once the lock is free, the file may be the next holder's.
    await rm(join(path, HOLDER_FILE), { force: true });
    instance.closeSync();
    held.delete(key);
  };
  return { release: () => (released ??= release()) };
}

/** The directory's real path, created and with a complete lock file in it. */
async function prepare(directory: string): Promise<string> {
  const wanted = resolve(directory);
  try {
    await mkdir(wanted, { recursive: true, mode: 0o700 });
    const path = await realpath(wanted);
    await createLockFile(path);
    return path;
  } catch (error) {
    throw unusable(wanted, error);
  }
}

/**
 * Puts a complete lock file in place if there is none. Made under another name and linked:
 * a process that is killed while it creates one leaves no half-written file, which could
 * never be opened again.
 */
async function createLockFile(path: string): Promise<void> {
  const lock = join(path, LOCK_FILE);
  if (await exists(lock)) return;
  const temporary = join(path, `lock-${randomBytes(8).toString('hex')}.tmp`);
  try {
    (await DuckDBInstance.create(temporary, { threads: '1' })).closeSync();
    await link(temporary, lock);
  } catch (error) {
    // Somebody else was first, and its holder may have swept our temporary file away.
    if (!(await exists(lock))) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function acquire(path: string): Promise<DuckDBInstance> {
  let pid: number | undefined;
  for (let attempt = 0; attempt < NAMING_ATTEMPTS; attempt += 1) {
    if (attempt > 0) await pause(NAMING_PAUSE_MS);
    try {
      return await DuckDBInstance.create(join(path, LOCK_FILE), { threads: '1', memory_limit: '16MB' });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!message.includes('Could not set lock on file')) throw unusable(path, error);
      pid = Number(/\(PID (\d+)\)/.exec(message)?.[1]) || undefined;
    }
    const holder = await readHolder(path);
    // Another id than the kernel's: the name is that of an earlier holder.
    if (holder !== undefined && (pid === undefined || holder.pid === pid)) throw taken(path, holder);
  }
  throw taken(path, await readHolder(path), pid);
}

async function writeHolder(path: string, record: HolderRecord): Promise<void> {
  for (const name of await readdir(path)) {
    if (TEMPORARY.test(name)) await rm(join(path, name), { force: true });
  }
  const temporary = join(path, `${HOLDER_FILE}.tmp`);
  await writeFile(temporary, JSON.stringify(record), { mode: 0o600 });
  await rename(temporary, join(path, HOLDER_FILE));
}

/** Undefined when there is none, or none that can be read. */
async function readHolder(path: string): Promise<HolderRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(join(path, HOLDER_FILE), 'utf8')) as Partial<HolderRecord> | null;
    if (typeof record?.pid !== 'number' || typeof record.service !== 'string' || typeof record.since !== 'string') return undefined;
    return record as HolderRecord;
  } catch {
    return undefined; // it only feeds a sentence, which can do without
  }
}

function taken(path: string, holder: HolderRecord | undefined, pid: number | undefined = holder?.pid): CaveError {
  // A process id of another container's is of no use; the rest of the sentence still is.
  const process = pid === undefined ? 'another process' : `process ${String(pid)}`;
  const known = holder === undefined || holder.pid !== pid ? '' : `, the service ${holder.service}${holder.url === undefined ? '' : ` at ${holder.url}`}, since ${holder.since}`;
  return new CaveError(
    'configuration',
    `The data directory ${path} (data-dir, CAVE_DATA_DIR) is held by ${process}${known}. Stop it, or give this one a directory of its own.`,
    { reason: 'data_directory_held', details: { directory: path, ...(pid === undefined ? {} : { pid }), ...(known === '' ? {} : { service: holder?.service, since: holder?.since }) } },
  );
}

function unusable(path: string, error: unknown): CaveError {
  const message = error instanceof Error ? error.message : String(error);
  return new CaveError('configuration', `The data directory ${path} (data-dir, CAVE_DATA_DIR) cannot be used: ${message}. It must be a directory that this user may write.`, {
    cause: error,
    reason: 'data_directory_unusable',
  });
}
