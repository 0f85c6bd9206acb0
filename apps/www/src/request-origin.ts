import type { Request } from 'express';
import { parseAuthority } from '@cave/app-runtime';

/** Whether the browser speaks https: a trusted proxy says so, or the public address does. */
export function isSecure(request: Request, baseUrl: URL | null): boolean {
  return request.secure || baseUrl?.protocol === 'https:';
}

/**
 * Host and port as the browser knows them: the Host header or, behind trusted proxies, the
 * forwarded one. Null where that is no host.
 */
export function authorityOf(request: Request): URL | null {
  // Express's types lag behind: it answers undefined where there is no Host header.
  const host = request.host as string | undefined;
  return host === undefined ? null : parseAuthority(host);
}

/** What tells that a proxy passed a request on. */
const PROXIED = /^(?:x-forwarded-.*|forwarded|via|x-real-ip)$/;

export function wasProxied(request: Request): boolean {
  return Object.keys(request.headers).some((name) => PROXIED.test(name));
}
