import type { AlertRepository, AlertSettings, AlertWithStatus, TenantRef } from '@cave/core';
import { sql } from 'kysely';
import { countAlerts, listAlerts } from './alert-list.js';
import { alert, alertColumns, alertState, alertWithStatus, periodSeconds, scheduledAlert, stateColumns, statusColumns, type AlertRow, type ScheduledRow, type StateRow, type StatusRow } from './alert-rows.js';
import { changed, first, isId, number, one, type Session } from './session.js';
import { isTenant } from './tenant.js';

const scheduledColumns = sql.raw('a.id::text as id, a.version, a.period_seconds, a.offset_seconds, a.effective_from');

async function find(session: Session, tenant: TenantRef, id: string): Promise<AlertWithStatus | null> {
  if (!isId(id)) return null;
  const row = await first(
    session,
    sql<AlertRow & StatusRow>`select ${alertColumns}, ${statusColumns} from alerts a join alert_states s on s.alert_id = a.id
      where ${isTenant(tenant, 'a')} and a.id = ${id} and a.deleted_at is null`,
  );
  return row === null ? null : alertWithStatus(row);
}

/** The user's settings as assignments to the columns of `alerts`. */
function assignments(s: AlertSettings): ReturnType<typeof sql> {
  return sql`description = ${s.description}, enabled = ${s.enabled}, period = ${s.period}, condition = ${s.condition}, handbook_url = ${s.handbookUrl},
    routing = ${s.routing === null ? null : JSON.stringify(s.routing)}::jsonb, repeat_interval_seconds = ${s.repeatIntervalSeconds}, notify = ${s.notify},
    notify_no_data = ${s.notifyNoData}, notify_error = ${s.notifyError}, lookback_seconds = ${s.lookbackSeconds}`;
}

export function alertRepository(session: Session): AlertRepository {
  return {
    insert: (tenant, s, derived) =>
      session.atomic(async (inner) => {
        // The id comes first, because the offset is derived from it.
        const { id } = await one(inner, sql<{ id: string }>`select nextval(pg_get_serial_sequence('alerts', 'id'))::text as id`);
        const v = derived.version;
        const offset = derived.offset(id);
        const row = await one(
          inner,
          sql<AlertRow>`insert into alerts as a (id, organization_id, team_id, description, enabled, period, condition, handbook_url, routing, repeat_interval_seconds,
              notify, notify_no_data, notify_error, lookback_seconds, period_seconds, offset_seconds, effective_from)
            values (${id}, ${tenant.organizationId}, ${tenant.teamId}, ${s.description}, ${s.enabled}, ${s.period}, ${s.condition}, ${s.handbookUrl},
              ${s.routing === null ? null : JSON.stringify(s.routing)}::jsonb, ${s.repeatIntervalSeconds}, ${s.notify}, ${s.notifyNoData}, ${s.notifyError}, ${s.lookbackSeconds},
              ${periodSeconds(v.period)}, ${offset}, ${v.effectiveFrom})
            returning ${alertColumns}`,
        );
        // The first version ends nothing, so there is nothing of it to work off.
        await inner.rows(sql`
          with version as (
            insert into alert_versions (alert_id, version, effective_from, enabled, deleted, period, offset_seconds, condition, lookback_seconds)
            values (${id}, 1, ${v.effectiveFrom}, ${v.enabled}, false, ${JSON.stringify(v.period)}::jsonb, ${offset}, ${v.condition}, ${v.lookbackSeconds}))
          insert into alert_states (alert_id, alert_version, settled_version) values (${id}, 1, 1)`);
        return alert(row);
      }),

    find: (tenant, id) => find(session, tenant, id),

    list: (tenant, filter, page) => listAlerts(session, tenant, filter, page),

    count: (tenant, filter) => countAlerts(session, tenant, filter),

    lock: (tenant, id) =>
      session.atomic(async (inner) => {
        if (!isId(id)) return null;
        // Two statements: the alert is read by a snapshot taken after the lock was had.
        const state = await first(inner, sql<StateRow>`select ${stateColumns} from alert_states s where s.alert_id = ${id} for update`);
        const found = await find(inner, tenant, id);
        return state === null || found === null ? null : { alert: found.alert, state: alertState(state) };
      }),

    update: (id, settings, v) =>
      session.atomic(async (inner) => {
        const row = await changed(
          inner,
          'alert',
          sql<AlertRow>`update alerts a set ${assignments(settings)}, version = version + 1, updated_at = now(),
              period_seconds = ${periodSeconds(v.period)}, offset_seconds = ${v.offsetSeconds}, effective_from = ${v.effectiveFrom}
            where a.id = ${id} and a.deleted_at is null returning ${alertColumns}`,
        );
        // An edit that leaves the ticking as it was owes nothing and is settled at once.
        await inner.rows(sql`
          with version as (
            insert into alert_versions (alert_id, version, effective_from, enabled, deleted, period, offset_seconds, condition, lookback_seconds)
            values (${id}, ${row.version}, ${v.effectiveFrom}, ${v.enabled}, false, ${JSON.stringify(v.period)}::jsonb, ${v.offsetSeconds}, ${v.condition}, ${v.lookbackSeconds}))
          update alert_states s set
            alert_version = ${row.version},
            settled_version = case when s.settled_version = s.alert_version and before.enabled = ${v.enabled} and before.period = ${JSON.stringify(v.period)}::jsonb
                and before.offset_seconds = ${v.offsetSeconds} and before.condition = ${v.condition}
              then ${row.version}::bigint else s.settled_version end
          from alert_versions before
          where s.alert_id = ${id} and before.alert_id = s.alert_id and before.version = s.alert_version`);
        return alert(row);
      }),

    delete: (id, effectiveFrom) =>
      session.atomic(async (inner) => {
        const row = await changed(
          inner,
          'alert',
          sql<AlertRow>`update alerts a set enabled = false, version = version + 1, updated_at = now(), deleted_at = now(), effective_from = ${effectiveFrom}
            where a.id = ${id} and a.deleted_at is null returning ${alertColumns}`,
        );
        await inner.rows(sql`
          with version as (
            insert into alert_versions (alert_id, version, effective_from, enabled, deleted, period, offset_seconds, condition, lookback_seconds)
            select v.alert_id, ${row.version}::bigint, ${effectiveFrom}::bigint, false, true, v.period, v.offset_seconds, v.condition, v.lookback_seconds
            from alert_versions v where v.alert_id = ${id} order by v.version desc limit 1)
          update alert_states set alert_version = ${row.version} where alert_id = ${id}`);
        return alert(row);
      }),

    idsOf: async (tenant) =>
      (await session.rows(sql<{ id: string }>`select a.id::text as id from alerts a where ${isTenant(tenant, 'a')} and a.deleted_at is null order by a.id`)).map((row) => row.id),

    countEnabled: async () => (await one(session, sql<{ n: number }>`select count(*)::int as n from alerts where enabled and deleted_at is null`)).n,

    scheduled: async (afterId, limit) =>
      (
        await session.rows(
          sql<ScheduledRow>`select ${scheduledColumns}, true as enabled from alerts a where a.enabled and a.deleted_at is null and a.id > ${afterId ?? '0'} order by a.id limit ${limit}`,
        )
      ).map(scheduledAlert),

    scheduledByIds: async (ids) => {
      const known = ids.filter(isId);
      if (known.length === 0) return [];
      const rows = await session.rows(
        sql<ScheduledRow>`select ${scheduledColumns}, a.enabled and a.deleted_at is null as enabled
          from alerts a where a.id = any(array(select json_array_elements_text(${JSON.stringify(known)}::json)::bigint))`,
      );
      return rows.map(scheduledAlert);
    },

    unsettled: async (limit) =>
      (
        await session.rows(
          sql<{ alert_id: string; tick: string; version: string }>`select s.alert_id::text as alert_id, v.effective_from as tick, v.version
            from alert_states s join alert_versions v on v.alert_id = s.alert_id and v.version = s.alert_version
            where s.settled_version < s.alert_version order by s.alert_id limit ${limit}`,
        )
      ).map((row) => ({ alertId: row.alert_id, tick: number(row.tick), version: number(row.version) })),
  };
}
