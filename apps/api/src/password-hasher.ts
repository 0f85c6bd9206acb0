import { hash, verify } from '@node-rs/argon2';
import type { PasswordHasher } from '@cave/core';

/** 19 MiB, 2 passes, 1 lane: the first choice of OWASP's Password Storage Cheat Sheet for argon2id. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** argon2id (the library's default algorithm), off the event loop. */
export class Argon2Hasher implements PasswordHasher {
  hash(password: string): Promise<string> {
    return hash(password, PARAMETERS);
  }

  async verify(stored: string, password: string): Promise<boolean> {
    try {
      return await verify(stored, password);
    } catch {
      // Not a PHC string: no password opens it.
      return false;
    }
  }
}
