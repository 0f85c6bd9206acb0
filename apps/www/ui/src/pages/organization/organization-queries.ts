import { notifications } from '@mantine/notifications';
import { queryOptions, useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { useNavigate } from 'react-router-dom';
import { api, dataOf, tenantPath, type TenantName } from '../../api/client.js';
import type { components } from '../../api/contract.js';
import { ORGANIZATIONS_KEY, tenantKey } from '../../api/tenants.js';
import type { Contact } from './contact-fields.js';

export type Organization = components['schemas']['Organization'];
export type NewOrganization = components['schemas']['NewOrganization'];

/** An answer with a secret is forgotten as soon as nothing shows it any more. */
export const FORGET_AT_ONCE = { gcTime: 0 } as const;

export function organizationQuery(organization: string) {
  return queryOptions({
    queryKey: tenantKey({ organization, team: null }, 'organization'),
    queryFn: ({ signal }): Promise<Organization> => dataOf(api.GET('/organizations/{organization}', { params: { path: { organization } }, signal })),
  });
}

export function useCreateOrganization(): UseMutationResult<NewOrganization, Error, { readonly name: string } & Contact> {
  const client = useQueryClient();
  return useMutation({
    ...FORGET_AT_ONCE,
    mutationFn: (body: { readonly name: string } & Contact) => dataOf(api.POST('/organizations', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ORGANIZATIONS_KEY }),
  });
}

/** Changes what is given; the rest stays. */
export function useChangeOrganization(organization: string): UseMutationResult<Organization, Error, Partial<Contact>> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Partial<Contact>) => dataOf(api.PATCH('/organizations/{organization}', { params: { path: { organization } }, body })),
    onSuccess: (changed) => client.setQueryData(organizationQuery(organization).queryKey, changed),
  });
}

/** Answers the new secret. */
export function useRotateSecret(organization: string): UseMutationResult<string, Error, void> {
  return useMutation({
    ...FORGET_AT_ONCE,
    mutationFn: async () => (await dataOf(api.POST('/organizations/{organization}/signing-secret', { params: { path: { organization } } }))).signing_secret,
  });
}

/**
 * Deletes an organization or a team, and leaves its pages: a team's for the teams of its
 * organization. What was fetched for it is forgotten only then, so that nothing asks for it again.
 */
export function useDeleteTenant(): UseMutationResult<void, Error, TenantName> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async ({ organization, team }: TenantName) => {
      if (team === null) await dataOf(api.DELETE('/organizations/{organization}', { params: { path: { organization } } }));
      else await dataOf(api.DELETE('/organizations/{organization}/teams/{team}', { params: { path: { organization, team } } }));
    },
    onSuccess: async (_, tenant) => {
      const what = tenant.team === null ? `The organization "${tenant.organization}"` : `The team "${tenant.team}"`;
      notifications.show({ message: `${what} is deleted.` });
      await navigate(tenant.team === null ? '/' : `${tenantPath({ ...tenant, team: null })}/teams`);
      client.removeQueries({ queryKey: tenantKey(tenant) });
      await client.invalidateQueries({ queryKey: ORGANIZATIONS_KEY });
      await client.invalidateQueries({ queryKey: tenantKey({ ...tenant, team: null }, 'teams') });
    },
  });
}
