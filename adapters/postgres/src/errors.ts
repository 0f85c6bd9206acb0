import { CaveError } from '@cave/core';
import { toStoreError } from '@cave/adapter-sql';
import type { PostgresOptions } from './options.js';

/** Why a first connection failed, as a sentence that names the place and what to do. */
export function connectError(error: unknown, options: PostgresOptions): CaveError {
  if (error instanceof CaveError) return error;
  const place = `${options.host}:${String(options.port)}`;
  const { code, message } = error as { code?: unknown; message?: string };
  const reason = message === undefined || message === '' ? String(code) : message;
  switch (code) {
    case '28P01':
    case '28000':
      return new CaveError('configuration', `Postgres at ${place} refuses the user "${options.user}" (${reason}); check database.user and database.password.`, { cause: error });
    case '3D000':
      return new CaveError('configuration', `Postgres at ${place} has no database "${options.database}"; create it, or correct database.name.`, { cause: error });
    default: {
      const known = toStoreError(error, 'statement');
      if (known.code === 'unavailable') return new CaveError('unavailable', `Postgres at ${place} cannot be reached (${reason}).`, { cause: error });
      return known.code === 'internal' ? new CaveError('unavailable', `Postgres at ${place} does not serve (${reason}).`, { cause: error }) : known;
    }
  }
}
