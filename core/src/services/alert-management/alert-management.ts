import { CaveError } from '../../errors.js';
import type { Alert, AlertSettings } from '../../domain/alert.js';
import { readKey } from '../../domain/related-metrics.js';
import { initialState } from '../../domain/state-machine.js';
import { offsetFor } from '../../domain/tick.js';
import type { Clock } from '../../ports/clock.js';
import type { AlertFilter, AlertPage, AlertWithStatus, ConfigStore, Repositories, Tenant } from '../../ports/config-store.js';
import type { Actor } from '../identity/actor.js';
import { metricSpaceOf } from '../metrics-query/metric-space.js';
import { refOf, tenantPathOf, unknownOrganization, unknownTeam } from '../tenancy/directory.js';
import { changedSettings, differingSettings, newSettings, type AlertInput, type NewAlertInput, type ReadSettings } from './alert-input.js';

/**
 * Alerts of a tenant. Every change is one transaction: alert, version, outbox row and audit
 * record. An edit takes effect from max(now, last recorded tick), under the lock of the
 * alert's state row, so that no tick is ever evaluated under a version that came after it.
 */
export class AlertManagement {
  constructor(
    private readonly store: ConfigStore,
    private readonly clock: Clock,
  ) {}

  /** Throws `invalid_argument`, for condition and period with the column of the fault. */
  async create(actor: Actor, tenant: Tenant, input: NewAlertInput): Promise<AlertWithStatus> {
    const read = newSettings(input);
    const effectiveFrom = this.#now();
    return this.store.transaction(async (repositories) => {
      await lockTenant(repositories, tenant);
      const alert = await repositories.alerts.insert(refOf(tenant), read.settings, {
        version: { effectiveFrom, enabled: read.settings.enabled, period: read.period, condition: read.settings.condition, lookbackSeconds: read.settings.lookbackSeconds },
        offset: (id) => offsetOf(id, tenant, read),
      });
      await record(repositories, actor, tenant, alert, 'created', 'create', { settings: shown(alert) });
      return { alert, status: initialState(alert.id) };
    });
  }

  list(tenant: Tenant, filter: AlertFilter, page: AlertPage): Promise<readonly AlertWithStatus[]> {
    return this.store.alerts.list(refOf(tenant), filter, page);
  }

  /** How many alerts all pages of `list` hold together. */
  count(tenant: Tenant, filter: AlertFilter): Promise<number> {
    return this.store.alerts.count(refOf(tenant), filter);
  }

  /** Throws `not_found`, also for an alert of another tenant. */
  async find(tenant: Tenant, id: string): Promise<AlertWithStatus> {
    const found = await this.store.alerts.find(refOf(tenant), id);
    if (found === null) throw unknownAlert(id);
    return found;
  }

  /** Saving an unchanged alert does nothing. Throws `not_found` and `invalid_argument`. */
  async update(actor: Actor, tenant: Tenant, id: string, input: AlertInput): Promise<AlertWithStatus> {
    return this.store.transaction(async (repositories) => {
      const locked = await repositories.alerts.lock(refOf(tenant), id);
      if (locked === null) throw unknownAlert(id);
      const { alert, state } = locked;
      const read = changedSettings(alert, input);
      const changed = differingSettings(alert, read.settings);
      if (changed.length === 0) return { alert, status: state };
      const ticksMove = changed.includes('period') || changed.includes('condition');
      const updated = await repositories.alerts.update(id, read.settings, {
        effectiveFrom: Math.max(this.#now(), state.lastTick ?? 0),
        enabled: read.settings.enabled,
        period: read.period,
        offsetSeconds: ticksMove ? offsetOf(id, tenant, read) : alert.offsetSeconds,
        condition: read.settings.condition,
        lookbackSeconds: read.settings.lookbackSeconds,
      });
      await record(repositories, actor, tenant, updated, 'updated', 'update', { changed, settings: shown(updated) });
      return { alert: updated, status: state };
    });
  }

  /** Throws `not_found`. What was due until now is still checked; a firing alert is told as resolved. */
  async delete(actor: Actor, tenant: Tenant, id: string): Promise<void> {
    await this.store.transaction(async (repositories) => {
      const locked = await repositories.alerts.lock(refOf(tenant), id);
      if (locked === null) throw unknownAlert(id);
      const deleted = await repositories.alerts.delete(id, Math.max(this.#now(), locked.state.lastTick ?? 0));
      await record(repositories, actor, tenant, deleted, 'deleted', 'delete', {});
    });
  }

  #now(): number {
    return Math.floor(this.clock.nowMs() / 1000);
  }
}

export function unknownAlert(id: string): CaveError {
  return new CaveError('not_found', `There is no alert "${id}".`, { reason: 'unknown_alert' });
}

/** Keeps the tenant from being deleted while an alert is added to it. */
async function lockTenant(repositories: Repositories, tenant: Tenant): Promise<void> {
  if ((await repositories.organizations.lock(tenant.organization.id)) === null) throw unknownOrganization(tenant.organization.name);
  if (tenant.team !== null && (await repositories.teams.findById(tenant.team.id)) === null) throw unknownTeam(tenant.team.name);
}

/** Alerts of one tenant that read alike tick together, so that one query serves them. */
function offsetOf(id: string, tenant: Tenant, read: ReadSettings): number {
  return offsetFor(id, read.period, readKey(metricSpaceOf(tenant).database, read.condition));
}

async function record(
  repositories: Repositories,
  actor: Actor,
  tenant: Tenant,
  alert: Alert,
  operation: 'created' | 'updated' | 'deleted',
  verb: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await repositories.changeOutbox.add([{ entity: 'alert', id: alert.id, operation, version: alert.version }]);
  await repositories.audit.add({ who: actor.email, what: `alert.${verb} ${tenantPathOf(tenant)}/alert/${alert.id}`, from: actor.from, details });
}

/** Settings for the audit record. Routing holds keys of other services: only its names are shown. */
function shown(alert: AlertSettings): Readonly<Record<string, unknown>> {
  const { description, enabled, period, condition, handbookUrl, routing, repeatIntervalSeconds, notify, notifyNoData, notifyError, lookbackSeconds } = alert;
  return { description, enabled, period, condition, handbookUrl, routing: routing === null ? null : Object.keys(routing), repeatIntervalSeconds, notify, notifyNoData, notifyError, lookbackSeconds };
}
