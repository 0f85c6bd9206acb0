import type { ConfigurationChange } from '../../domain/configuration-change.js';
import type { Repositories, TenantRef } from '../../ports/config-store.js';

/**
 * Ends everything that a tenant owns: alerts (whose last version takes effect after the last
 * recorded tick), tokens, and its database on every cluster, since it may have moved between
 * them. In the transaction that deletes the tenant.
 */
export async function removeBelongings(
  repositories: Repositories,
  tenant: TenantRef,
  database: string,
  clusters: readonly (string | null)[],
  nowSeconds: number,
): Promise<void> {
  const changes: ConfigurationChange[] = [];
  for (const id of await repositories.alerts.idsOf(tenant)) {
    const locked = await repositories.alerts.lock(tenant, id);
    if (locked === null) continue;
    const alert = await repositories.alerts.delete(id, Math.max(nowSeconds, locked.state.lastTick ?? 0));
    changes.push({ entity: 'alert', id, operation: 'deleted', version: alert.version });
  }
  await repositories.tokens.deleteAll(tenant);
  await repositories.storeTasks.add(clusters.map((cluster) => ({ task: 'drop_database', database, cluster })));
  if (changes.length > 0) await repositories.changeOutbox.add(changes);
}
