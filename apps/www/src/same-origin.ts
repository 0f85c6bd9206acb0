import type { Request } from 'express';
import { Problem } from './problem.js';
import { authorityOf } from './request-origin.js';

/** Other sites cannot send it: a browser asks with a preflight first, which nobody here answers. */
const CSRF_HEADER = 'x-cave-csrf';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none']);
const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

export function isSafe(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/** A body follows the headers of this request. */
export function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/**
 * Refuses what another site made the browser send. Throws 403 `cross_site`, or 415 for a body
 * that is no JSON (an HTML form cannot send JSON).
 *
 * A call that changes something needs the header and, by `Sec-Fetch-Site` or else by `Origin`,
 * our own origin; browsers leave Sec-Fetch-Site out of plain http. Reading is refused only to
 * callers that say they are another site: what they could not read anyway costs the api nothing.
 */
export function refuseOtherSites(request: Request, baseUrl: URL | null): void {
  const site = header(request, 'sec-fetch-site');
  if (isSafe(request.method)) {
    if (site !== undefined && !OWN_SITE.has(site)) throw crossSite('Another site asked for this; only pages of this web UI may.');
    return;
  }
  if (header(request, CSRF_HEADER) !== '1') throw crossSite('The header "X-CAVE-CSRF: 1" is missing; only the web UI itself changes things at this address. Programs use the HTTP API.');
  const own = site === undefined ? isOwnOrigin(request, baseUrl) : OWN_SITE.has(site);
  if (!own) throw crossSite('This did not come from a page of this web UI. Behind a proxy, set "www.base-url" to the address that browsers use.');
  if (hasBody(request) && !JSON_TYPE.test(header(request, 'content-type') ?? '')) {
    throw new Problem(415, 'unsupported_media_type', 'The body must be JSON; send it with "Content-Type: application/json".');
  }
}

/**
 * Compares host and port. The scheme is left out: www knows the browser's only where a trusted
 * proxy tells it, and the session cookie is SameSite by scheme already.
 */
function isOwnOrigin(request: Request, baseUrl: URL | null): boolean {
  const text = header(request, 'origin');
  if (text === undefined || !/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const origin = new URL(text);
  if (origin.origin === baseUrl?.origin) return true;
  const own = authorityOf(request);
  return own !== null && origin.hostname === own.hostname && portOf(origin) === (own.port === '' ? defaultPort(origin) : own.port);
}

function portOf(url: URL): string {
  return url.port === '' ? defaultPort(url) : url.port;
}

function defaultPort(url: URL): string {
  return url.protocol === 'https:' ? '443' : '80';
}

function header(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function crossSite(detail: string): Problem {
  return new Problem(403, 'cross_site', detail);
}
