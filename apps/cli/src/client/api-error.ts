import { CommandFailure } from '../failure.js';

interface ProblemBody {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** The api answered with an error. `code` is the stable word of its problem document. */
export class ApiError extends CommandFailure {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string | null,
    /** From Retry-After; null where the answer has none. */
    readonly retryAfterMs: number | null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** The api did not answer: refused, cut or timed out. What was asked may or may not have happened. */
export class ConnectionError extends CommandFailure {
  constructor(url: string, cause: unknown) {
    super(`CAVE at ${url} does not answer (${causeOf(cause)}). Is it running, and is the address right? Set it by --url or CAVE_URL.`, 1, { cause });
    this.name = 'ConnectionError';
  }
}

/** One clear sentence of a problem document (RFC 9457); of several wrong fields, each. */
export function toApiError(method: string, path: string, response: Response, body: unknown): ApiError {
  const problem: ProblemBody = typeof body === 'object' && body !== null ? body : {};
  const detail = problem.detail ?? `${method} ${path} answered ${response.status}.`;
  const fields = problem.errors ?? [];
  const list = fields.length > 1 ? `\n${fields.map(({ path: field, message }) => `  ${field}: ${message}`).join('\n')}` : '';
  const hint = problem.code === 'session_expired' ? ' Log in again: cave login' : '';
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  return new ApiError(`${detail}${hint}${list}`, response.status, problem.code ?? null, Number.isFinite(retryAfter) ? retryAfter * 1000 : null);
}

/** The innermost code or message, which fetch hides behind "fetch failed". */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { readonly code?: unknown }).code;
  if (error.cause instanceof Error) return causeOf(error.cause);
  return typeof code === 'string' ? code : error.message;
}
