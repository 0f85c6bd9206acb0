import { STATUS_CODES, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CaveError, type Logger } from '@cave/core';
import express, { type Application, type NextFunction, type Request, type Response, type Router } from 'express';
import { Connections } from './connections.js';

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  /** Key that set the port, for the sentence when it is taken. */
  readonly portKey: string;
  readonly trustedProxies: readonly string[];
  readonly internal: Router;
  readonly logger: Logger;
  /** Mounted at `/`, in order. */
  readonly apps: readonly (Application | Router)[];
}

export interface Listening {
  /** With the host as it was configured, which may stand for every address of this machine. */
  readonly url: string;
  /** As this machine reaches it. */
  readonly localUrl: string;
  /** Accepts nothing new; resolves when every request is answered, or the signal fired. */
  close(signal: AbortSignal): Promise<void>;
}

/** Binds the port and serves. Throws `configuration` when the address cannot be bound. */
export async function listen(options: HttpOptions): Promise<Listening> {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', options.trustedProxies.length === 0 ? false : [...options.trustedProxies]);
  app.use('/_internal_', options.internal);
  for (const one of options.apps) app.use(one);
  app.use((request, response) => {
    problem(response, 404, 'not_found', `There is no ${request.method} ${request.path} here.`);
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    options.logger.error('request_failed', { error });
    if (response.headersSent) next(error);
    else problem(response, 500, 'internal', 'Something went wrong inside CAVE; its log says what.');
  });
  const server = createServer(app);
  const connections = new Connections(server);
  await bind(server, options);
  const { port } = server.address() as AddressInfo;
  return { url: urlAt(options.host, port), localUrl: localUrlAt(options.host, port), close: (signal) => close(server, connections, signal) };
}

/** Under which URL this machine reaches what listens on a host and port: by loopback where the host stands for every address. */
export function localUrlAt(host: string, port: number): string {
  // Node's sockets for every address of IPv6 take IPv4 too, and a container may have no other loopback.
  return urlAt(/^(?:[0.]+|[0:]+)$/.test(host) ? '127.0.0.1' : host, port);
}

function urlAt(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** An answer by RFC 9457. */
export function problem(response: Response, status: number, code: string, detail: string): void {
  response.status(status).type('application/problem+json').send(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code, detail }));
}

function bind(server: Server, { host, port, portKey }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE'
        ? `Port ${port} on ${host} is taken by another process; set ${portKey} to another one, or to 0 for any free one.`
        : `CAVE cannot listen on ${host} port ${port} (${portKey}): ${error.message}.`;
      reject(new CaveError('configuration', why, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

async function close(server: Server, connections: Connections, signal: AbortSignal): Promise<void> {
  const cut = (): void => server.closeAllConnections();
  signal.addEventListener('abort', cut, { once: true });
  try {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      connections.endIdle();
      if (signal.aborted) cut();
    });
  } finally {
    signal.removeEventListener('abort', cut);
  }
}
