import { tenantPath, type TenantName } from '../../api/client.js';
import { includesRole, type OrganizationOfUser, type OrganizationRole, type TeamOfUser } from '../../api/tenants.js';

/** An organization or team with the role that somebody has there. */
export interface TenantOfUser {
  readonly tenant: TenantName;
  /** The name as people say it: `gilt`, or `gilt / web`. */
  readonly title: string;
  /** Where its pages are, without a trailing slash. */
  readonly path: string;
  readonly role: OrganizationRole;
}

/** An organization, and its teams as far as they are known. */
export interface OrganizationWithTeams {
  readonly organization: TenantOfUser;
  readonly teams: readonly TenantOfUser[];
}

/** By name, as people look for them. */
export function organizationWithTeams({ name, role }: OrganizationOfUser, teams: readonly TeamOfUser[]): OrganizationWithTeams {
  const named = [...teams].sort((a, b) => a.name.localeCompare(b.name));
  return { organization: tenantOfUser(name, null, role), teams: named.map((team) => tenantOfUser(name, team.name, team.role)) };
}

/** Those whose alerts the person may see. */
export function watchedTenants(organizations: readonly OrganizationWithTeams[]): readonly TenantOfUser[] {
  return organizations.flatMap(({ organization, teams }) => [organization, ...teams]).filter(({ role }) => includesRole(role, 'member'));
}

function tenantOfUser(organization: string, team: string | null, role: OrganizationRole): TenantOfUser {
  const tenant = { organization, team };
  return { tenant, title: team === null ? organization : `${organization} / ${team}`, path: tenantPath(tenant), role };
}
