import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CaveError, sleep, throwIfAborted, toCaveError, type Health } from '@cave/core';
import { open, type RootDatabase } from 'lmdb';
import { LmdbWriter } from './lmdb-writer.js';

/** A directory's files, open. */
export interface OpenEnvironment {
  readonly root: RootDatabase<Buffer, Buffer>;
  readonly writer: LmdbWriter;
}

const HEALTH_PATIENCE_MS = 1_900;
/** Directories open in this process. A second opening would hand out the same offsets again. */
const openDirectories = new Set<string>();

/**
 * One LMDB directory with the life that every port's contract asks for.
 *
 *   new ──start──▶ starting ──▶ open ──close──▶ closed
 *    ▲ failed ────────┘                            ▲
 *    └───────────────────close─────────────────────┘
 *
 * `overlappingSync` is off on purpose: a commit then flushes before its promise resolves and
 * reports a flush that failed; with it on, lmdb 3.5 resolves `flushed` whatever the flush
 * said. The price is about a tenth of the commits per second.
 */
export class LmdbEnvironment {
  readonly directory: string;
  #opened: OpenEnvironment | null = null;
  #inode = 0;
  #starting: Promise<unknown> | null = null;
  #closing: Promise<void> | null = null;
  #probe: Promise<void> | null = null;

  /** `what` names the part in messages. No I/O. */
  constructor(directory: string, private readonly what: string) {
    this.directory = resolve(directory);
  }

  /** Throws `closed` unless started and not closed. */
  use(): OpenEnvironment {
    if (this.#closing !== null) throw new CaveError('closed', `The ${this.what} is closed.`);
    if (this.#opened === null) throw new CaveError('closed', `The ${this.what} is not started.`);
    return this.#opened;
  }

  get isOpen(): boolean {
    return this.#opened !== null && this.#closing === null;
  }

  /** Opens the directory and runs `load`. What fails leaves nothing open and may be started again. */
  async start(signal: AbortSignal | undefined, load: (environment: OpenEnvironment) => Promise<void>): Promise<void> {
    if (this.#closing !== null) throw new CaveError('closed', `The ${this.what} is closed.`);
    if (this.#starting !== null || this.#opened !== null) throw new CaveError('internal', `The ${this.what} was started twice.`);
    throwIfAborted(signal);
    const starting = this.#open(signal, load);
    this.#starting = starting.catch(() => undefined); // close() waits for the end, whichever it is
    try {
      await starting;
    } finally {
      this.#starting = null;
    }
    if (this.#closing !== null) throw new CaveError('closed', `The ${this.what} was closed while it started.`);
  }

  async #open(signal: AbortSignal | undefined, load: (environment: OpenEnvironment) => Promise<void>): Promise<void> {
    if (openDirectories.has(this.directory)) {
      throw new CaveError('conflict', `${this.directory} is already open in this process; give each ${this.what} its own directory.`);
    }
    openDirectories.add(this.directory);
    let root: RootDatabase<Buffer, Buffer> | undefined;
    try {
      await mkdir(this.directory, { recursive: true });
      root = open<Buffer, Buffer>({ path: this.directory, encoding: 'binary', keyEncoding: 'binary', overlappingSync: false, eventTurnBatching: false });
      const environment = { root, writer: new LmdbWriter(root, this.directory) };
      await load(environment);
      throwIfAborted(signal);
      this.#inode = (await stat(join(this.directory, 'data.mdb'))).ino;
      this.#opened = environment;
    } catch (error) {
      await root?.close();
      openDirectories.delete(this.directory);
      throw toCaveError(error, 'unavailable');
    }
  }

  /** Lets `leave` end what waits, finishes what is queued, closes the files. Idempotent. */
  close(leave: () => void): Promise<void> {
    this.#closing ??= this.#close(leave);
    return this.#closing;
  }

  async #close(leave: () => void): Promise<void> {
    await this.#starting;
    const environment = this.#opened;
    if (environment === null) return;
    leave();
    await environment.writer.drain();
    await environment.root.close();
    openDirectories.delete(this.directory);
  }

  /** Writes and flushes a few bytes, and looks whether the file on disk is still the one that is open. */
  async health(): Promise<Health> {
    if (!this.isOpen) return { healthy: false, detail: `The ${this.what} is ${this.#closing === null ? 'not started' : 'closed'}.` };
    this.#probe ??= this.#probeDisk().finally(() => {
      this.#probe = null;
    });
    const patience = new AbortController();
    const late = sleep(HEALTH_PATIENCE_MS, patience.signal).then(
      () => `The disk below ${this.directory} has not answered for ${HEALTH_PATIENCE_MS} ms.`,
      () => undefined,
    );
    try {
      const detail = await Promise.race([this.#probe.then(() => undefined), late]);
      return detail === undefined ? { healthy: true } : { healthy: false, detail };
    } catch (error) {
      return { healthy: false, detail: error instanceof Error ? error.message : String(error) };
    } finally {
      patience.abort();
    }
  }

  async #probeDisk(): Promise<void> {
    const { root, writer } = this.use();
    const file = join(this.directory, 'data.mdb');
    const found = await stat(file).catch(() => null);
    if (found?.ino !== this.#inode) throw new CaveError('unavailable', `${file} was removed or replaced; restart on an intact directory.`);
    await writer.submit(() => void root.put(HEALTH_KEY, HEALTH_VALUE));
  }
}

const HEALTH_KEY = Buffer.from('health');
const HEALTH_VALUE = Buffer.from('ok');
