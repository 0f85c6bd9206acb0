import type { components } from '../../api/contract.js';
import type { TenantOfUser } from './tenants-of-user.js';

export type Alert = components['schemas']['Alert'];

/** What one tenant answered. */
export interface FiringOfTenant {
  readonly of: TenantOfUser;
  /** The newest of those that fire; there may be more. */
  readonly alerts: readonly Alert[];
  /** How many fire altogether. */
  readonly total: number;
}

export interface FiringAlert {
  readonly of: TenantOfUser;
  readonly alert: Alert;
}

/** What fires over all tenants, the newest first: it is what nobody has looked at yet. */
export function firingNewestFirst(answers: readonly FiringOfTenant[]): readonly FiringAlert[] {
  const all = answers.flatMap(({ of, alerts }) => alerts.map((alert) => ({ of, alert })));
  return all.sort((a, b) => sinceMs(b) - sinceMs(a) || a.of.title.localeCompare(b.of.title) || a.alert.description.localeCompare(b.alert.description));
}

export function totalFiring(answers: readonly FiringOfTenant[]): number {
  return answers.reduce((sum, { total }) => sum + total, 0);
}

/** Tenants of which not all that fires is at hand, with how many are missing. */
export function notShown(answers: readonly FiringOfTenant[]): readonly { readonly of: TenantOfUser; readonly count: number }[] {
  return answers.flatMap(({ of, alerts, total }) => (total > alerts.length ? [{ of, count: total - alerts.length }] : []));
}

const REFRESH_MS = 10_000;
/** Beyond 40 tenants the pauses grow, so that one page asks no more than four times a second. */
const REFRESH_MS_PER_TENANT = 250;

/** How often each tenant is asked. */
export function refreshMs(tenants: number): number {
  return Math.max(REFRESH_MS, tenants * REFRESH_MS_PER_TENANT);
}

function sinceMs({ alert }: FiringAlert): number {
  return alert.status.since === null ? Number.NEGATIVE_INFINITY : Date.parse(alert.status.since);
}
