import { Problem } from './problem.js';

/** Where a call of the browser goes, and what www has to do about it. */
export interface ApiTarget {
  /** Path of the api, in the one way of writing it that www uses. */
  readonly path: string;
  /** `session`: with the token of the cookie, and nothing else to do. */
  readonly kind: 'session' | 'login' | 'logout' | 'outbox';
}

// The api's router does not heed the case of letters, so that neither do these.
const LOGIN = /^\/users\/login$/i;
const LOGOUT = /^\/users\/logout$/i;
const PUBLISH = /^\/organizations\/[^/]+(?:\/teams\/[^/]+)?\/metrics$/i;
const OUTBOX = /^\/_internal_\/outbox$/;
const CLUSTER = /^\/_internal_\/organizations\/[^/]+(?:\/teams\/[^/]+)?\/cluster$/;
const USER_FACING = /^(?:\/users\/.+|\/organizations(?:\/.+)?|\/status|\/openapi\.json)$/;

/**
 * Where `GET /users/info` and the like lead. `path` is what follows `/api` in the request's
 * target, as it came over the line. Throws 400 for paths that could mean two things, 403 for
 * publishing, 404 for what is not for browsers: operator routes, and whatever the api may have
 * that is not named here.
 */
export function targetOf(method: string, path: string): ApiTarget {
  const canonical = canonicalPath(path);
  const reads = method === 'GET' || method === 'HEAD';
  if (method === 'POST' && LOGIN.test(canonical)) return { path: canonical, kind: 'login' };
  if (method === 'POST' && LOGOUT.test(canonical)) return { path: canonical, kind: 'logout' };
  if (reads && OUTBOX.test(canonical)) return { path: canonical, kind: 'outbox' };
  if (PUBLISH.test(canonical) && !reads && method !== 'OPTIONS') {
    throw new Problem(403, 'tenant_token_needed', 'Points are published to the HTTP API itself, with a tenant token; a session of the web UI does not publish.');
  }
  if (USER_FACING.test(canonical) || ((reads || method === 'POST') && CLUSTER.test(canonical))) return { path: canonical, kind: 'session' };
  throw new Problem(404, 'unknown_route', 'The web UI passes nothing on at this path; the HTTP API describes its own at /docs.');
}

/**
 * Decodes each segment once and writes it anew, so that what was judged is what is sent. One
 * slash at the end is dropped, as the api drops it.
 */
function canonicalPath(path: string): string {
  if (!path.startsWith('/')) throw invalid('must begin with "/"');
  const segments = path.replace(/(?<=.)\/$/, '').slice(1).split('/').map(decode);
  segments.forEach((segment, index) => {
    if (segment === '') throw invalid('holds an empty part ("//")');
    const inner = segment.split(/[/\\]/);
    // A metric's name may hold slashes. Anywhere else an escaped one is there to deceive.
    if (inner.length > 1 && segments[index - 1] !== 'metric-names') throw invalid('holds an escaped slash');
    if (inner.some((part) => part === '.' || part === '..')) throw invalid('holds "." or ".."');
    if (/\p{Cc}/u.test(segment)) throw invalid('holds a control character');
  });
  return `/${segments.map(encodeURIComponent).join('/')}`;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalid('holds a "%" that does not begin an escaped UTF-8 character; write it as %25');
  }
}

function invalid(what: string): Problem {
  return new Problem(400, 'invalid_path', `The path ${what}.`);
}
