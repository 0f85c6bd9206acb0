import type { ChangeOutboxRepository, ConfigurationChange, HistoryOutboxRepository, PendingHistory, PendingStoreTask, StoreTaskRepository } from '@cave/core';
import { sql, type RawBuilder } from 'kysely';
import { number, type Session } from './session.js';

/*
 * Rows are taken with their locks, which the caller's transaction holds until it has deleted
 * them: another relay skips them, and a crash gives them back. What is taken is whatever is
 * there, never "ids above a cursor": a transaction with a lower id may commit later.
 * The order names the table, because a bare `id` would mean the text that is answered.
 */

function deleteIds(table: string, ids: readonly string[]): RawBuilder<unknown> {
  return sql`delete from ${sql.table(table)} where id = any(array(select json_array_elements_text(${JSON.stringify(ids)}::json)::bigint))`;
}

export function changeOutboxRepository(session: Session): ChangeOutboxRepository {
  return {
    add: async (changes) => {
      if (changes.length === 0) return;
      await session.rows(sql`insert into change_outbox (change) select value from jsonb_array_elements(${JSON.stringify(changes)}::jsonb)`);
    },
    take: (limit) =>
      session.rows(sql<{ id: string; change: ConfigurationChange }>`select o.id::text as id, o.change from change_outbox o order by o.id limit ${limit} for update skip locked`),
    delete: async (ids) => {
      if (ids.length > 0) await session.rows(deleteIds('change_outbox', ids));
    },
  };
}

export function storeTaskRepository(session: Session): StoreTaskRepository {
  return {
    add: async (tasks) => {
      if (tasks.length === 0) return;
      await session.rows(sql`insert into store_tasks (task, database, cluster)
        select t.task, t.database, t.cluster from json_to_recordset(${JSON.stringify(tasks)}::json) as t(task text, database text, cluster text)`);
    },
    take: (limit) => session.rows(sql<PendingStoreTask>`select o.id::text as id, o.task, o.database, o.cluster from store_tasks o order by o.id limit ${limit} for update skip locked`),
    delete: async (ids) => {
      if (ids.length > 0) await session.rows(deleteIds('store_tasks', ids));
    },
  };
}

interface HistoryRow extends Omit<PendingHistory, 'alertId' | 'tick'> {
  readonly alert_id: string;
  readonly tick: string;
}

export function historyOutboxRepository(session: Session): HistoryOutboxRepository {
  return {
    take: async (limit) => {
      const rows = await session.rows(
        sql<HistoryRow>`select o.id::text as id, o.alert_id::text as alert_id, o.tick, o.value, o.error, o.database, o.cluster from pending_history o order by o.id limit ${limit} for update skip locked`,
      );
      return rows.map(({ alert_id, tick, ...row }) => ({ ...row, alertId: alert_id, tick: number(tick) }));
    },
    delete: async (ids) => {
      if (ids.length > 0) await session.rows(deleteIds('pending_history', ids));
    },
  };
}
