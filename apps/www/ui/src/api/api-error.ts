import type { components } from './contract.js';

type Problem = components['schemas']['Problem'];

/**
 * Why a call did not succeed, as far as a page has to tell it apart:
 *
 * - `signed_out`: there is no session, or it has ended
 * - `forbidden`: the role is not enough, or the place is closed to this browser
 * - `not_found`: no such organization, team, alert, metric or token (any more)
 * - `invalid`: something that was typed is wrong; `fields` may say what
 * - `conflict`: it is there already
 * - `busy`: too many attempts; `retryAfterSeconds` says when to try again
 * - `unavailable`: CAVE or a part of it cannot answer now
 * - `unreachable`: no answer came at all
 */
export type ApiErrorKind = 'signed_out' | 'forbidden' | 'not_found' | 'invalid' | 'conflict' | 'busy' | 'unavailable' | 'unreachable';

/** What a person can do, where the api's own sentence does not say it: its words are those of the first CAVE. */
const ADVICE: Readonly<Record<string, string>> = { login_failed: 'The email address or the password is wrong.' };

const SIGNED_OUT: ReadonlySet<string> = new Set(['credentials_missing', 'session_expired', 'unknown_token']);

/** A call to the api that failed; `message` is a sentence that a person can act on. */
export class ApiError extends Error {
  constructor(
    readonly kind: ApiErrorKind,
    message: string,
    /** The api's stable word, such as `name_taken`; `unreachable` without an answer. */
    readonly code: string,
    /** By the name of the field in the body or query. */
    readonly fields: Readonly<Record<string, string>> = {},
    /** Further facts, such as the column of a wrong condition. */
    readonly details: Readonly<Record<string, unknown>> = {},
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** The error that an answer with a status of 400 and above says; `body` is what it held, if that was JSON. */
export function errorOf(status: number, body: unknown, retryAfter: string | null): ApiError {
  const problem: Partial<Problem> = isProblem(body) ? body : {};
  const code = problem.code ?? `http_${status}`;
  const said = problem.detail ?? `CAVE answered with status ${status} and did not say why.`;
  const advice = ADVICE[code];
  const message = advice === undefined ? said : `${said} ${advice}`;
  const fields = Object.fromEntries((problem.errors ?? []).map(({ path, message: fault }) => [fieldOf(path), fault]));
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  return new ApiError(kindOf(status, code), message, code, fields, problem.details ?? {}, Number.isFinite(seconds) ? seconds : null);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && typeof (body as Problem).detail === 'string' && typeof (body as Problem).code === 'string';
}

function kindOf(status: number, code: string): ApiErrorKind {
  if (status === 401 || SIGNED_OUT.has(code)) return 'signed_out';
  switch (status) {
    case 403: return 'forbidden';
    case 404: return 'not_found';
    case 409: return 'conflict';
    case 429: return 'busy';
    default: return status >= 500 ? 'unavailable' : 'invalid';
  }
}

/** `/notification_url` is the field `notification_url`; of what is deeper, the outermost. */
function fieldOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** What the api says of one field, to be shown at it: a whole sentence, or what completes one, such as `is missing`. */
export function faultSentence(fault: string): string {
  return /^[A-Z]/.test(fault) ? fault : `This ${fault}.`;
}
