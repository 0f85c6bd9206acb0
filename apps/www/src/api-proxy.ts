import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { targetOf, type ApiTarget } from './api-path.js';
import type { ApiAnswer, ApiClient } from './api-client.js';
import { boundedBody } from './bounded-body.js';
import { outboxClosed, outboxPass, type OutboxPass } from './outbox-access.js';
import { Problem, sendBody } from './problem.js';
import { isSecure } from './request-origin.js';
import { hasBody, isSafe, refuseOtherSites } from './same-origin.js';
import type { SessionCookie } from './session-cookie.js';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Headers that go through, by direction. Everything else stays: cookies and credentials above all. */
const TO_API = ['accept', 'content-type', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];
const FROM_API = ['allow', 'content-length', 'content-type', 'etag', 'last-modified', 'link', 'location', 'retry-after', 'x-total-count'];

/** Codes with which the api says that a session is no more. */
const SESSION_ENDED: ReadonlySet<unknown> = new Set(['session_expired', 'unknown_token']);

export interface ApiProxyOptions {
  readonly client: ApiClient;
  readonly cookie: SessionCookie;
  readonly baseUrl: URL | null;
  readonly bodyBytes: number;
}

/** Passes calls of the browser on to the api, with the session token that only the cookie holds. */
export class ApiProxy {
  constructor(private readonly options: ApiProxyOptions) {}

  /** `path` is what follows `/api`, with its query. Throws a Problem as long as nothing was answered. */
  async pass(request: Request, response: Response, path: string): Promise<void> {
    if (!METHODS.has(request.method)) throw new Problem(405, 'method_not_allowed', `${request.method} is not possible here.`, { Allow: [...METHODS].join(', ') });
    refuseOtherSites(request, this.options.baseUrl);
    const queryAt = path.indexOf('?');
    const query = queryAt < 0 ? '' : path.slice(queryAt);
    const target = targetOf(request.method, queryAt < 0 ? path : path.slice(0, queryAt));
    // Whatever becomes of the call, who logs out is logged out in this browser.
    if (target.kind === 'logout') this.options.cookie.clear(request, response);

    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    const outbox = target.kind === 'outbox' ? outboxPass(request, this.options.baseUrl) : null;
    const credentials = outbox === null ? this.credentials(request, target) : this.outboxCredentials(request, outbox);
    try {
      const answer = await this.options.client.call(
        {
          method: request.method,
          path: target.path + query,
          headers: { ...this.headers(request), ...credentials },
          body: hasBody(request) && !isSafe(request.method) ? boundedBody(request, this.options.bodyBytes) : null,
        },
        gone.signal,
      );
      if (outbox?.open === false && answer.statusCode !== 404) {
        await answer.body.dump();
        throw outboxClosed();
      }
      if (target.kind === 'login' && answer.statusCode === 200) await this.logIn(request, response, answer);
      else if (answer.statusCode === 403 && outbox === null && credentials['authorization'] !== undefined && request.method !== 'HEAD') await this.passRefusal(request, response, answer);
      else await this.passAnswer(response, answer, gone.signal);
    } catch (error) {
      // Nobody is there any more who could be answered.
      if (!gone.signal.aborted) throw error;
    }
  }

  /** Who the caller is to the api: the operator, this machine, or somebody whom it refuses because www passed the call on. */
  private outboxCredentials(request: Request, { authorization, local }: OutboxPass): Readonly<Record<string, string>> {
    if (local) return authorization === null ? {} : { authorization };
    return { 'x-forwarded-for': 'unknown', ...forwarded(request, this.options.baseUrl), ...(authorization === null ? {} : { authorization }) };
  }

  /** Who the caller is to the api: whose session the cookie holds. */
  private credentials(request: Request, target: ApiTarget): Readonly<Record<string, string>> {
    const { baseUrl, cookie } = this.options;
    if (target.kind === 'login') return forwarded(request, baseUrl);
    const token = cookie.read(request);
    return { ...forwarded(request, baseUrl), ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  }

  private headers(request: Request): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const name of TO_API) {
      const value = request.headers[name];
      if (typeof value === 'string') headers[name] = value;
    }
    const length = request.headers['content-length'];
    if (length !== undefined && hasBody(request) && !isSafe(request.method)) headers['content-length'] = length;
    return headers;
  }

  private async logIn(request: Request, response: Response, answer: ApiAnswer): Promise<void> {
    const { token, expires } = (parsed(await this.readText(answer)) ?? {}) as { readonly token?: unknown; readonly expires?: unknown };
    const until = new Date(typeof expires === 'string' ? expires : Number.NaN);
    if (typeof token !== 'string' || Number.isNaN(until.getTime())) throw new Problem(502, 'api_answer_invalid', 'The API of CAVE gave an answer that the web UI does not understand; are both of the same version?');
    this.options.cookie.set(request, response, token, until);
    sendBody(response, 200, JSON.stringify({ expires }), { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  }

  /** A refusal that says that the session is over takes the cookie with it. */
  private async passRefusal(request: Request, response: Response, answer: ApiAnswer): Promise<void> {
    const { 'content-length': _, ...head } = headOf(answer);
    const text = await this.readText(answer);
    if (SESSION_ENDED.has(codeOf(text))) this.options.cookie.clear(request, response);
    sendBody(response, answer.statusCode, text, head);
  }

  private async passAnswer(response: Response, answer: ApiAnswer, gone: AbortSignal): Promise<void> {
    response.writeHead(answer.statusCode, headOf(answer));
    answer.body.once('error', (error) => {
      if (!gone.aborted) this.options.client.failed(error);
    });
    // The status is out already: the browser sees that the answer broke off, the log has said why.
    await pipeline(answer.body, response).catch(() => undefined);
  }

  private async readText(answer: ApiAnswer): Promise<string> {
    try {
      return await answer.body.text();
    } catch (error) {
      throw this.options.client.failed(error);
    }
  }
}

/** The client's address and scheme, which the api believes where `trusted-proxies` holds www's address. */
function forwarded(request: Request, baseUrl: URL | null): Readonly<Record<string, string>> {
  return {
    ...(request.ip === undefined ? {} : { 'x-forwarded-for': request.ip }),
    // Plain http is not told: the api would refuse it, and www has judged it already.
    ...(isSecure(request, baseUrl) ? { 'x-forwarded-proto': 'https' } : {}),
  };
}

function headOf(answer: ApiAnswer): Record<string, string> {
  const head: Record<string, string> = { 'cache-control': 'no-store' };
  for (const name of FROM_API) {
    const value = answer.headers[name];
    if (value !== undefined) head[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return head;
}

function codeOf(text: string): unknown {
  return (parsed(text) as { readonly code?: unknown } | null | undefined)?.code;
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
