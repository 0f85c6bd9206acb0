import { useQueries, type UseQueryResult } from '@tanstack/react-query';
import { answer, tenantApi } from '../../api/client.js';
import { tenantKey } from '../../api/tenants.js';
import { refreshMs, type FiringOfTenant } from './firing.js';
import type { TenantOfUser } from './tenants-of-user.js';
import { totalCount } from '../../api/total-count.js';

/** Of one tenant; whoever has more of them firing looks at its own page. */
const SHOWN_PER_TENANT = 50;
const COUNT_REFRESH_MS = 60_000;

export interface TenantQuery<T> {
  readonly of: TenantOfUser;
  readonly query: UseQueryResult<T>;
}

/** What fires, by tenant; asked again and again for as long as somebody looks. */
export function useFiring(tenants: readonly TenantOfUser[]): readonly TenantQuery<FiringOfTenant>[] {
  const results = useQueries({
    queries: tenants.map((of) => ({
      queryKey: tenantKey(of.tenant, 'alerts', 'firing-now'),
      queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<FiringOfTenant> => {
        const { data, response } = await answer(tenantApi(of.tenant).GET('/alerts', { params: { query: { state: 'firing', sort: 'urgency', limit: SHOWN_PER_TENANT } }, signal }));
        return { of, alerts: data, total: totalCount(response) };
      },
      refetchInterval: refreshMs(tenants.length),
    })),
  });
  return pairs(tenants, results);
}

/** How many alerts are enabled, by tenant. Only asked for when it is of interest. */
export function useWatchedCounts(tenants: readonly TenantOfUser[], enabled: boolean): readonly TenantQuery<number>[] {
  const results = useQueries({
    queries: tenants.map(({ tenant }) => ({
      queryKey: tenantKey(tenant, 'alerts', 'watched-count'),
      queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<number> => totalCount((await answer(tenantApi(tenant).GET('/alerts', { params: { query: { enabled: true, limit: 1 } }, signal }))).response),
      refetchInterval: COUNT_REFRESH_MS,
      enabled,
    })),
  });
  return pairs(tenants, results);
}

function pairs<T>(tenants: readonly TenantOfUser[], results: readonly UseQueryResult<T>[]): readonly TenantQuery<T>[] {
  return tenants.flatMap((of, index) => {
    const query = results[index];
    return query === undefined ? [] : [{ of, query }];
  });
}
