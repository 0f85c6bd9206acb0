import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Answered } from './answered.js';

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`, as JSON by its type unless `headers` say otherwise. */
  readonly raw?: string | Buffer;
  /** Beside those that a page of the web UI sends; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Speaks to www as a page of it does in a browser: with its cookies, origin and CSRF header. */
export class Browser {
  constructor(
    readonly url: string,
    /** By name, as `Set-Cookie` left them. Browsers share them between all ports of a host. */
    readonly cookies = new Map<string, string>(),
  ) {}

  call(method: string, path: string, options: CallOptions = {}): Promise<Answered> {
    const raw = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    return new Promise((resolve, reject) => {
      const outgoing = this.open(method, path, raw, options.headers, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve(answered(response, Buffer.concat(chunks))));
      });
      outgoing.on('error', reject);
      outgoing.end(raw);
    });
  }

  /** A request whose body is still to be written, and which may be broken off. */
  open(method: string, path: string, raw: string | Buffer | undefined, headers: CallOptions['headers'], onResponse: (response: IncomingMessage) => void): ClientRequest {
    const { host, hostname, port } = new URL(this.url);
    const sent: Record<string, string | undefined> = {
      host,
      ...(this.cookies.size === 0 ? {} : { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
      ...(['GET', 'HEAD'].includes(method) ? {} : { 'x-cave-csrf': '1', origin: `http://${host}` }),
      ...(raw === undefined ? {} : { 'content-type': 'application/json' }),
      ...(raw === undefined || headers?.['transfer-encoding'] !== undefined ? {} : { 'content-length': String(Buffer.byteLength(raw)) }),
      ...headers,
    };
    const given = Object.fromEntries(Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined));
    return request({ hostname, port, method, path, headers: given, agent: false }, (response) => {
      for (const line of response.headers['set-cookie'] ?? []) this.keep(line);
      onResponse(response);
    });
  }

  private keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/; Max-Age=0;/.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

function answered(response: IncomingMessage, body: Buffer): Answered {
  const text = body.toString('utf8');
  const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
  return { status: response.statusCode ?? 0, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}
