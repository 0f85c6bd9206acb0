import type { PruningRepository } from '@cave/core';
import { sql, type RawBuilder } from 'kysely';
import { one, type Session } from './session.js';

/** Rows deleted by a statement that ends in `returning 1`. */
async function deleted(session: Session, statement: RawBuilder<unknown>): Promise<number> {
  return (await one(session, sql<{ n: number }>`with gone as (${statement}) select count(*)::int as n from gone`)).n;
}

/** Attempts first: they refer to their delivery. */
async function deleteDeliveries(session: Session, which: RawBuilder<unknown>): Promise<number> {
  const rows = await session.rows(sql<{ id: string }>`select d.id::text as id from deliveries d where d.status <> 'pending' and ${which} for update of d skip locked`);
  if (rows.length === 0) return 0;
  const ids = sql`array(select json_array_elements_text(${JSON.stringify(rows.map(({ id }) => id))}::json)::bigint)`;
  await session.rows(sql`delete from delivery_attempts where delivery_id = any(${ids})`);
  return deleted(session, sql`delete from deliveries where id = any(${ids}) returning 1`);
}

export function pruningRepository(session: Session): PruningRepository {
  return {
    prune: (limits, rows) =>
      session.atomic(async (inner) => {
        const before = (seconds: number): RawBuilder<unknown> => sql`now() - make_interval(secs => ${seconds})`;
        const old = await inner.rows(sql<{ id: string }>`
          (select e.id from alert_events e where e.created_at < ${before(limits.eventSeconds)} order by e.created_at limit ${rows})
          union
          (select e.id from (select distinct alert_id from alert_events where created_at >= ${before(limits.busySeconds)}) busy
             cross join lateral (select id from alert_events where alert_id = busy.alert_id order by tick desc, sequence desc offset ${limits.eventsPerAlert}) e
           limit ${rows})`);
        const ids = sql`array(select json_array_elements_text(${JSON.stringify(old.map(({ id }) => id))}::json))`;
        const withEvents = old.length === 0 ? 0 : await deleteDeliveries(inner, sql`d.event_id = any(${ids})`);
        const events = old.length === 0 ? 0 : await deleted(inner, sql`delete from alert_events where id = any(${ids}) returning 1`);
        // Those that were still pending when their event went.
        const alone = await deleteDeliveries(inner, sql`d.id in (select id from deliveries where status <> 'pending' and created_at < ${before(limits.eventSeconds)} order by created_at limit ${rows})`);
        const issues = await deleted(inner, sql`delete from status_issues where id in (select id from status_issues where closed_at < ${before(limits.eventSeconds)} order by closed_at limit ${rows}) returning 1`);
        const audit = await deleted(inner, sql`delete from audit where id in (select id from audit where created_at < ${before(limits.auditSeconds)} order by created_at limit ${rows}) returning 1`);
        return { events, deliveries: withEvents + alone, issues, audit };
      }),
  };
}
