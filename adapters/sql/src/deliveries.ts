import type { Delivery, DeliveryAttempt, DeliveryRepository, DeliveryStatus, Notification } from '@cave/core';
import { sql, type RawBuilder } from 'kysely';
import { isId, number, numberOrNull, one, type Session } from './session.js';

interface DeliveryRow {
  readonly id: string;
  readonly event_id: string;
  readonly alert_id: string;
  readonly receiver: string;
  readonly notification: Notification;
  readonly signing_secret: string;
  readonly status: DeliveryStatus;
  readonly attempts: string;
  readonly created_at: Date;
}

interface AttemptRow {
  readonly delivery_id: string;
  readonly at: Date;
  readonly outcome: DeliveryAttempt['outcome'];
  readonly http_status: string | null;
  readonly answer: string;
}

const columns = sql.raw(
  'd.id::text as id, d.event_id, d.alert_id::text as alert_id, d.receiver, d.notification, o.signing_secret, d.status, d.attempts, d.created_at',
);

/** Pending, and nothing pending before it for the same receiver of the same alert. */
const isHead = sql.raw(
  "d.status = 'pending' and not exists (select 1 from deliveries p where p.alert_id = d.alert_id and p.receiver = d.receiver and p.status = 'pending' and p.id < d.id)",
);

const isFree = sql.raw('(d.leased_until is null or d.leased_until <= now())');

/** The next organization that has something pending, by its id: one look into an index for each, whatever it has. */
function nextOrganization(after: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(select d.organization_id from deliveries d where d.status = 'pending' ${after} order by d.organization_id limit 1)`;
}

function delivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    eventId: row.event_id,
    alertId: row.alert_id,
    receiver: row.receiver,
    notification: row.notification,
    signingSecret: row.signing_secret,
    status: row.status,
    attempts: number(row.attempts),
    createdAt: row.created_at,
  };
}

function attempt(row: AttemptRow): DeliveryAttempt {
  return { deliveryId: row.delivery_id, at: row.at, outcome: row.outcome, httpStatus: numberOrNull(row.http_status), answer: row.answer };
}

export function deliveryRepository(session: Session): DeliveryRepository {
  return {
    lease: async (dispatcher, leaseSeconds, { limit, perOrganization }) => {
      const rows = await session.rows(sql<DeliveryRow>`
        with recursive organization (id) as (
          ${nextOrganization(sql``)}
          union all
          select (${nextOrganization(sql`and d.organization_id > o.id`)}) from organization o where o.id is not null),
        turns as materialized (
          select d.id, held.leases + d.place as turn, d.due_at
          from organization o
          cross join lateral (
            select count(*)::int as leases from deliveries l
            where l.organization_id = o.id and l.leased_by = ${dispatcher}::text and l.leased_until > now()) held
          cross join lateral (
            select first.id, first.due_at, row_number() over (order by first.due_at, first.id) as place from (
              select d.id, d.due_at from deliveries d
              where d.organization_id = o.id and ${isHead} and d.due_at <= now() and ${isFree}
              order by d.due_at, d.id limit ${perOrganization}) first) d
          where d.place <= ${perOrganization}::int - held.leases
          order by turn, d.due_at, d.id limit ${limit}),
        due as materialized (
          select d.id from deliveries d
          where d.id in (select id from turns) and d.status = 'pending' and ${isFree}
          for update of d skip locked),
        leased as (
          update deliveries set leased_by = ${dispatcher}, leased_until = now() + make_interval(secs => ${leaseSeconds}), updated_at = now()
          where id in (select id from due) returning *)
        select ${columns} from leased d join organizations o on o.id = d.organization_id order by d.id`);
      return rows.map(delivery);
    },

    settle: async (dispatcher, made, next, fallback) => {
      if (!isId(made.deliveryId)) return false;
      const retrySeconds = next.status === 'pending' ? next.retryInSeconds : 0;
      const parts = [
        sql`settled as (
          update deliveries set status = ${next.status}, attempts = attempts + 1, due_at = now() + make_interval(secs => ${retrySeconds}),
            leased_by = null, leased_until = null, updated_at = now()
          where id = ${made.deliveryId} and leased_by = ${dispatcher} and status = 'pending' returning id, alert_id, organization_id)`,
        sql`attempt as (
          insert into delivery_attempts (delivery_id, at, outcome, http_status, answer)
          select id, ${made.at}::timestamptz, ${made.outcome}::text, ${made.httpStatus}::bigint, ${made.answer}::text from settled)`,
      ];
      if (fallback !== undefined && next.status === 'given_up') {
        parts.push(sql`fallback as (
          insert into deliveries (event_id, alert_id, organization_id, receiver, notification)
          select ${fallback.eventId}::text, alert_id, organization_id, ${fallback.receiver}::text, ${JSON.stringify(fallback.notification)}::jsonb from settled
          on conflict (event_id, receiver) do nothing)`);
      }
      return (await session.rows(sql`with ${sql.join(parts)} select id from settled`)).length > 0;
    },

    ofEvents: async (eventIds) => {
      if (eventIds.length === 0) return [];
      const rows = await session.rows(sql<DeliveryRow>`
        select ${columns} from deliveries d join organizations o on o.id = d.organization_id
        where d.event_id = any(array(select json_array_elements_text(${JSON.stringify(eventIds)}::json))) order by d.id desc`);
      const attempts = await session.rows(sql<AttemptRow>`
        select t.delivery_id::text as delivery_id, t.at, t.outcome, t.http_status, t.answer from delivery_attempts t
        where t.delivery_id = any(array(select json_array_elements_text(${JSON.stringify(rows.map((row) => row.id))}::json)::bigint)) order by t.id`);
      const logs = new Map<string, DeliveryAttempt[]>();
      for (const row of attempts) logs.set(row.delivery_id, [...(logs.get(row.delivery_id) ?? []), attempt(row)]);
      return rows.map((row) => ({ ...delivery(row), log: logs.get(row.id) ?? [] }));
    },

    nextDueSeconds: async () => {
      const row = await one(
        session,
        sql<{ seconds: number | null }>`select extract(epoch from least(
            (select d.due_at from deliveries d where ${isHead} and d.leased_by is null order by d.due_at, d.id limit 1),
            (select min(d.leased_until) from deliveries d where d.leased_by is not null)) - now())::float8 as seconds`,
      );
      return row.seconds === null ? null : Math.max(0, row.seconds);
    },
  };
}
