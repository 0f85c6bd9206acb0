import { CaveError, toCaveError, type Logger, type Telemetry } from '@cave/core';
import express, { Router, type Application, type Request, type Response } from 'express';
import proxyaddr from 'proxy-addr';
import type { AccessControl } from './access.js';
import { JsonBodyReader, type BodyLimits } from './json-body.js';
import { toProblem } from './problem.js';
import type { Reply, Route } from './route.js';
import { refuseUnstorableText } from './text.js';
import { parseQuery, Validators, type Check } from './validation.js';

export interface HttpOptions {
  readonly routes: readonly Route[];
  readonly access: AccessControl;
  readonly limits: BodyLimits;
  /** Addresses or CIDR ranges whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Without a trailing slash. A function, because port 0 is known only once it is bound. */
  readonly baseUrl: () => string;
  /** Called after each request that may have changed the configuration, so that its outbox rows need not wait. */
  readonly onChange: () => void;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

export interface Http {
  /** The public routes, and 404 for everything else. */
  readonly app: Application;
  /** Routes below `/_internal_/`, to be mounted there; unknown paths are left to whoever comes next. */
  readonly internal: Router;
}

const INTERNAL = '/_internal_';

/** Serves routes with Express. Everything a route declares is enforced here, the same way for all. */
export function createHttp(options: HttpOptions): Http {
  const server = new Server(options);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.use(requireHttps);
  const internal = Router();
  internal.use(requireHttps);
  for (const [path, routes] of groupByPath(options.routes)) {
    const isInternal = path.startsWith(`${INTERNAL}/`);
    server.mount(isInternal ? internal : app, isInternal ? path.slice(INTERNAL.length) : path, routes);
  }
  app.use((request, response) => {
    sendProblem(request, response, new CaveError('not_found', 'There is nothing at this path; /docs lists what there is.', { reason: 'unknown_route' }));
  });
  const onError = (error: unknown, request: Request, response: Response, _next: unknown): void => server.fail(error, request, response, 'unknown');
  app.use(onError);
  internal.use(onError);
  return { app, internal };
}

function groupByPath(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const group = groups.get(route.path) ?? [];
    if (group.some((other) => other.method === route.method)) {
      throw new CaveError('internal', `The route ${route.method} ${route.path} is defined twice.`);
    }
    groups.set(route.path, [...group, route]);
  }
  return groups;
}

interface Checks {
  readonly query: Check | null;
  readonly body: Check | null;
  readonly hasBody: boolean;
}

class Server {
  private readonly validators = new Validators();
  private readonly bodies: JsonBodyReader;
  private readonly trust: (address: string, hop: number) => boolean;

  constructor(private readonly options: HttpOptions) {
    this.bodies = new JsonBodyReader(options.limits);
    this.trust = proxyaddr.compile([...options.trustedProxies]);
  }

  mount(router: Application | Router, path: string, routes: readonly Route[]): void {
    const methods = routes.flatMap((route) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
    const allow = [...methods, 'OPTIONS'].join(', ');
    const target = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const route of routes) {
      const checks = this.compile(route);
      const serve = (request: Request, response: Response): Promise<void> => this.serve(route, checks, request, response);
      switch (route.method) {
        case 'GET': target.get(serve); break;
        case 'POST': target.post(serve); break;
        case 'PATCH': target.patch(serve); break;
        case 'DELETE': target.delete(serve); break;
      }
    }
    target.all((request: Request, response: Response) => {
      if (request.method === 'OPTIONS') send(request, response, { status: 204, headers: { Allow: allow } });
      else sendProblem(request, response, new CaveError('invalid_argument', `${request.method} is not possible here; try ${methods.join(', ')}.`, { reason: 'method_not_allowed', details: { headers: { Allow: allow } } }));
    });
  }

  private compile(route: Route): Checks {
    return {
      query: route.query === undefined ? null : this.validators.query(route.query),
      body: route.body === undefined || route.bodyValidation === 'own' ? null : this.validators.body(route.body),
      hasBody: route.body !== undefined,
    };
  }

  private async serve(route: Route, checks: Checks, request: Request, response: Response): Promise<void> {
    const started = performance.now();
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    try {
      const reply = await this.answer(route, checks, request, response, gone.signal);
      send(request, response, reply);
    } catch (error) {
      this.fail(error, request, response, route.operationId);
    }
    this.options.telemetry.count('cave_api_requests_total', 1, { route: route.operationId, status: String(response.statusCode) });
    this.options.telemetry.observe('cave_api_request_seconds', (performance.now() - started) / 1000, { route: route.operationId });
  }

  private async answer(route: Route, checks: Checks, request: Request, response: Response, signal: AbortSignal): Promise<Reply> {
    const params = request.params as Record<string, string>;
    refuseUnstorableText(params, 'path');
    const clientAddress = request.socket.remoteAddress === undefined ? 'unknown' : proxyaddr(request, this.trust);
    const grant = await this.options.access.grant(route, request, params, clientAddress);
    let query: unknown;
    if (checks.query !== null) {
      query = parseQuery(request.originalUrl);
      refuseUnstorableText(query, 'query');
      checks.query(query);
    }
    let body: unknown;
    if (checks.hasBody) {
      body = await this.bodies.parse(request, response);
      if (checks.body !== null) {
        refuseUnstorableText(body, 'body');
        checks.body(body);
      }
    }
    const context = {
      ...grant,
      params,
      query,
      body,
      clientAddress,
      signal,
      path: pathOf(request),
      rawQuery: request.originalUrl.slice(pathOf(request).length + 1),
      baseUrl: this.options.baseUrl(),
    };
    // `grant` holds what the route's access rule promises its handler; see Granted.
    const reply = await route.handle(context);
    if (route.method !== 'GET' && route.access.kind !== 'tenant_token') this.options.onChange();
    return reply;
  }

  fail(thrown: unknown, request: Request, response: Response, operation: string): void {
    const error = thrown instanceof URIError ? new CaveError('invalid_argument', 'The path holds a "%" that is not followed by two hexadecimal digits; write it as %25.', { reason: 'invalid_request' }) : toCaveError(thrown);
    const problem = toProblem(error);
    if (problem.status >= 500 && error.code !== 'aborted') {
      const fields = { operation, code: error.code, message: error.message, stack: error.code === 'internal' ? (error.cause instanceof Error ? error.cause.stack : error.stack) : undefined };
      if (problem.status === 500) this.options.logger.error('request_failed', fields);
      else this.options.logger.warn('request_failed', fields);
    }
    if (response.headersSent || response.destroyed) return;
    sendProblem(request, response, error);
  }
}

function requireHttps(request: Request, response: Response, next: () => void): void {
  const forwarded = request.headers['x-forwarded-proto'];
  const first = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(',', 1)[0]?.trim().toLowerCase();
  if (first !== 'http') {
    next();
    return;
  }
  sendProblem(request, response, new CaveError('forbidden', `Send your requests to https://${request.headers.host ?? ''}.`, { reason: 'https_required' }));
}

function pathOf(request: Request): string {
  const [path] = request.originalUrl.split('?', 1);
  return path ?? '/';
}

function sendProblem(request: Request, response: Response, error: CaveError): void {
  const problem = toProblem(error);
  send(request, response, { status: problem.status, body: problem.body, headers: { ...problem.headers, 'Content-Type': 'application/problem+json' } });
}

function send(request: Request, response: Response, reply: Reply): void {
  // Answers hold secrets and tenants' data: no cache keeps them, no browser guesses their type.
  const headers: Record<string, string> = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', ...reply.headers };
  if (reply.body === undefined) {
    if (reply.status !== 204) headers['Content-Length'] = '0';
    response.writeHead(reply.status, headers).end();
    return;
  }
  headers['Content-Type'] ??= 'application/json';
  const raw = Buffer.isBuffer(reply.body) ? reply.body : JSON.stringify(reply.body);
  headers['Content-Length'] = String(Buffer.byteLength(raw));
  response.writeHead(reply.status, headers);
  if (request.method === 'HEAD') response.end();
  else response.end(raw);
}
