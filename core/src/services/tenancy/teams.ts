import { CaveError } from '../../errors.js';
import { mintDatabaseKey } from '../../domain/database-key.js';
import { tenantNameProblem } from '../../domain/names.js';
import type { Clock } from '../../ports/clock.js';
import type { ConfigStore, Team, Tenant } from '../../ports/config-store.js';
import type { MetricsStores } from '../../ports/metrics-store.js';
import type { Actor } from '../identity/actor.js';
import { tenantPathOf, unknownOrganization, unknownTeam } from './directory.js';
import { DEFAULT_TOKEN, issueToken, type IssuedToken } from './new-token.js';
import { removeBelongings } from './removal.js';

export class Teams {
  constructor(
    private readonly store: ConfigStore,
    private readonly stores: Pick<MetricsStores, 'names'>,
    private readonly clock: Clock,
  ) {}

  list(organizationId: string): Promise<readonly Team[]> {
    return this.store.teams.list(organizationId);
  }

  /** Without members: the organization's admins are its admins. Throws `invalid_argument` or `conflict`. */
  async create(actor: Actor, tenant: Tenant, name: string): Promise<{ readonly team: Team; readonly token: IssuedToken }> {
    const problem = tenantNameProblem(name);
    if (problem !== null) throw new CaveError('invalid_argument', `The team's name ${problem}.`, { reason: 'invalid_name' });
    const { organization } = tenant;
    return this.store.transaction(async (repositories) => {
      // The lock keeps the organization from being deleted meanwhile, and makes the name check hold.
      if ((await repositories.organizations.lock(organization.id)) === null) throw unknownOrganization(organization.name);
      if ((await repositories.teams.findByName(organization.id, name)) !== null) {
        throw new CaveError('conflict', `The team "${name}" already exists.`, { reason: 'name_taken' });
      }
      const team = await repositories.teams.insert({ organizationId: organization.id, name, cluster: null, database: mintDatabaseKey(organization.name, name) });
      const token = await issueToken(repositories, { organizationId: organization.id, teamId: team.id }, DEFAULT_TOKEN);
      await repositories.storeTasks.add([{ task: 'create_database', database: team.database, cluster: null }]);
      await repositories.changeOutbox.add([{ entity: 'team', id: team.id, operation: 'created', version: team.version }]);
      await repositories.audit.add({ who: actor.email, what: `team.create ${tenantPathOf({ organization, team })}`, from: actor.from, details: {} });
      return { team, token };
    });
  }

  async delete(actor: Actor, tenant: Tenant): Promise<void> {
    const { organization, team } = tenant;
    if (team === null) throw new CaveError('internal', 'Teams.delete was called without a team.');
    const nowSeconds = Math.floor(this.clock.nowMs() / 1000);
    await this.store.transaction(async (repositories) => {
      if ((await repositories.organizations.lock(organization.id)) === null) throw unknownOrganization(organization.name);
      if ((await repositories.teams.findById(team.id)) === null) throw unknownTeam(team.name);
      await removeBelongings(repositories, { organizationId: organization.id, teamId: team.id }, team.database, [null, ...this.stores.names()], nowSeconds);
      const deleted = await repositories.teams.delete(team.id);
      await repositories.changeOutbox.add([{ entity: 'team', id: team.id, operation: 'deleted', version: deleted.version }]);
      await repositories.audit.add({ who: actor.email, what: `team.delete ${tenantPathOf(tenant)}`, from: actor.from, details: { database: team.database } });
    });
  }
}
