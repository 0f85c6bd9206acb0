import type { Logger } from '@cave/core';
import { Router, type Request, type Response } from 'express';
import type { ApiProxy } from './api-proxy.js';
import type { ClientFiles } from './client-files.js';
import { ClientPage, isPageAddress } from './client-page.js';
import { Problem, sendProblem } from './problem.js';
import { setSecurityHeaders } from './security-headers.js';

export interface WwwOptions {
  readonly proxy: ApiProxy;
  readonly files: ClientFiles;
  /** Where programs reach the api, as far as it is known; see publicApiUrl. */
  readonly publicApiUrl: (request: Request) => string | null;
  readonly logger: Logger;
}

const API = '/api';

/**
 * Everything that www serves: the api below `/api`, the client elsewhere. A router rather than
 * an application of its own, so that the runtime's trusted proxies are its own too. It answers
 * every request; nothing is left to whoever comes next.
 */
export function createWww({ files, logger, proxy, publicApiUrl }: WwwOptions): Router {
  const page = new ClientPage(files.index);
  const router = Router();
  router.use(async (request: Request, response: Response) => {
    setSecurityHeaders(request, response);
    try {
      requireHttps(request);
      // The target as it came over the line: what Express makes of it might be another one.
      const target = request.originalUrl;
      const path = target.split('?', 1)[0] ?? '';
      if (path === API || path.startsWith(`${API}/`)) await proxy.pass(request, response, target.slice(API.length));
      else serveClient(path, request, response);
    } catch (error) {
      fail(error, request, response);
    }
  });

  function serveClient(path: string, request: Request, response: Response): void {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new Problem(405, 'method_not_allowed', `${request.method} is not possible here; the API is below ${API}/.`, { Allow: 'GET, HEAD' });
    if (path === '/' || path === '/index.html') page.send(response, publicApiUrl(request));
    else if (!files.serve(path, request, response)) {
      if (!path.startsWith('/') || !isPageAddress(path, request)) throw new Problem(404, 'not_found', 'There is no such file; the web UI begins at "/".');
      page.send(response, publicApiUrl(request));
    }
  }

  function fail(error: unknown, request: Request, response: Response): void {
    const problem = error instanceof Problem ? error : new Problem(500, 'internal', 'The web UI met an error of its own. It has been logged; please try again later.');
    if (problem.status === 500) logger.error('request_failed', { method: request.method, error });
    if (response.destroyed) return;
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem);
  }
  return router;
}

/** As the api does it, whoever says that the browser came by plain http. */
function requireHttps(request: Request): void {
  const [first] = String(request.headers['x-forwarded-proto'] ?? '').split(',', 1);
  if (first?.trim().toLowerCase() !== 'http') return;
  throw new Problem(403, 'https_required', `Open https://${request.headers.host ?? ''} instead.`);
}
