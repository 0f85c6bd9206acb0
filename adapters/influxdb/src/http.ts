import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { InfluxDB, type Transport } from '@influxdata/influxdb-client';
import { CaveError, throwIfAborted, toCaveError } from '@cave/core';
import { requestError } from './errors.js';

export interface HttpSettings {
  readonly url: string;
  /** Value of the Authorization header; null: none. */
  readonly authorization: string | null;
  readonly gzip: boolean;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: string | Buffer;
  readonly contentType?: string;
  /** All of the request, answer included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Given the answer's bytes as they come; what it throws ends the request. Absent: they are in the reply. */
  readonly onData?: (bytes: Buffer) => void;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

const GZIP_FROM_BYTES = 1_000;

type Ending = 'time-out' | 'caller' | 'close';

/**
 * Requests by the vendor client's transport, on connections that are kept. What the transport
 * lacks is here: a deadline that also ends the connection, and classified errors.
 */
export class Http {
  readonly place: string;
  readonly #transport: Transport;
  readonly #agent: HttpAgent;
  readonly #gzip: boolean;
  readonly #endings = new Set<(why: Ending) => void>();
  #closed = false;

  constructor(settings: HttpSettings) {
    const url = new URL(settings.url);
    this.place = `${url.hostname}:${url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port}`;
    this.#agent = url.protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
    this.#gzip = settings.gzip;
    const client = new InfluxDB({
      url: settings.url,
      timeout: 0, // the transport's own only tells, and leaves the connection open
      headers: settings.authorization === null ? {} : { authorization: settings.authorization },
      transportOptions: { agent: this.#agent },
    });
    this.#transport = client.transport;
  }

  /** Rejects with a core error; status 300 and above is one. */
  async send(request: HttpRequest): Promise<HttpReply> {
    throwIfAborted(request.signal);
    if (this.#closed) throw new CaveError('closed', `The connection to InfluxDB at ${this.place} is closed.`);
    const control = new AbortController();
    let ending: Ending | null = null;
    const end = (why: Ending): void => {
      ending ??= why;
      control.abort();
    };
    const onAbort = (): void => end('caller');
    const timer = setTimeout(() => end('time-out'), request.timeoutMs);
    request.signal?.addEventListener('abort', onAbort, { once: true });
    this.#endings.add(end);
    try {
      return await this.#exchange(request, control);
    } catch (error) {
      throw this.#classify(error, ending, request);
    } finally {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
      this.#endings.delete(end);
    }
  }

  /** Ends what is under way with `aborted`, and all connections. */
  close(): void {
    this.#closed = true;
    for (const end of [...this.#endings]) end('close');
    this.#agent.destroy();
  }

  #exchange(request: HttpRequest, control: AbortController): Promise<HttpReply> {
    const headers: Record<string, string> = { 'content-type': request.contentType ?? 'text/plain; charset=utf-8', accept: 'application/json' };
    const gzip = this.#gzip && request.onData === undefined ? { gzipThreshold: GZIP_FROM_BYTES } : {};
    return new Promise((resolve, reject) => {
      let status = 0;
      let replyHeaders: HttpReply['headers'] = {};
      const chunks: Buffer[] = [];
      const take = request.onData ?? ((bytes: Buffer): void => void chunks.push(bytes));
      let refused = false;
      // Declared as text, which the transport makes bytes of by Buffer.from; that takes bytes as well.
      const body = (request.body ?? '') as string;
      this.#transport.send(request.path, body, { method: request.method, headers, signal: control.signal, ...gzip }, {
        responseStarted: (received, code) => {
          status = code ?? 0;
          replyHeaders = received;
        },
        next: (bytes) => {
          if (refused) return;
          try {
            take(bytes as Buffer);
          } catch (error) {
            refused = true;
            reject(toCaveError(error));
            // Not at once: were this the last of the answer, Node would be between two owners of
            // the connection, and its error nobody's.
            setImmediate(() => control.abort());
          }
        },
        complete: () => resolve({ status, headers: replyHeaders, text: Buffer.concat(chunks).toString() }),
        error: reject,
      });
    });
  }

  #classify(error: unknown, ending: Ending | null, request: HttpRequest): CaveError {
    switch (ending) {
      case 'time-out':
        return new CaveError('unavailable', `InfluxDB at ${this.place} did not answer within ${request.timeoutMs} ms.`, { cause: error, reason: 'time_out' });
      case 'caller':
        return new CaveError('aborted', 'The call was aborted.', { cause: request.signal?.reason });
      case 'close':
        return new CaveError('aborted', 'The metrics store was closed before the call had finished.', { cause: error });
      case null:
        return requestError(error, this.place);
    }
  }
}
