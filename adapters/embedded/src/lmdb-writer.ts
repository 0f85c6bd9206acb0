import { statfsSync } from 'node:fs';
import { CaveError } from '@cave/core';
import type { RootDatabase } from 'lmdb';
import { commitFailure } from './lmdb-errors.js';

interface Write {
  /** Puts and removes, synchronously. Run when its transaction is built, after every earlier write has been decided. */
  readonly apply: () => void;
  /** Run once flushed, before anything later is applied. */
  readonly committed: () => void;
  readonly resolve: () => void;
  readonly reject: (error: CaveError) => void;
}

const nothing = (): void => undefined;

/**
 * Free space that no commit may touch; bytes. A write of lmdb 3.5.6 that finds no room formats
 * its error message into a buffer that may be too small for it, and can so end the process: a
 * full disk must be seen before lmdb meets it.
 */
const RESERVED_BYTES = 16 * 1024 * 1024;

/** Writes per transaction; more wait for the next one, so that one commit stays short. */
const MAX_WRITES = 4_096;

/**
 * Group commit. Everything submitted while a transaction is being flushed goes into the
 * next one together, so that a flush (about 0.7 ms) is paid once for all callers at once.
 * One transaction at a time: when a write is applied, the fate of every earlier one is known.
 */
export class LmdbWriter {
  #queue: Write[] = [];
  #running: Promise<void> | null = null;

  constructor(private readonly root: RootDatabase<Buffer, Buffer>, private readonly directory: string) {}

  /** Resolves once the write is flushed, after `committed` has run; rejects with `resource_exhausted` or `unavailable` when its transaction failed. */
  submit(apply: () => void, committed: () => void = nothing): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ apply, committed, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is queued or being flushed. */
  async drain(): Promise<void> {
    while (this.#running !== null) {
      await this.#running;
      await new Promise((resolve) => setImmediate(resolve)); // callers may write once more on hearing of a commit
    }
  }

  async #run(): Promise<void> {
    // The rest of this turn of the event loop may submit more: they share the first flush.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const group = this.#queue.length > MAX_WRITES ? this.#queue.splice(0, MAX_WRITES) : this.#queue;
      if (group === this.#queue) this.#queue = [];
      const full = this.#noRoom();
      if (full !== null) {
        for (const write of group) write.reject(full);
        continue;
      }
      try {
        await this.root.batch(() => {
          for (const write of group) write.apply();
        });
      } catch (error) {
        const failure = await commitFailure(error, this.directory);
        for (const write of group) write.reject(failure);
        continue;
      }
      this.root.resetReadTxn(); // what is read from here on sees this commit
      for (const write of group) write.committed();
      for (const write of group) write.resolve();
    }
    this.#running = null;
  }

  /** Looked at before each commit: it takes a few microseconds, a flush several hundred. */
  #noRoom(): CaveError | null {
    const { bavail, bsize } = statfsSync(this.directory);
    if (bavail * bsize >= RESERVED_BYTES) return null;
    return new CaveError('resource_exhausted', `No room to write in ${this.directory}: free disk space (${RESERVED_BYTES / 1024 / 1024} MiB are kept in reserve) and try again.`);
  }
}
