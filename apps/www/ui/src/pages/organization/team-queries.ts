import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.js';
import type { components } from '../../api/contract.js';
import { ORGANIZATIONS_KEY, tenantKey, type OrganizationRole, type Role } from '../../api/tenants.js';
import { FORGET_AT_ONCE } from './organization-queries.js';

export type NewTeam = components['schemas']['NewTeam'];

export interface TeamInView {
  readonly name: string;
  /** The person's role on it; null: none, so that its pages are closed to them. */
  readonly role: Role | null;
}

function allTeamsKey(organization: string): readonly unknown[] {
  return tenantKey({ organization, team: null }, 'teams');
}

/**
 * The teams of an organization that the person may know of: all for its members and admins,
 * those that they belong to for everybody else.
 */
export function useTeamsInView(organization: string, role: OrganizationRole | null): UseQueryResult<readonly TeamInView[]> {
  const path = { organization };
  return useQuery({
    queryKey: [...allTeamsKey(organization), role],
    queryFn: async ({ signal }): Promise<readonly TeamInView[]> => {
      const own = await dataOf(api.GET('/users/organizations/{organization}/teams', { params: { path }, signal }));
      if (role !== 'admin' && role !== 'member') return own;
      const all = await dataOf(api.GET('/organizations/{organization}/teams', { params: { path }, signal }));
      return all.map(({ name }) => ({ name, role: role === 'admin' ? role : (own.find((team) => team.name === name)?.role ?? null) }));
    },
  });
}

export function useCreateTeam(organization: string): UseMutationResult<NewTeam, Error, string> {
  const client = useQueryClient();
  return useMutation({
    ...FORGET_AT_ONCE,
    mutationFn: (name: string) => dataOf(api.POST('/organizations/{organization}/teams', { params: { path: { organization } }, body: { name } })),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: allTeamsKey(organization) }), client.invalidateQueries({ queryKey: ORGANIZATIONS_KEY })]),
  });
}
