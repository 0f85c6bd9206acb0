import { useQueries, type UseQueryResult } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.js';
import { teamsKey, type OrganizationOfUser, type TeamOfUser } from '../../api/tenants.js';
import { organizationWithTeams, type OrganizationWithTeams } from './tenants-of-user.js';

export interface OrganizationQuery {
  /** Without teams until they are known. */
  readonly found: OrganizationWithTeams;
  readonly teams: UseQueryResult<readonly TeamOfUser[]>;
}

/** Each organization with the teams on which the person has a role. */
export function useOrganizationsWithTeams(organizations: readonly OrganizationOfUser[]): readonly OrganizationQuery[] {
  const answers = useQueries({ queries: organizations.map(teamsQuery) });
  return organizations.flatMap((organization, index) => {
    const teams = answers[index];
    return teams === undefined ? [] : [{ found: organizationWithTeams(organization, teams.data ?? []), teams }];
  });
}

/** Who is an admin of the organization is one of all its teams, whether or not they were added there. */
function teamsQuery({ name, role }: OrganizationOfUser): { readonly queryKey: readonly unknown[]; readonly queryFn: (context: { readonly signal: AbortSignal }) => Promise<readonly TeamOfUser[]> } {
  const params = { path: { organization: name } };
  return role === 'admin'
    ? {
        queryKey: [...teamsKey(name), 'as-admin'],
        queryFn: async ({ signal }) => (await dataOf(api.GET('/organizations/{organization}/teams', { params, signal }))).map((team) => ({ name: team.name, role: 'admin' })),
      }
    : { queryKey: teamsKey(name), queryFn: ({ signal }) => dataOf(api.GET('/users/organizations/{organization}/teams', { params, signal })) };
}
