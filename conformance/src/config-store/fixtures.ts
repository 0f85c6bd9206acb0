import { randomBytes } from 'node:crypto';
import type { Alert, AlertEvent, AlertSettings, AlertState, CheckCommit, NewDelivery, Organization, Repositories, TenantRef, User } from '@cave/core';

export const unique = (prefix: string): string => `${prefix}-${randomBytes(6).toString('hex')}`;

export async function organization(store: Repositories): Promise<{ readonly organization: Organization; readonly tenant: TenantRef }> {
  const name = unique('org');
  const made = await store.organizations.insert({ name, email: 'ops@example.org', notificationUrl: 'https://example.org/hook', signingSecret: 'secret', cluster: null, database: unique(name) });
  return { organization: made, tenant: { organizationId: made.id, teamId: null } };
}

export function user(store: Repositories, email = `${unique('user')}@example.org`): Promise<User> {
  return store.users.insert({ email, firstName: 'First', lastName: 'Last', passwordHash: '$argon2id$v=19$x' });
}

export const SETTINGS: AlertSettings = {
  description: 'orders are low',
  enabled: true,
  period: '1m',
  condition: 'orders < 5',
  handbookUrl: null,
  routing: { service: 'ä"b' },
  repeatIntervalSeconds: 600,
  notify: 'changes',
  notifyNoData: false,
  notifyError: true,
  lookbackSeconds: null,
};

export const VERSION = { effectiveFrom: 100, enabled: true, period: { kind: 'every', seconds: 60 }, condition: SETTINGS.condition, lookbackSeconds: null } as const;

export function alert(store: Repositories, tenant: TenantRef, settings: Partial<AlertSettings> = {}): Promise<Alert> {
  const { enabled = SETTINGS.enabled } = settings;
  return store.alerts.insert(tenant, { ...SETTINGS, ...settings }, { version: { ...VERSION, enabled }, offset: (id) => Number(id) % 60 });
}

export function event(alertId: string, tick: number): AlertEvent {
  return { id: `${alertId}-${String(tick)}-triggered`, alertId, tick, type: 'triggered', state: 'firing', health: 'fine', since: tick, values: [], reason: 'condition', superseded: false };
}

export function delivery(told: AlertEvent, receiver = 'webhook:https://example.org/hook'): NewDelivery {
  return {
    eventId: told.id,
    receiver,
    notification: {
      event: told,
      organization: { name: 'o', email: 'ops@example.org', notification_url: 'https://example.org/hook' },
      team: null,
      cluster: null,
      alert: { id: told.alertId, description: 'd', condition: 'c', period: '1m', enabled: true, handbook_url: null, routing: null },
      url: 'https://example.org/alerts/1',
    },
  };
}

/** A commit of one true check at `tick`, which fires. */
export function commit(state: AlertState, version: number, tick: number): CheckCommit {
  const told = event(state.alertId, tick);
  return {
    alertId: state.alertId,
    expectedLastTick: state.lastTick,
    expectedVersion: version,
    state: { ...state, lastTick: tick, state: 'firing', since: tick },
    ledger: [{ tick, verdict: { kind: 'true' }, value: 1 }],
    events: [told],
    deliveries: [delivery(told)],
    database: 'database',
    cluster: null,
  };
}
