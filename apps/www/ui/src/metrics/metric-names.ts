import { queryOptions, useMutation, useQuery, useQueryClient, type QueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query';
import { dataOf, tenantApi, type TenantName } from '../api/client.js';
import { tenantKey } from '../api/tenants.js';
import type { MetricName } from './metric-search.js';

/** New metrics and new values of tags come seldom; whoever waits for one looks again within half a minute. */
const STALE_MS = 30_000;

function namesKey(tenant: TenantName): readonly unknown[] {
  return tenantKey(tenant, 'metric-names');
}

/** All metrics of the tenant with the names of their tags, by name. */
export function useMetricNames(tenant: TenantName): UseQueryResult<readonly MetricName[]> {
  return useQuery({
    queryKey: namesKey(tenant),
    queryFn: async ({ signal }): Promise<readonly MetricName[]> => dataOf(tenantApi(tenant).GET('/metric-names', { signal })),
    staleTime: STALE_MS,
  });
}

function tagValuesQuery(tenant: TenantName, metric: string, tag: string) {
  return queryOptions({
    queryKey: [...namesKey(tenant), metric, 'tag-values', tag],
    queryFn: async ({ signal }): Promise<readonly string[]> =>
      dataOf(tenantApi(tenant).GET('/metric-names/{metric}/tag-values', { params: { path: { metric }, query: { tag } }, signal })),
    staleTime: STALE_MS,
  });
}

/** The values that a tag of a metric has had, sorted; asks nothing while `tag` is empty. */
export function useTagValues(tenant: TenantName, metric: string, tag: string): UseQueryResult<readonly string[]> {
  return useQuery({ ...tagValuesQuery(tenant, metric, tag), enabled: tag !== '' });
}

/** The same for those that ask in an event of their own, such as the editor of conditions. */
export function loadTagValues(client: QueryClient, tenant: TenantName, metric: string, tag: string): Promise<readonly string[]> {
  return client.fetchQuery(tagValuesQuery(tenant, metric, tag));
}

/** Deletes a metric with all its points; it is gone from the list as soon as that is done. */
export function useDeleteMetric(tenant: TenantName): UseMutationResult<void, Error, string> {
  const client = useQueryClient();
  return useMutation<void, Error, string>({
    mutationFn: async (metric) => {
      await dataOf(tenantApi(tenant).DELETE('/metric-names/{metric}', { params: { path: { metric } } }));
    },
    onSuccess: async (_, metric) => {
      client.setQueryData<readonly MetricName[]>(namesKey(tenant), (names) => names?.filter(({ name }) => name !== metric));
      client.removeQueries({ queryKey: tenantKey(tenant, 'points', metric) });
      await client.invalidateQueries({ queryKey: namesKey(tenant) });
    },
  });
}
