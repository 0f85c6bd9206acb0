import { randomBytes } from 'node:crypto';

/** Bytes of a nonce; the standard asks for 16 at least. */
const NONCE_BYTES = 18;

/** What a page may do: run our scripts, and speak to our own origin. Nothing inline, nothing of another host. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Style elements that scripts make (Mantine, CodeMirror) carry the nonce of the page.
  "style-src 'self'%nonce%",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

export function newNonce(): string {
  return randomBytes(NONCE_BYTES).toString('base64');
}

/** The policy of a page with this nonce; null: of anything that is no page. */
export function contentSecurityPolicy(nonce: string | null): string {
  return POLICY.replace('%nonce%', nonce === null ? '' : ` 'nonce-${nonce}'`);
}
