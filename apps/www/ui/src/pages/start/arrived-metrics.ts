import { RESERVED_METRICS } from '@cave/core/language';
import { queryOptions } from '@tanstack/react-query';
import { dataOf, tenantApi, type TenantName } from '../../api/client.js';
import type { components } from '../../api/contract.js';
import { tenantKey } from '../../api/tenants.js';

type MetricNames = components['schemas']['MetricNames'];

/** All metrics of a tenant, sorted by name. */
export function metricNamesQuery(tenant: TenantName) {
  return queryOptions({
    queryKey: tenantKey(tenant, 'metric-names'),
    queryFn: ({ signal }): Promise<MetricNames> => dataOf(tenantApi(tenant).GET('/metric-names', { signal })),
  });
}

/** The names of those that somebody published: CAVE's own, such as the history of alerts, do not count. */
export function publishedNames(metrics: MetricNames): readonly string[] {
  return metrics.map(({ name }) => name).filter((name) => !RESERVED_METRICS.has(name));
}
