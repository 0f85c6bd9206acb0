import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { problem } from './http.js';
import { isLoopbackAddress, namesThisMachine } from './this-machine.js';

/**
 * Opens operator routes to the holder of the operator token, or, where none is configured, to
 * callers on this machine, by one of its loopback names. A request that a proxy passed on is not
 * from this machine, however near the proxy is, unless the proxy is trusted and names a loopback
 * client. `tokenKey` is the setting that gives the token, for the sentence of a refusal.
 */
export function operatorGuard(token: string | undefined, tokenKey: string): RequestHandler {
  return (request, response, next) => {
    if (token === undefined ? fromLoopback(request) : presents(request, token)) {
      next();
      return;
    }
    const given = request.headers.authorization !== undefined;
    const status = token !== undefined && !given ? 401 : 403;
    if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="cave"');
    const detail = token === undefined
      ? `This address answers callers on the same machine only, by a loopback name. Set ${tokenKey} to open it to others.`
      : 'This address needs the operator token.';
    problem(response, status, 'operator_only', detail);
  };
}

function fromLoopback(request: Request): boolean {
  const proxied = request.headers['x-forwarded-for'] !== undefined || request.headers['forwarded'] !== undefined;
  const client = request.ip ?? '';
  // With a trusted proxy Express answers the client's address here, else the peer's.
  if (proxied && client === request.socket.remoteAddress) return false;
  return isLoopbackAddress(client) && namesThisMachine(request.headers.host);
}

/** `Authorization: Bearer T`, or T as the user name of Basic. */
function presents(request: Request, token: string): boolean {
  const [scheme = '', value = ''] = (request.headers.authorization ?? '').split(' ');
  const given = scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString().split(':')[0] ?? '' : scheme.toLowerCase() === 'bearer' ? value : '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
