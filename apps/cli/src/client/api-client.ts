import { ConnectionError, toApiError } from './api-error.js';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface ApiRequest {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Parameters that are `undefined` are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly signal?: AbortSignal;
}

/** A request that takes longer has failed: the api bounds its own work well below this. */
const TIMEOUT_MS = 60_000;

/**
 * CAVE's HTTP API for one caller. Nothing is retried: whether a repetition is harmless, only
 * the caller knows.
 */
export class ApiClient {
  /** @param token a session token, or to publish, a tenant token; null for routes open to anyone. */
  constructor(
    readonly url: string,
    private readonly token: string | null,
  ) {}

  withToken(token: string | null): ApiClient {
    return new ApiClient(this.url, token);
  }

  /**
   * The parsed body of a 2xx answer; undefined where it is empty. `path` begins with `/` and is
   * escaped. Throws ApiError for any other status, ConnectionError without an answer.
   */
  async call<T = undefined>(method: Method, path: string, request: ApiRequest = {}): Promise<T> {
    const query = Object.entries(request.query ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeURIComponent(String(value))}`]));
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const { response, text } = await this.answer(`${this.url}${path}${query.length === 0 ? '' : `?${query.join('&')}`}`, {
      method,
      signal: request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]),
      headers: {
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    const body = parsed(text);
    if (!response.ok) throw toApiError(method, path, response, body);
    return body as T;
  }

  private async answer(url: string, init: RequestInit): Promise<{ readonly response: Response; readonly text: string }> {
    try {
      const response = await fetch(url, init);
      return { response, text: await response.text() };
    } catch (error) {
      throw new ConnectionError(this.url, error);
    }
  }
}

/** What is not JSON (the page of a proxy, perhaps) is left to the status to tell. */
function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
