import type { Tenant } from '../../ports/config-store.js';

/** Where a tenant's points live. */
export interface MetricSpace {
  readonly database: string;
  /** Null: the default store. */
  readonly cluster: string | null;
}

export function metricSpaceOf(tenant: Tenant): MetricSpace {
  const { database, cluster } = tenant.team ?? tenant.organization;
  return { database, cluster };
}
