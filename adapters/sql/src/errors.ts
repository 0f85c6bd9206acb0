import { CaveError, type ErrorCode } from '@cave/core';

/** Where a statement was when it failed: what an answer that never came may mean. */
export type Phase = 'statement' | 'alone' | 'commit';

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** What pg says when it got no connection in time: nothing was sent. */
const NO_CONNECTION = /timeout exceeded when trying to connect|terminated due to connection timeout/;

/** The driver's error as a CaveError. SQLSTATE classes: PostgreSQL manual, appendix A. */
export function toStoreError(error: unknown, phase: Phase): CaveError {
  if (error instanceof CaveError) return error;
  const { code, message, constraint } = facts(error);
  const details = constraint === undefined ? {} : { constraint };
  if (lostConnection(code, message)) {
    const sent = phase !== 'statement' && !NOT_SENT.has(code) && !NO_CONNECTION.test(message);
    return sent
      ? new CaveError('unknown_outcome', `The connection to the config store broke before it answered (${message}); the change may or may not have been saved.`, { cause: error })
      : new CaveError('unavailable', `The config store cannot be reached (${message}).`, { cause: error });
  }
  if (isRetryable(error)) return new CaveError('conflict', `Another transaction changed the same rows (${message}); try again.`, { cause: error, reason: 'serialization', details });
  const [caveCode, sentence] = classify(code);
  return new CaveError(caveCode, `${sentence} (${message}).`, { cause: error, details });
}

/** Serialisation failures and deadlocks: the whole transaction may simply run again. */
export function isRetryable(error: unknown): boolean {
  const root = error instanceof CaveError ? error.cause : error;
  const { code } = facts(root);
  return code === '40001' || code === '40P01';
}

/** Drivers mark their errors with a code (SQLSTATE, or the socket's), or say that the connection is gone. */
export function isDriverError(error: unknown): boolean {
  return error instanceof Error && !(error instanceof CaveError) && ('code' in error || lostConnection('', error.message));
}

function classify(code: string): readonly [ErrorCode, string] {
  if (code === '23505') return ['conflict', 'It exists already'];
  if (code === '23503') return ['not_found', 'Something that this refers to does not exist'];
  if (code.startsWith('23') || code.startsWith('22')) return ['invalid_argument', 'The config store refuses a value'];
  if (code === '57014') return ['unavailable', 'The config store gave up on a statement that took too long'];
  if (code.startsWith('53') || code.startsWith('54')) return ['resource_exhausted', 'The config store is out of resources'];
  if (code.startsWith('28') || code === '3D000' || code === '42501') return ['configuration', 'The config store refuses this user or database'];
  if (code === '25006') return ['unavailable', 'The config store is read-only'];
  if (code === 'XX001' || code === 'XX002') return ['data_loss', 'The config store found damaged data'];
  return ['internal', 'The config store failed'];
}

function lostConnection(code: string, message: string): boolean {
  return UNREACHABLE.has(code) || code.startsWith('08') || /^57P0[123]$/.test(code) || NO_CONNECTION.test(message) || /Connection terminated|Connection ended|not queryable/.test(message);
}

function facts(error: unknown): { readonly code: string; readonly message: string; readonly constraint: string | undefined } {
  const shape = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; message?: unknown; constraint?: unknown };
  return {
    code: typeof shape.code === 'string' ? shape.code : '',
    message: (typeof shape.message === 'string' && shape.message !== '' ? shape.message : String(shape.code ?? error)).replace(/\.$/, ''),
    constraint: typeof shape.constraint === 'string' ? shape.constraint : undefined,
  };
}
