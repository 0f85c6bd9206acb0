import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query';
import { dataOf, tenantApi, type TenantName } from '../../api/client.js';
import type { components } from '../../api/contract.js';
import { tenantKey, type Role } from '../../api/tenants.js';

export type Member = components['schemas']['Member'];

export interface MemberRole {
  readonly email: string;
  readonly role: Role;
}

function membersKey(tenant: TenantName): readonly unknown[] {
  return tenantKey(tenant, 'members');
}

/** For members and admins. `enabled` false: asks nothing. */
export function useMembers(tenant: TenantName, enabled = true): UseQueryResult<readonly Member[]> {
  return useQuery({ queryKey: membersKey(tenant), queryFn: ({ signal }): Promise<readonly Member[]> => dataOf(tenantApi(tenant).GET('/users', { signal })), enabled });
}

/** `invited`: the address has no account yet, and no place in the list until it has. */
export type AddOutcome = 'added' | 'invited';

export function useAddMember(tenant: TenantName): UseMutationResult<AddOutcome, Error, MemberRole> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ email, role }: MemberRole) => {
      await dataOf(tenantApi(tenant).POST('/users', { body: { email, role } }));
      // The api answers alike for both, so as not to tell who has an account; the list may tell those who see it.
      const members = await client.fetchQuery({ queryKey: membersKey(tenant), queryFn: () => dataOf(tenantApi(tenant).GET('/users')), staleTime: 0 });
      return members.some(({ user }) => sameAddress(user.email, email)) ? 'added' : 'invited';
    },
  });
}

/** Shows the new role at once, and the old one again if the api refuses. */
export function useSetRole(tenant: TenantName): UseMutationResult<void, Error, MemberRole> {
  const client = useQueryClient();
  const queryKey = membersKey(tenant);
  return useMutation({
    mutationFn: async ({ email, role }: MemberRole) => {
      await dataOf(tenantApi(tenant).PATCH('/users/{email}', { params: { path: { email } }, body: { role } }));
    },
    onMutate: async ({ email, role }) => {
      await client.cancelQueries({ queryKey });
      const before = client.getQueryData<readonly Member[]>(queryKey);
      client.setQueryData<readonly Member[]>(queryKey, before?.map((member) => (member.user.email === email ? { ...member, role } : member)));
      return before;
    },
    onError: (error, { email }, before) => {
      client.setQueryData(queryKey, before);
      notifications.show({ color: 'red', title: `The role of ${email} stays as it was`, message: error.message });
    },
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}

/** Removes a member, or takes an invitation back. */
export function useRemoveMember(tenant: TenantName): UseMutationResult<void, Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (email: string) => {
      await dataOf(tenantApi(tenant).DELETE('/users/{email}', { params: { path: { email } } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: membersKey(tenant) }),
  });
}

export function sameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
