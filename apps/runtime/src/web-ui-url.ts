import type { ServiceContext } from './service.js';

/** Where www listens unless it is told otherwise. */
const DEFAULT_WWW_URL = 'http://127.0.0.1:7002';

/** Where people reach the web UI, for links: `www.base-url`, else where www listens in this process, else where it does by default. */
export function webUiUrl(context: Pick<ServiceContext, 'base' | 'urlOf'>): string {
  return (context.base['www.base-url'] as string | undefined) ?? context.urlOf('www') ?? DEFAULT_WWW_URL;
}
