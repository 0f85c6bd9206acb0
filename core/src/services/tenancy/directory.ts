import { CaveError } from '../../errors.js';
import type { Role } from '../../domain/role.js';
import type { ConfigStore, Tenant, TenantRef } from '../../ports/config-store.js';

/** Finds tenants by name, and what a user may do on them. */
export class TenantDirectory {
  constructor(private readonly store: ConfigStore) {}

  /** `teamName` null: the organization itself. Throws `not_found`. */
  async find(organizationName: string, teamName: string | null): Promise<Tenant> {
    const organization = await this.store.organizations.findByName(organizationName);
    if (organization === null) throw unknownOrganization(organizationName);
    if (teamName === null) return { organization, team: null };
    const team = await this.store.teams.findByName(organization.id, teamName);
    if (team === null) throw unknownTeam(teamName);
    return { organization, team };
  }

  /** On a team the role there, or `admin` for an admin of its organization; null: none. */
  async roleOf(tenant: Tenant, userId: string): Promise<Role | null> {
    const { memberships } = this.store;
    if (tenant.team === null) return memberships.role(refOf(tenant), userId);
    const role = await memberships.role(refOf(tenant), userId);
    if (role === 'admin') return role;
    const above = await memberships.role({ organizationId: tenant.organization.id, teamId: null }, userId);
    return above === 'admin' ? above : role;
  }
}

export function refOf(tenant: Tenant): TenantRef {
  return { organizationId: tenant.organization.id, teamId: tenant.team?.id ?? null };
}

/** For audit records and mails, such as `organization/gilt/team/twain`. */
export function tenantPathOf(tenant: Tenant): string {
  const organization = `organization/${tenant.organization.name}`;
  return tenant.team === null ? organization : `${organization}/team/${tenant.team.name}`;
}

export function unknownOrganization(name: string): CaveError {
  return new CaveError('not_found', `There is no organization "${name}".`, { reason: 'unknown_organization' });
}

export function unknownTeam(name: string): CaveError {
  return new CaveError('not_found', `The organization has no team "${name}".`, { reason: 'unknown_team' });
}
