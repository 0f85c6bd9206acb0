import { STATUS_CODES } from 'node:http';
import { CaveError, type ErrorCode } from '@cave/core';
import { Type } from '@sinclair/typebox';

/** One wrong field of a request. `path` is a JSON Pointer (RFC 6901) into the part named by `in`. */
export interface FieldError {
  readonly in: 'body' | 'query' | 'path';
  readonly path: string;
  readonly message: string;
}

const STATUS_BY_CODE: Readonly<Record<ErrorCode, number>> = {
  invalid_argument: 400,
  not_found: 404,
  conflict: 409,
  unauthenticated: 401,
  forbidden: 403,
  unsupported: 501,
  too_large: 413,
  resource_exhausted: 429,
  unavailable: 503,
  unknown_outcome: 503,
  lost: 503,
  closed: 503,
  aborted: 503,
  data_loss: 500,
  configuration: 500,
  internal: 500,
};

/** Reasons that have an HTTP status of their own. */
const STATUS_BY_REASON: Readonly<Record<string, number>> = {
  unsupported_media_type: 415,
  method_not_allowed: 405,
  header_too_large: 431,
  uri_too_long: 414,
};

/** What a caller is told where the error's own sentence speaks of CAVE's inside. */
const SENTENCES: Readonly<Record<number, string>> = {
  500: 'CAVE met an error of its own. It has been logged; please try again later.',
  501: 'This installation of CAVE cannot do that.',
  503: 'A part that CAVE needs is not available, and the outcome may be unknown. Please try again.',
};

export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Always `about:blank`; `code` tells problems apart.' }),
    title: Type.String({ description: 'The phrase of the HTTP status.' }),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable word for programs, such as `session_expired`.' }),
    detail: Type.String({ description: 'A sentence that a person can act on.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          in: Type.Union([Type.Literal('body'), Type.Literal('query'), Type.Literal('path')]),
          path: Type.String({ description: 'JSON Pointer to the wrong field.' }),
          message: Type.String(),
        }),
      ),
    ),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Further facts for programs, such as the column of a parse error.' })),
  },
  { $id: 'Problem', title: 'Problem', description: 'RFC 9457 problem details.' },
);

export function statusOf(error: CaveError): number {
  return (error.reason === undefined ? undefined : STATUS_BY_REASON[error.reason]) ?? STATUS_BY_CODE[error.code];
}

/**
 * The answer to a failed request. `details.errors` (FieldError[]) becomes `errors`, other details
 * stay. Of errors of CAVE itself (5xx) only the code goes out: their messages and details may
 * name what is inside.
 */
export function toProblem(error: CaveError): Problem {
  const status = statusOf(error);
  const ours = status >= 500;
  const { errors, headers, ...details } = error.details;
  const body: Record<string, unknown> = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: ours ? error.code : (error.reason ?? error.code),
    detail: ours ? (SENTENCES[status] ?? SENTENCES[500]) : error.message,
  };
  if (!ours && errors !== undefined) body['errors'] = errors;
  if (!ours && Object.keys(details).length > 0) body['details'] = details;
  const out: Record<string, string> = {};
  if (status === 401) out['WWW-Authenticate'] = 'Basic realm="CAVE", charset="UTF-8"';
  if (error.retryAfterMs !== undefined) out['Retry-After'] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
  if (status === 429 && out['Retry-After'] === undefined) out['Retry-After'] = '1';
  if (headers !== undefined) Object.assign(out, headers);
  return { status, headers: out, body };
}

/** 400 with every wrong field. */
export function fieldErrors(errors: readonly FieldError[]): CaveError {
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const where = first === undefined ? '' : ` ${first.path === '' ? `The ${first.in}` : first.path.slice(1)}: ${first.message}${more}.`;
  return new CaveError('invalid_argument', `The request is not valid.${where}`, { reason: 'invalid_request', details: { errors } });
}
