import { CaveError } from '../../errors.js';
import { mintDatabaseKey } from '../../domain/database-key.js';
import { tenantNameProblem } from '../../domain/names.js';
import type { Clock } from '../../ports/clock.js';
import type { ConfigStore, Organization, Tenant } from '../../ports/config-store.js';
import type { MetricsStores } from '../../ports/metrics-store.js';
import type { Actor } from '../identity/actor.js';
import { newSecret } from '../identity/secrets.js';
import { unknownOrganization } from './directory.js';
import { DEFAULT_TOKEN, issueToken, type IssuedToken } from './new-token.js';
import { removeBelongings } from './removal.js';
import { checkedNotificationUrl, originOf } from './notification-url.js';

export interface NewOrganization {
  readonly name: string;
  readonly email: string;
  readonly notificationUrl: string;
}

export interface OrganizationChange {
  readonly email?: string;
  readonly notificationUrl?: string;
}

export class Organizations {
  constructor(
    private readonly store: ConfigStore,
    private readonly stores: Pick<MetricsStores, 'names'>,
    private readonly clock: Clock,
  ) {}

  /** The creator becomes its admin. Throws `invalid_argument`, or `conflict` for a taken name. */
  async create(actor: Actor, input: NewOrganization): Promise<{ readonly organization: Organization; readonly token: IssuedToken }> {
    const problem = tenantNameProblem(input.name);
    if (problem !== null) throw new CaveError('invalid_argument', `The organization's name ${problem}.`, { reason: 'invalid_name' });
    const notificationUrl = checkedNotificationUrl(input.notificationUrl);
    return this.store.transaction(async (repositories) => {
      if ((await repositories.organizations.findByName(input.name)) !== null) throw taken(input.name);
      const organization = await insert(() =>
        repositories.organizations.insert({
          name: input.name,
          email: input.email,
          notificationUrl,
          signingSecret: newSecret(),
          cluster: null,
          database: mintDatabaseKey(input.name, null),
        }), input.name);
      const tenant = { organizationId: organization.id, teamId: null };
      await repositories.memberships.add(tenant, actor.userId, 'admin');
      const token = await issueToken(repositories, tenant, DEFAULT_TOKEN);
      await repositories.storeTasks.add([{ task: 'create_database', database: organization.database, cluster: null }]);
      await repositories.changeOutbox.add([{ entity: 'organization', id: organization.id, operation: 'created', version: organization.version }]);
      await repositories.audit.add({
        who: actor.email,
        what: `organization.create organization/${organization.name}`,
        from: actor.from,
        details: { email: organization.email, notification_origin: originOf(notificationUrl) },
      });
      return { organization, token };
    });
  }

  async update(actor: Actor, tenant: Tenant, change: OrganizationChange): Promise<Organization> {
    if (change.email === undefined && change.notificationUrl === undefined) {
      throw new CaveError('invalid_argument', 'Give at least one of "email" and "notification_url".', { reason: 'nothing_to_change' });
    }
    const checked = change.notificationUrl === undefined ? change : { ...change, notificationUrl: checkedNotificationUrl(change.notificationUrl) };
    const { id, name } = tenant.organization;
    return this.store.transaction(async (repositories) => {
      if ((await repositories.organizations.lock(id)) === null) throw unknownOrganization(name);
      const organization = await repositories.organizations.update(id, checked);
      await repositories.changeOutbox.add([{ entity: 'organization', id, operation: 'updated', version: organization.version }]);
      await repositories.audit.add({
        who: actor.email,
        what: `organization.update organization/${name}`,
        from: actor.from,
        details: {
          ...(checked.email === undefined ? {} : { email: checked.email }),
          ...(checked.notificationUrl === undefined ? {} : { notification_origin: originOf(checked.notificationUrl) }),
        },
      });
      return organization;
    });
  }

  /** A new secret that notifications are signed with; the old one signs nothing from here on. Shown this once. */
  async rotateSigningSecret(actor: Actor, tenant: Tenant): Promise<string> {
    const { id, name } = tenant.organization;
    const signingSecret = newSecret();
    await this.store.transaction(async (repositories) => {
      if ((await repositories.organizations.lock(id)) === null) throw unknownOrganization(name);
      const organization = await repositories.organizations.update(id, { signingSecret });
      await repositories.changeOutbox.add([{ entity: 'organization', id, operation: 'updated', version: organization.version }]);
      await repositories.audit.add({ who: actor.email, what: `organization.rotate-signing-secret organization/${name}`, from: actor.from, details: {} });
    });
    return signingSecret;
  }

  /** Throws `invalid_argument` while it has teams. Its data is dropped by a task of the same transaction. */
  async delete(actor: Actor, tenant: Tenant): Promise<void> {
    const { id, name } = tenant.organization;
    const nowSeconds = Math.floor(this.clock.nowMs() / 1000);
    await this.store.transaction(async (repositories) => {
      const organization = await repositories.organizations.lock(id);
      if (organization === null) throw unknownOrganization(name);
      if ((await repositories.teams.list(id)).length > 0) {
        throw new CaveError('invalid_argument', 'The organization still has teams; delete them first.', { reason: 'has_teams' });
      }
      await removeBelongings(repositories, { organizationId: id, teamId: null }, organization.database, [null, ...this.stores.names()], nowSeconds);
      const deleted = await repositories.organizations.delete(id);
      await repositories.changeOutbox.add([{ entity: 'organization', id, operation: 'deleted', version: deleted.version }]);
      await repositories.audit.add({ who: actor.email, what: `organization.delete organization/${name}`, from: actor.from, details: { database: organization.database } });
    });
  }
}

function taken(name: string): CaveError {
  return new CaveError('conflict', `The organization "${name}" already exists.`, { reason: 'name_taken' });
}

async function insert<T>(work: () => Promise<T>, name: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CaveError && error.code === 'conflict') throw taken(name);
    throw error;
  }
}
