import { CaveError, toCaveError } from '@cave/core';
import type { PlainError } from './protocol.js';

const NO_ROOM = /no space left|disk (is )?full|not enough (disk )?space|file too large|disk quota|could not write all bytes/i;

/** What DuckDB said, as a core error: `resource_exhausted` when there was no room, else `unavailable`. */
export function databaseError(error: unknown, doing: string): CaveError {
  if (error instanceof CaveError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (NO_ROOM.test(message)) {
    return new CaveError('resource_exhausted', `${doing}: no room on the disk. Free some space (or raise the file size limit) and try again. (${message})`, { cause: error });
  }
  return new CaveError('unavailable', `${doing} failed: ${message}`, { cause: error });
}

/** DuckDB refuses everything after such an error until the file is opened again. */
export function isFatal(error: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error);
  return /database has been invalidated|FATAL/.test(message);
}

/** One line, whatever was thrown. */
export function causeText(cause: unknown): string {
  return String(cause);
}

export function toPlainError(error: unknown): PlainError {
  const { code, message, cause } = toCaveError(error);
  return { code, message, ...(cause === undefined ? {} : { cause: causeText(cause) }) };
}

export function fromPlainError(error: PlainError): CaveError {
  return new CaveError(error.code, error.message, error.cause === undefined ? {} : { cause: error.cause });
}
