import type { Repositories, TenantRef, Token } from '../../ports/config-store.js';
import { hashSecret, newSecret, secretHint } from '../identity/secrets.js';

/** A token with its secret: the only moment at which CAVE knows the value. */
export interface IssuedToken extends Token {
  readonly value: string;
}

/** Name of the token that a tenant is created with. */
export const DEFAULT_TOKEN = 'default';

/** Inserts a token and tells every api instance of it. In a transaction. */
export async function issueToken(repositories: Repositories, tenant: TenantRef, description: string): Promise<IssuedToken> {
  const value = newSecret();
  const token = await repositories.tokens.insert({ tenant, description, hint: secretHint(value), hash: hashSecret(value) });
  await repositories.changeOutbox.add([{ entity: 'token', id: token.id, operation: 'created', version: 1 }]);
  return { ...token, value };
}
