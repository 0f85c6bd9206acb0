import { CaveError, type ErrorCode } from '@cave/core';

/** Exit codes, as sysexits.h names them. */
export const EXIT = { ok: 0, unavailable: 69, software: 70, configuration: 78 } as const;

const BY_CODE: Partial<Record<ErrorCode, number>> = { configuration: EXIT.configuration, unavailable: EXIT.unavailable };

export function exitCodeOf(error: unknown): number {
  return error instanceof CaveError ? BY_CODE[error.code] ?? EXIT.software : EXIT.software;
}

/** The sentence for people; a defect, which has none, is shown with its stack. */
export function explain(error: unknown): string {
  if (error instanceof CaveError && error.code !== 'internal') return `cave: ${error.message}`;
  const detail = error instanceof Error ? error.stack ?? error.message : String(error);
  return `cave: This is a defect of CAVE; please report it with what follows.\n${detail}`;
}
