import { queryOptions } from '@tanstack/react-query';
import { answer, tenantApi, type TenantName } from '../../api/client.js';
import { tenantKey } from '../../api/tenants.js';

export interface AlertCounts {
  readonly all: number;
  readonly firing: number;
  /** Whatever their state: the last checks had no data, or failed. */
  readonly unhealthy: number;
}

/** How many alerts a tenant has, by state. Asks for the numbers only, however many alerts there are. For members. */
export function alertCountsQuery(tenant: TenantName) {
  return queryOptions({
    queryKey: tenantKey(tenant, 'alerts', 'counts'),
    queryFn: async ({ signal }): Promise<AlertCounts> => {
      const count = async (filter: { readonly state?: 'firing'; readonly health?: 'no_data' | 'error' }): Promise<number> => {
        const { response } = await answer(tenantApi(tenant).GET('/alerts', { params: { query: { ...filter, limit: 1 } }, signal }));
        return Number(response.headers.get('X-Total-Count'));
      };
      const [all, firing, noData, failing] = await Promise.all([count({}), count({ state: 'firing' }), count({ health: 'no_data' }), count({ health: 'error' })]);
      return { all, firing, unhealthy: noData + failing };
    },
    refetchInterval: 30_000,
  });
}

/** What stands beside the number of alerts; null: the number says it all. */
export function alertsText({ all, firing, unhealthy }: AlertCounts): string | null {
  if (all === 0) return null;
  const health = unhealthy === 0 ? '' : `, ${unhealthy} cannot be checked`;
  return `${firing === 0 ? 'none' : firing} firing${health}`;
}
