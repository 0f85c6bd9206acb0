import { open, rm, stat, statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { CaveError, sleep } from '@cave/core';

const MDB_MAP_FULL = -30792;
/** Error numbers of a write that found no room. */
const NO_ROOM = new Set<unknown>([constants.errno.EFBIG, constants.errno.ENOSPC, constants.errno.EDQUOT, MDB_MAP_FULL]);
const NO_ROOM_NAMES = new Set<unknown>(['EFBIG', 'ENOSPC', 'EDQUOT']);
const PROBE_BYTES = 64 * 1024;
/** Below this many free bytes a short write, which LMDB reports as EIO, is taken for a full disk. */
const FULL_BELOW_BYTES = 16 * 1024 * 1024;

/** lmdb tells the cause after the failed commit; should it never do so, the commit's own error has to do. */
const CAUSE_PATIENCE_MS = 1_000;

/**
 * lmdb's own error behind a failed commit. It comes as a promise that rejects
 * (`commitError`); one that nobody awaits would end the process.
 */
async function causeOf(error: unknown): Promise<unknown> {
  const inner = error instanceof Error && 'commitError' in error ? error.commitError : undefined;
  if (inner === undefined) return error;
  const told = Promise.resolve(inner).then(
    () => error,
    (cause: unknown) => cause,
  );
  const stop = new AbortController();
  try {
    return await Promise.race([told, sleep(CAUSE_PATIENCE_MS, stop.signal).then(() => error, () => error)]);
  } finally {
    stop.abort();
  }
}

/**
 * LMDB reports a write that was cut short, for want of room, as EIO. Whether it was: hardly
 * any free space, or a write of our own, as far into a file as LMDB's, finds no room either.
 */
async function roomIsShort(directory: string): Promise<boolean> {
  const disk = await statfs(directory).catch(() => null);
  if (disk !== null && disk.bavail * disk.bsize < FULL_BELOW_BYTES) return true;
  const probe = join(directory, 'room.probe');
  try {
    const { size } = await stat(join(directory, 'data.mdb'));
    const file = await open(probe, 'w');
    try {
      await file.write(Buffer.alloc(PROBE_BYTES), 0, PROBE_BYTES, size);
      await file.sync();
    } finally {
      await file.close();
    }
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && NO_ROOM_NAMES.has(error.code);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined); // a disk that is broken keeps it; nothing depends on it
  }
}

/** A failed commit of `directory` as a core error: `resource_exhausted` when there was no room, else `unavailable`. */
export async function commitFailure(error: unknown, directory: string): Promise<CaveError> {
  const cause = await causeOf(error);
  const number: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const noRoom = NO_ROOM.has(number) || (number === constants.errno.EIO && (await roomIsShort(directory)));
  if (noRoom) {
    return new CaveError('resource_exhausted', `No room to write in ${directory}: free disk space (or raise the file size limit) and try again.`, { cause });
  }
  return new CaveError('unavailable', `Writing to ${directory} failed: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
}
