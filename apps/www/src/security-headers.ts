import type { Request, Response } from 'express';
import { contentSecurityPolicy } from './content-security-policy.js';

/** Seconds for which browsers come by https only, once they did: a year. */
const HSTS_SECONDS = 31_536_000;

const ON_EVERYTHING: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentSecurityPolicy(null),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // Links in mails carry confirmation tokens: no address of ours goes to anybody.
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** Headers of every answer. Set before anything can fail, so that errors carry them too. */
export function setSecurityHeaders(request: Request, response: Response): void {
  for (const [name, value] of Object.entries(ON_EVERYTHING)) response.setHeader(name, value);
  if (request.secure) response.setHeader('Strict-Transport-Security', `max-age=${HSTS_SECONDS}`);
}
