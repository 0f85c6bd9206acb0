import { CaveError } from '../../errors.js';
import type { ConfigStore, Tenant, Token } from '../../ports/config-store.js';
import type { Actor } from '../identity/actor.js';
import { refOf, tenantPathOf } from './directory.js';
import { issueToken, type IssuedToken } from './new-token.js';

export const MAX_TOKENS = 3;

/** The tokens with which applications publish for a tenant: never more than three, never none. */
export class Tokens {
  constructor(private readonly store: ConfigStore) {}

  list(tenant: Tenant): Promise<readonly Token[]> {
    return this.store.tokens.list(refOf(tenant));
  }

  /** Throws `not_found`, also for a token of another tenant. */
  async find(tenant: Tenant, id: string): Promise<Token> {
    const token = isId(id) ? await this.store.tokens.find(refOf(tenant), id) : null;
    if (token === null) throw unknown(id);
    return token;
  }

  async create(actor: Actor, tenant: Tenant, description: string): Promise<IssuedToken> {
    return this.store.transaction(async (repositories) => {
      if ((await repositories.tokens.lockAndCount(refOf(tenant))) >= MAX_TOKENS) {
        throw new CaveError('invalid_argument', 'Too many tokens: at most 3 exist at once. Delete one first.', { reason: 'too_many_tokens' });
      }
      const token = await issueToken(repositories, refOf(tenant), description);
      await repositories.audit.add({ who: actor.email, what: `token.create ${tenantPathOf(tenant)}/token/${token.id}`, from: actor.from, details: { description } });
      return token;
    });
  }

  async delete(actor: Actor, tenant: Tenant, id: string): Promise<void> {
    if (!isId(id)) throw unknown(id);
    await this.store.transaction(async (repositories) => {
      const count = await repositories.tokens.lockAndCount(refOf(tenant));
      if ((await repositories.tokens.find(refOf(tenant), id)) === null) throw unknown(id);
      if (count <= 1) throw new CaveError('invalid_argument', 'The last token cannot be deleted; create another one first.', { reason: 'last_token' });
      await repositories.tokens.delete(refOf(tenant), id);
      await repositories.changeOutbox.add([{ entity: 'token', id, operation: 'deleted', version: 2 }]);
      await repositories.audit.add({ who: actor.email, what: `token.delete ${tenantPathOf(tenant)}/token/${id}`, from: actor.from, details: {} });
    });
  }
}

/** Ids are decimal texts of at most 18 digits; anything else cannot exist. */
function isId(id: string): boolean {
  return /^[1-9]\d{0,17}$/.test(id);
}

function unknown(id: string): CaveError {
  return new CaveError('not_found', `There is no token "${id.slice(0, 40)}" here.`, { reason: 'unknown_token_id' });
}
