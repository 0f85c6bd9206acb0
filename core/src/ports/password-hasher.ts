/**
 * Hashes passwords so that they cannot be read back (argon2id). `verify` takes as long for a
 * wrong password as for a right one, and is false, not an error, for a hash it cannot read.
 */
export interface PasswordHasher {
  /** A PHC string with its own random salt. */
  hash(password: string): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
}
