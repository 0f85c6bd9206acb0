import { randomUUID } from 'node:crypto';
import { CaveError } from '../../errors.js';
import type { Role } from '../../domain/role.js';
import type { ConfigStore, Member, Repositories, Tenant, User } from '../../ports/config-store.js';
import type { AccountMails } from '../identity/account-mails.js';
import type { Actor } from '../identity/actor.js';
import type { MailSender } from '../identity/mail-sender.js';
import { refOf, tenantPathOf } from './directory.js';

/**
 * Who belongs to an organization or team. Nothing here tells whether an address has an
 * account: unknown ones are invited, and become members when they register.
 */
export class Members {
  constructor(
    private readonly store: ConfigStore,
    private readonly mails: AccountMails,
    private readonly sender: MailSender,
  ) {}

  list(tenant: Tenant): Promise<readonly Member[]> {
    return this.store.memberships.list(refOf(tenant));
  }

  /** Throws `conflict` for somebody who is there already. */
  async add(actor: Actor, tenant: Tenant, email: string, role: Role): Promise<void> {
    const invited = await this.store.transaction(async (repositories) => {
      await this.lockFor(repositories, actor, tenant);
      const user = await repositories.users.findByEmail(email);
      if (user === null) await repositories.memberships.invite(refOf(tenant), email, role);
      else await addMember(repositories, tenant, user, role);
      await repositories.audit.add({ who: actor.email, what: `member.add ${tenantPathOf(tenant)}`, from: actor.from, details: { email, role, invited: user === null } });
      return user === null;
    });
    if (!invited) return;
    const name = tenant.team === null ? `the organization "${tenant.organization.name}"` : `the team "${tenant.team.name}" of "${tenant.organization.name}"`;
    await this.sender.send(this.mails.invitation(email, name, actor.email, randomUUID()));
  }

  /** Of an invited address, changes the role that waits for it. Does nothing for others, as ever. */
  async setRole(actor: Actor, tenant: Tenant, email: string, role: Role): Promise<void> {
    refuseSelf(actor, email);
    await this.store.transaction(async (repositories) => {
      const admins = await this.lockFor(repositories, actor, tenant);
      const user = await repositories.users.findByEmail(email);
      const ref = refOf(tenant);
      let changed: boolean;
      if (user === null) {
        changed = await repositories.memberships.uninvite(ref, email);
        if (changed) await repositories.memberships.invite(ref, email, role);
      } else {
        if (role !== 'admin') refuseLastAdmin(tenant, admins, user);
        changed = await repositories.memberships.setRole(ref, user.id, role);
      }
      if (changed) await repositories.audit.add({ who: actor.email, what: `member.update ${tenantPathOf(tenant)}`, from: actor.from, details: { email, role } });
    });
  }

  /** Removes a member, or takes an invitation back. Does nothing for others, as ever. */
  async remove(actor: Actor, tenant: Tenant, email: string): Promise<void> {
    refuseSelf(actor, email);
    await this.store.transaction(async (repositories) => {
      const admins = await this.lockFor(repositories, actor, tenant);
      const user = await repositories.users.findByEmail(email);
      if (user !== null) refuseLastAdmin(tenant, admins, user);
      const removed = user === null ? await repositories.memberships.uninvite(refOf(tenant), email) : await repositories.memberships.remove(refOf(tenant), user.id);
      if (removed) await repositories.audit.add({ who: actor.email, what: `member.remove ${tenantPathOf(tenant)}`, from: actor.from, details: { email } });
    });
  }

  /**
   * Locks the admins, and looks again whether the actor still is one: two admins who demote
   * each other at once must not both succeed. On a team the organization's admins count too,
   * and no team can lose those.
   */
  private async lockFor(repositories: Repositories, actor: Actor, tenant: Tenant): Promise<readonly string[]> {
    const own = await repositories.memberships.lockAdmins(refOf(tenant));
    const above = tenant.team === null ? [] : await repositories.memberships.lockAdmins({ organizationId: tenant.organization.id, teamId: null });
    if (!own.includes(actor.userId) && !above.includes(actor.userId)) {
      throw new CaveError('forbidden', 'This needs the role "admin", which you have no longer.', { reason: 'role_needed' });
    }
    return own;
  }
}

async function addMember(repositories: Repositories, tenant: Tenant, user: User, role: Role): Promise<void> {
  const ref = refOf(tenant);
  if ((await repositories.memberships.role(ref, user.id)) !== null) {
    throw new CaveError('conflict', `${user.email} is a member already; change the role instead.`, { reason: 'already_member' });
  }
  await repositories.memberships.add(ref, user.id, role);
}

function refuseSelf(actor: Actor, email: string): void {
  if (actor.email.toLowerCase() === email.toLowerCase()) {
    throw new CaveError('invalid_argument', 'You cannot change or remove yourself; another admin can.', { reason: 'oneself' });
  }
}

function refuseLastAdmin(tenant: Tenant, admins: readonly string[], user: User): void {
  if (tenant.team === null && admins.includes(user.id) && admins.length === 1) {
    throw new CaveError('invalid_argument', 'An organization needs at least one admin; make somebody else admin first.', { reason: 'last_admin' });
  }
}
