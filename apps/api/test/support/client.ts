import { request } from 'node:http';
import type { Route } from '../../src/index.js';
import type { Answered } from './answered.js';
import type { ResponseContract } from './response-contract.js';

export interface CallOptions {
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Speaks HTTP with the api under test; every answer is held against the OpenAPI document. */
export class Client {
  constructor(
    readonly url: string,
    private readonly contract: ResponseContract,
  ) {}

  async call(method: string, path: string, options: CallOptions = {}): Promise<Answered> {
    const raw = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const answered = await this.send(method, path, raw, {
      ...(raw === undefined ? {} : { 'content-type': 'application/json' }),
      ...(raw === undefined || options.headers?.['transfer-encoding'] !== undefined ? {} : { 'content-length': String(Buffer.byteLength(raw)) }),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    });
    this.contract.check(method, path, answered);
    return answered;
  }

  private send(method: string, path: string, raw: string | Buffer | undefined, headers: Record<string, string>): Promise<Answered> {
    const { hostname, port } = new URL(this.url);
    return new Promise((resolve, reject) => {
      const outgoing = request({ hostname, port, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(raw);
    });
  }
}

/** Fills the parameters of a route's path. */
export function pathOf(route: Pick<Route, 'path'>, params: Readonly<Record<string, string>>): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`no value for {${name}} of ${route.path}`);
    return encodeURIComponent(value);
  });
}
