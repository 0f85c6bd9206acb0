import { createHash, randomBytes } from 'node:crypto';

/**
 * A new secret (session, confirmation or tenant token): 256 random bits as base64url. Only its
 * SHA-256 is stored; a slow hash is for passwords, which people choose.
 */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 of a secret, 32 bytes. */
export function hashSecret(secret: string): Uint8Array {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/** What a listing may show of a secret: its last four characters. */
export function secretHint(secret: string): string {
  return `…${secret.slice(-4)}`;
}
