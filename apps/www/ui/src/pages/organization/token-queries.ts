import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query';
import { dataOf, tenantApi, type TenantName } from '../../api/client.js';
import type { components } from '../../api/contract.js';
import { tenantKey } from '../../api/tenants.js';
import { FORGET_AT_ONCE } from './organization-queries.js';

export type Token = components['schemas']['Token'];
export type NewToken = components['schemas']['NewToken'];

/** As many as the api allows at once. It also keeps the last one from going. */
export const MOST_TOKENS = 3;

function tokensKey(tenant: TenantName): readonly unknown[] {
  return tenantKey(tenant, 'tokens');
}

/** Without their values, which CAVE does not keep. */
export function useTokens(tenant: TenantName): UseQueryResult<readonly Token[]> {
  return useQuery({ queryKey: tokensKey(tenant), queryFn: ({ signal }): Promise<readonly Token[]> => dataOf(tenantApi(tenant).GET('/tokens', { signal })) });
}

export function useCreateToken(tenant: TenantName): UseMutationResult<NewToken, Error, string> {
  const client = useQueryClient();
  return useMutation({
    ...FORGET_AT_ONCE,
    mutationFn: (description: string) => dataOf(tenantApi(tenant).POST('/tokens', { body: { description } })),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensKey(tenant) }),
  });
}

export function useDeleteToken(tenant: TenantName): UseMutationResult<void, Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      await dataOf(tenantApi(tenant).DELETE('/tokens/{id}', { params: { path: { id } } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: tokensKey(tenant) }),
  });
}
