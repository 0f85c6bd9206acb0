import { CaveError } from '../../errors.js';
import type { OrganizationRole, Role } from '../../domain/role.js';
import type { ConfigStore, User } from '../../ports/config-store.js';
import type { PasswordHasher } from '../../ports/password-hasher.js';
import type { Actor } from './actor.js';
import { hashSecret } from './secrets.js';

export interface ProfileChange {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly password?: string;
}

const MAX_FOUND = 50;

/** What users see and change of themselves, and whom they can find. */
export class Profiles {
  constructor(
    private readonly store: ConfigStore,
    private readonly hasher: PasswordHasher,
  ) {}

  /** A new password ends every session but the one that asks for it. */
  async update(actor: Actor, sessionToken: string, change: ProfileChange): Promise<User> {
    const { password, ...names } = change;
    if (password === undefined && names.firstName === undefined && names.lastName === undefined) {
      throw new CaveError('invalid_argument', 'Give at least one of "first_name", "last_name" and "password".', { reason: 'nothing_to_change' });
    }
    const update = password === undefined ? names : { ...names, passwordHash: await this.hasher.hash(password) };
    return this.store.transaction(async (repositories) => {
      const user = await repositories.users.update(actor.userId, update);
      if (password !== undefined) {
        const hash = hashSecret(sessionToken);
        const session = await repositories.sessions.findByHash(hash);
        await repositories.sessions.deleteOfUser(actor.userId);
        if (session !== null) await repositories.sessions.insert({ hash, ...session });
      }
      await repositories.audit.add({ who: actor.email, what: `user.update user/${actor.userId}`, from: actor.from, details: { fields: Object.keys(change) } });
      return user;
    });
  }

  organizations(userId: string): Promise<readonly { readonly name: string; readonly role: OrganizationRole }[]> {
    return this.store.memberships.organizationsOf(userId);
  }

  /** Throws `not_found` for an unknown organization, `forbidden` for one the user has nothing to do with. */
  async teams(userId: string, organizationName: string): Promise<readonly { readonly name: string; readonly role: Role }[]> {
    const organization = await this.store.organizations.findByName(organizationName);
    if (organization === null) throw new CaveError('not_found', `There is no organization "${organizationName}".`, { reason: 'unknown_organization' });
    const teams = await this.store.memberships.teamsOf(userId, organization.id);
    if (teams.length === 0 && (await this.store.memberships.role({ organizationId: organization.id, teamId: null }, userId)) === null) {
      throw new CaveError('forbidden', 'This needs a role on the organization or one of its teams.', { reason: 'role_needed' });
    }
    return teams;
  }

  /** Users who share an organization with this one and whose name or email contains the text. */
  search(userId: string, text: string): Promise<readonly User[]> {
    return this.store.users.searchColleagues(userId, text, MAX_FOUND);
  }
}
