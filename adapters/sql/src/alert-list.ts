import type { AlertFilter, AlertPage, AlertWithStatus, TenantRef } from '@cave/core';
import { sql, type RawBuilder } from 'kysely';
import { alertColumns, alertWithStatus, statusColumns, type AlertRow, type StatusRow } from './alert-rows.js';
import { anyCase } from './any-case.js';
import { one, type Session } from './session.js';
import { isTenant } from './tenant.js';

const withState = sql`alerts a join alert_states s on s.alert_id = a.id`;

const ORDERS: Readonly<Record<AlertPage['order'], RawBuilder<unknown>>> = {
  created: sql`a.id`,
  urgency: sql`case when s.state = 'firing' then 0 when s.health <> 'fine' then 1 else 2 end, s.since desc nulls last, a.id desc`,
};

export async function listAlerts(session: Session, tenant: TenantRef, filter: AlertFilter, { order, limit, offset }: AlertPage): Promise<readonly AlertWithStatus[]> {
  const rows = await session.rows(
    sql<AlertRow & StatusRow>`select ${alertColumns}, ${statusColumns} from ${withState} where ${matches(tenant, filter)} order by ${ORDERS[order]} limit ${limit} offset ${offset}`,
  );
  return rows.map(alertWithStatus);
}

export async function countAlerts(session: Session, tenant: TenantRef, filter: AlertFilter): Promise<number> {
  // Every alert has a state, but Postgres does not know: it would look each of them up.
  const from = filter.state === undefined && filter.health === undefined ? sql`alerts a` : withState;
  return (await one(session, sql<{ n: number }>`select count(*)::int as n from ${from} where ${matches(tenant, filter)}`)).n;
}

function matches(tenant: TenantRef, { text, state, health, enabled }: AlertFilter): RawBuilder<unknown> {
  const conditions = [isTenant(tenant, 'a'), sql`a.deleted_at is null`];
  if (enabled !== undefined) conditions.push(sql`a.enabled = ${enabled}`);
  if (state !== undefined) conditions.push(sql`s.state = ${state}`);
  if (health !== undefined) conditions.push(sql`s.health = ${health}`);
  if (text !== undefined && text !== '') {
    const pattern = anyCase(text);
    conditions.push(sql`(a.description ~ ${pattern} or a.condition ~ ${pattern})`);
  }
  return sql.join(conditions, sql` and `);
}
