import type { Readable } from 'node:stream';
import type { Health, Logger } from '@cave/core';
import { Agent, errors, type Dispatcher } from 'undici';
import { Problem } from './problem.js';

const CONNECT_TIMEOUT_MS = 5_000;
/** Shorter than the runtime's own patience with a part. */
const HEALTH_TIMEOUT_MS = 2_000;
/** Open to everybody, and asks no other part: the healthcheck of a process that holds both would ask itself for ever. */
const HEALTH_PATH = '/_internal_/version';

export interface ApiClientOptions {
  /** Base URL of the api, without a trailing slash; read with each call. */
  readonly url: () => string;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

export interface ApiCall {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | null;
}

export type ApiAnswer = Dispatcher.ResponseData;

/** Calls the api over connections of its own. Says once in the log that the api is out of reach, and once that it is back. */
export class ApiClient {
  readonly #agent = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS } });
  #unreachable = false;

  constructor(private readonly options: ApiClientOptions) {}

  /** Resolves with the head of the answer. Throws 503 or 504 `api_unreachable`; rethrows what the body failed with, or the signal's reason. */
  async call(call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
    const { timeoutMs } = this.options;
    try {
      const answer = await this.#request(call, { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, signal });
      this.#reached();
      return answer;
    } catch (error) {
      if (error instanceof Problem || signal.aborted) throw error;
      throw this.failed(error);
    }
  }

  /** Takes note that the api failed, also in the midst of an answer. */
  failed(error: unknown): Problem {
    const slow = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
    if (!this.#unreachable) {
      this.#unreachable = true;
      this.options.logger.warn('api_unreachable', { url: this.options.url(), slow, error });
    }
    return slow
      ? new Problem(504, 'api_unreachable', 'The API of CAVE takes too long to answer. If you were changing something, look whether it was done before you try again.', {}, { cause: error })
      : new Problem(503, 'api_unreachable', 'The web UI cannot reach the API of CAVE at the moment. Please try again shortly; if you were changing something, look first whether it was done.', { 'Retry-After': '5' }, { cause: error });
  }

  /** Whether something answers at the api's address; how the api itself is, its own healthcheck tells. Never rejects. */
  async health(): Promise<Health> {
    try {
      const call = { method: 'GET', path: HEALTH_PATH, headers: { accept: 'application/json' }, body: null };
      const { statusCode, body } = await this.#request(call, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
      await body.dump();
      // A proxy before an api that is gone answers 502 to 504; one that hides the path is none of those.
      if (statusCode >= 500) return { healthy: false, detail: `The api at ${this.options.url()} answers with status ${statusCode}.` };
      this.#reached();
      return { healthy: true };
    } catch (error) {
      return { healthy: false, detail: `The api at ${this.options.url()} cannot be reached: ${reasonOf(error)}.` };
    }
  }

  /** Lets calls under way finish; cuts them off when the signal fires. */
  async close(signal: AbortSignal): Promise<void> {
    const cut = (): void => void this.#agent.destroy();
    signal.addEventListener('abort', cut, { once: true });
    try {
      await (signal.aborted ? this.#agent.destroy() : this.#agent.close());
    } finally {
      signal.removeEventListener('abort', cut);
    }
  }

  #request({ method, path, headers, body }: ApiCall, options: Pick<Dispatcher.RequestOptions, 'headersTimeout' | 'bodyTimeout' | 'signal'>): Promise<ApiAnswer> {
    // The base URL may have a path, behind which a proxy keeps the api.
    const { origin, pathname } = new URL(this.options.url());
    return this.#agent.request({ origin, path: `${pathname.replace(/\/+$/, '')}${path}`, method, headers, body, ...options });
  }

  #reached(): void {
    if (!this.#unreachable) return;
    this.#unreachable = false;
    this.options.logger.info('api_reachable', { url: this.options.url() });
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return String(code ?? message ?? error);
}
