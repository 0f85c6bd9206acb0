import type { Alert, AlertState, AlertStatus, AlertVersion, AlertWithStatus, Period, ScheduledAlert } from '@cave/core';
import { sql } from 'kysely';
import { number, numberOrNull } from './session.js';

export interface AlertRow {
  readonly id: string;
  readonly organization_id: string;
  readonly team_id: string | null;
  readonly description: string;
  readonly enabled: boolean;
  readonly period: string;
  readonly condition: string;
  readonly handbook_url: string | null;
  readonly routing: Record<string, string> | null;
  readonly repeat_interval_seconds: string | null;
  readonly notify: 'changes' | 'every_check';
  readonly notify_no_data: boolean;
  readonly notify_error: boolean;
  readonly lookback_seconds: string | null;
  readonly version: string;
  readonly offset_seconds: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export const alertColumns = sql.raw(
  `a.id::text as id, a.organization_id::text as organization_id, a.team_id::text as team_id, a.description, a.enabled, a.period, a.condition, a.handbook_url, a.routing,
   a.repeat_interval_seconds, a.notify, a.notify_no_data, a.notify_error, a.lookback_seconds, a.version, a.offset_seconds, a.created_at, a.updated_at`,
);

export function alert(row: AlertRow): Alert {
  return {
    id: row.id,
    organizationId: row.organization_id,
    teamId: row.team_id,
    description: row.description,
    enabled: row.enabled,
    period: row.period,
    condition: row.condition,
    handbookUrl: row.handbook_url,
    routing: row.routing,
    repeatIntervalSeconds: numberOrNull(row.repeat_interval_seconds),
    notify: row.notify,
    notifyNoData: row.notify_no_data,
    notifyError: row.notify_error,
    lookbackSeconds: numberOrNull(row.lookback_seconds),
    version: number(row.version),
    offsetSeconds: number(row.offset_seconds),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export interface StateRow {
  readonly alert_id: string;
  readonly last_tick: string | null;
  readonly state: 'ok' | 'firing';
  readonly since: string | null;
  readonly health: AlertState['health'];
  readonly sick_checks: string;
  readonly sick_told: boolean;
  readonly last_reminder: string | null;
  readonly told_state: 'ok' | 'firing';
  readonly settled_version: string;
}

export const stateColumns = sql.raw(
  's.alert_id::text as alert_id, s.last_tick, s.state, s.since, s.health, s.sick_checks, s.sick_told, s.last_reminder, s.told_state, s.settled_version',
);

export function alertState(row: StateRow): AlertState {
  return {
    alertId: row.alert_id,
    lastTick: numberOrNull(row.last_tick),
    state: row.state,
    since: numberOrNull(row.since),
    health: row.health,
    sickChecks: number(row.sick_checks),
    sickTold: row.sick_told,
    lastReminder: numberOrNull(row.last_reminder),
    toldState: row.told_state,
    settledVersion: number(row.settled_version),
  };
}

export type StatusRow = Pick<StateRow, 'last_tick' | 'state' | 'since' | 'health'>;

export const statusColumns = sql.raw('s.last_tick, s.state, s.since, s.health');

export function alertWithStatus(row: AlertRow & StatusRow): AlertWithStatus {
  const status: AlertStatus = { state: row.state, since: numberOrNull(row.since), health: row.health, lastTick: numberOrNull(row.last_tick) };
  return { alert: alert(row), status };
}

/** As `json_build_object` of `versionJson` gives it: numbers are numbers there. */
export interface VersionJson {
  readonly version: number;
  readonly effective_from: number;
  readonly enabled: boolean;
  readonly deleted: boolean;
  readonly period: Period;
  readonly offset_seconds: number;
  readonly condition: string;
  readonly lookback_seconds: number | null;
}

export const versionJson = sql.raw(
  `json_build_object('version', v.version, 'effective_from', v.effective_from, 'enabled', v.enabled, 'deleted', v.deleted, 'period', v.period,
   'offset_seconds', v.offset_seconds, 'condition', v.condition, 'lookback_seconds', v.lookback_seconds)`,
);

export function alertVersion(json: VersionJson): AlertVersion {
  return {
    version: json.version,
    effectiveFrom: json.effective_from,
    enabled: json.enabled,
    deleted: json.deleted,
    period: json.period,
    offsetSeconds: json.offset_seconds,
    condition: json.condition,
    lookbackSeconds: json.lookback_seconds,
  };
}

export interface ScheduledRow {
  readonly id: string;
  readonly version: string;
  readonly enabled: boolean;
  readonly period_seconds: string;
  readonly offset_seconds: string;
  readonly effective_from: string;
}

export function scheduledAlert(row: ScheduledRow): ScheduledAlert {
  return {
    id: row.id,
    version: number(row.version),
    enabled: row.enabled,
    periodSeconds: number(row.period_seconds),
    offsetSeconds: number(row.offset_seconds),
    effectiveFrom: number(row.effective_from),
  };
}

const DAY_SECONDS = 86_400;

export function periodSeconds(period: Period): number {
  return period.kind === 'every' ? period.seconds : DAY_SECONDS;
}
