import { queryOptions, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { api, dataOf, type TenantName } from './client.js';
import type { components } from './contract.js';

export type Role = components['schemas']['Role'];
/** `team`: a member of some of its teams only. */
export type OrganizationRole = Role | 'team';

export interface OrganizationOfUser {
  readonly name: string;
  readonly role: OrganizationRole;
}

export interface TeamOfUser {
  readonly name: string;
  readonly role: Role;
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, member: 1, admin: 2 };

/** Whether somebody with the role `have` may do what needs `need`; null is no role. */
export function includesRole(have: OrganizationRole | null | undefined, need: Role): boolean {
  return have !== null && have !== undefined && have !== 'team' && RANK[have] >= RANK[need];
}

/** Everything that is fetched for a tenant has a key that begins so. */
export function tenantKey({ organization, team }: TenantName, ...rest: readonly unknown[]): readonly unknown[] {
  return ['tenant', organization.toLowerCase(), team?.toLowerCase() ?? null, ...rest];
}

export const ORGANIZATIONS_KEY = ['organizations'] as const;

export const organizationsQuery = queryOptions({
  queryKey: ORGANIZATIONS_KEY,
  queryFn: ({ signal }): Promise<readonly OrganizationOfUser[]> => dataOf(api.GET('/users/organizations', { signal })),
});

/** The organizations of whoever is logged in, with the role in each. */
export function useOrganizations(): UseQueryResult<readonly OrganizationOfUser[]> {
  return useQuery(organizationsQuery);
}

export function teamsKey(organization: string): readonly unknown[] {
  return [...ORGANIZATIONS_KEY, organization.toLowerCase(), 'teams'];
}

/** The teams of an organization that the user belongs to, with the role in each. Admins of the organization see all by `/organizations/{o}/teams`. */
export function useTeamsOfUser(organization: string): UseQueryResult<readonly TeamOfUser[]> {
  return useQuery({ queryKey: teamsKey(organization), queryFn: ({ signal }) => dataOf(api.GET('/users/organizations/{organization}/teams', { params: { path: { organization } }, signal })) });
}
