import type { Request } from 'express';
import { isLoopbackHost } from '@cave/app-runtime';
import { authorityOf } from './request-origin.js';

/**
 * Where programs reach the api, for the commands that pages show: its public address where that
 * is set, else the one that www uses. Null where that is loopback and the browser is elsewhere,
 * to whom it would be another machine.
 */
export function publicApiUrl(request: Request, configured: string | null, used: string): string | null {
  if (configured !== null) return configured;
  const onThisMachine = isLoopbackHost(authorityOf(request)?.hostname ?? '');
  return onThisMachine || !isLoopbackHost(new URL(used).hostname) ? used : null;
}
