import type { Request, Response } from 'express';
import { contentSecurityPolicy, newNonce } from './content-security-policy.js';
import { sendBody } from './problem.js';

/**
 * Whether the page answers at a path at which there is no file, so that an address from the
 * browser's bar, a bookmark or a mail works. Metrics have dots in their names, so that a dot
 * alone does not make a file: who asks for a page by name gets it below the first level too,
 * whereas a script or an image that is missing is missed.
 */
export function isPageAddress(path: string, request: Request): boolean {
  if (!request.accepts('text/html')) return false;
  const parts = path.split('/').slice(1);
  if (!(parts.at(-1) ?? '').includes('.')) return parts[0] !== 'assets';
  return parts.length > 1 && parts[0] !== 'assets' && /\btext\/html\b/i.test(request.headers.accept ?? '');
}

/** Serves index.html with what the client is told: a nonce of its own for its style elements, and where programs reach the api. */
export class ClientPage {
  private readonly beforeHeadEnd: string;
  private readonly rest: string;

  constructor(index: string) {
    const at = index.indexOf('</head>');
    this.beforeHeadEnd = index.slice(0, at);
    this.rest = index.slice(at);
  }

  /** `apiUrl` null: nobody knows it. */
  send(response: Response, apiUrl: string | null): void {
    const nonce = newNonce();
    const told = [meta('csp-nonce', nonce), ...(apiUrl === null ? [] : [meta('api-url', apiUrl)])].join('\n');
    sendBody(response, 200, `${this.beforeHeadEnd}${told}\n${this.rest}`, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': contentSecurityPolicy(nonce),
      'Cache-Control': 'no-store',
    });
  }
}

function meta(name: string, content: string): string {
  return `<meta name="${name}" content="${content.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">`;
}
