import { isLoopbackAddress, isLoopbackHost, parseAuthority } from '@cave/app-runtime';
import type { Request } from 'express';
import { Problem } from './problem.js';
import { wasProxied } from './request-origin.js';

/** With what a call for the outbox goes to the api. */
export interface OutboxPass {
  /** Whoever asks may see the mails, as far as www can tell; otherwise only whether there is an outbox at all. */
  readonly open: boolean;
  /** The browser is on this machine: the call goes out as this machine's own. */
  readonly local: boolean;
  /** The operator token as the page sent it. */
  readonly authorization: string | null;
}

/**
 * Mails in the outbox hold links that open accounts, so that www must not become the loopback
 * caller whom the api trusts: only a browser on the machine itself, or the holder of the operator
 * token, gets them.
 */
export function outboxPass(request: Request, baseUrl: URL | null): OutboxPass {
  const local = isOnThisMachine(request, baseUrl);
  const given = request.headers.authorization;
  const authorization = given !== undefined && /^Bearer [\x21-\x7e]+$/i.test(given) ? given : null;
  return { open: local || authorization !== null, local, authorization };
}

/** The answer to everybody else, where there is an outbox: 403 `operator_only`. */
export function outboxClosed(): Problem {
  return new Problem(403, 'operator_only', 'The outbox holds links that open accounts. Open the web UI on the machine that CAVE runs on, by a loopback address, or enter the operator token ("api-service.operator-token").');
}

/**
 * The peer alone does not tell. A proxy on this machine connects from loopback too: its headers
 * betray it and, because www itself speaks no https, so does a public address that is https.
 * And a page of another host reaches this one once its name resolves to loopback (DNS
 * rebinding), but it cannot choose the Host header.
 */
function isOnThisMachine(request: Request, baseUrl: URL | null): boolean {
  if (!isLoopbackAddress(request.socket.remoteAddress) || wasProxied(request) || baseUrl?.protocol === 'https:') return false;
  const host = parseAuthority(request.headers.host ?? '');
  return host !== null && (isLoopbackHost(host.hostname) || host.hostname === baseUrl?.hostname);
}
