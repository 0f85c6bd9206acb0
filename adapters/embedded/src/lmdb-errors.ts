import { statfs } from 'node:fs/promises';
import { CaveError, sleep } from '@cave/core';

/** Error numbers of a write that found no room: EFBIG, ENOSPC, EDQUOT, and LMDB's MDB_MAP_FULL. */
const NO_ROOM = new Set([27, 28, 122, -30792]);
const EIO = 5;
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

async function diskIsFull(directory: string): Promise<boolean> {
  const disk = await statfs(directory).catch(() => null);
  return disk !== null && disk.bavail * disk.bsize < FULL_BELOW_BYTES;
}

/** A failed commit of `directory` as a core error: `resource_exhausted` when there was no room, else `unavailable`. */
export async function commitFailure(error: unknown, directory: string): Promise<CaveError> {
  const cause = await causeOf(error);
  const number: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const noRoom = typeof number === 'number' && (NO_ROOM.has(number) || (number === EIO && (await diskIsFull(directory))));
  if (noRoom) {
    return new CaveError('resource_exhausted', `No room to write in ${directory}: free disk space (or raise the file size limit) and try again.`, { cause });
  }
  return new CaveError('unavailable', `Writing to ${directory} failed: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
}
