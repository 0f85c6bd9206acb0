/**
 * What went wrong, as a code that programs act on. Vendor errors become one of
 * these at an adapter's edge, with the vendor's error kept as `cause`. Only the
 * api knows which HTTP status a code is.
 *
 * - `invalid_argument`   the caller's input is wrong and will stay wrong
 * - `not_found`          the named thing does not exist (for this caller)
 * - `conflict`           it exists already, or somebody changed it meanwhile
 * - `unauthenticated`    no credentials, where some are needed
 * - `forbidden`          credentials that do not suffice
 * - `unsupported`        the adapter declares that it cannot do this
 * - `too_large`          over a declared size limit; nothing was taken
 * - `resource_exhausted` pushed back (quota, full disk, throttled): nothing was done, try later
 * - `unavailable`        the other side cannot be reached or broke; nothing was done
 * - `unknown_outcome`    it may or may not have happened
 * - `lost`               a lease, partition or office that was held is held no more
 * - `data_loss`          what must be there is not (trimmed, corrupt)
 * - `closed`             used after close, or before start
 * - `aborted`            the caller's AbortSignal fired
 * - `configuration`      a setting is wrong; the message names its key
 * - `internal`           a defect of CAVE
 */
export type ErrorCode =
  | 'invalid_argument'
  | 'not_found'
  | 'conflict'
  | 'unauthenticated'
  | 'forbidden'
  | 'unsupported'
  | 'too_large'
  | 'resource_exhausted'
  | 'unavailable'
  | 'unknown_outcome'
  | 'lost'
  | 'data_loss'
  | 'closed'
  | 'aborted'
  | 'configuration'
  | 'internal';

export interface CaveErrorOptions {
  readonly cause?: unknown;
  /** A stable, finer word than the code, such as `session_expired`. */
  readonly reason?: string;
  /** JSON-serialisable facts for programs: paths, limits, columns. No secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Earliest sensible retry, in milliseconds, where the other side named one. */
  readonly retryAfterMs?: number;
}

/** The one error class that crosses a port. `message` is a sentence a person can act on. */
export class CaveError extends Error {
  readonly code: ErrorCode;
  readonly reason: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: CaveErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CaveError';
    this.code = code;
    this.reason = options.reason;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The error's code; anything that is not a CaveError is `internal`. */
export function errorCode(error: unknown): ErrorCode {
  return error instanceof CaveError ? error.code : 'internal';
}

/** `error` itself if it is a CaveError, else a CaveError of `code` that wraps it. */
export function toCaveError(error: unknown, code: ErrorCode = 'internal'): CaveError {
  if (error instanceof CaveError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CaveError(code, message, { cause: error });
}

/** Throws `aborted` when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CaveError('aborted', 'The call was aborted.', { cause: signal.reason });
}
