import { CaveError } from '../../errors.js';
import type { ConfigStore, Tenant } from '../../ports/config-store.js';
import type { MetricsStores } from '../../ports/metrics-store.js';
import type { Actor } from '../identity/actor.js';
import { tenantPathOf, unknownOrganization, unknownTeam } from './directory.js';

/** On which metrics store a tenant's points live. Moving it moves no points: what was stored stays where it is. */
export class Clusters {
  constructor(
    private readonly store: ConfigStore,
    private readonly stores: Pick<MetricsStores, 'names'>,
  ) {}

  /** `cluster` null: the default one. Throws `invalid_argument` for a name that is not configured. */
  async assign(actor: Actor, tenant: Tenant, cluster: string | null): Promise<Tenant> {
    const names = this.stores.names();
    if (cluster !== null && !names.includes(cluster)) {
      const known = names.length === 0 ? 'only the default one is configured' : `configured are ${names.join(', ')}`;
      throw new CaveError('invalid_argument', `There is no cluster "${cluster}"; ${known}.`, { reason: 'unknown_cluster' });
    }
    return this.store.transaction(async (repositories) => {
      if ((await repositories.organizations.lock(tenant.organization.id)) === null) throw unknownOrganization(tenant.organization.name);
      const moved = await this.move(repositories, tenant, cluster);
      const entity = moved.team ?? moved.organization;
      await repositories.storeTasks.add([{ task: 'create_database', database: entity.database, cluster }]);
      await repositories.changeOutbox.add([{ entity: moved.team === null ? 'organization' : 'team', id: entity.id, operation: 'updated', version: entity.version }]);
      await repositories.audit.add({ who: actor.email, what: `cluster.assign ${tenantPathOf(tenant)}`, from: actor.from, details: { cluster } });
      return moved;
    });
  }

  private async move(repositories: Pick<ConfigStore, 'organizations' | 'teams'>, tenant: Tenant, cluster: string | null): Promise<Tenant> {
    if (tenant.team === null) return { organization: await repositories.organizations.update(tenant.organization.id, { cluster }), team: null };
    if ((await repositories.teams.findById(tenant.team.id)) === null) throw unknownTeam(tenant.team.name);
    return { organization: tenant.organization, team: await repositories.teams.update(tenant.team.id, { cluster }) };
  }
}
