import type { CheckCommit } from '@cave/core';
import { sql } from 'kysely';
import type { Session } from './session.js';

type Outcome = 'committed' | 'stale';

/**
 * Many compare-and-sets in one statement: the state rows that still match are updated, and
 * ledger, events and deliveries are inserted for those only. A second commit of one alert
 * in the same call needs a statement of its own, because an update touches a row once.
 */
export function commitChecks(session: Session, commits: readonly CheckCommit[]): Promise<readonly Outcome[]> {
  if (commits.length === 0) return Promise.resolve([]);
  return session.atomic(async (inner) => {
    const outcomes = new Array<Outcome>(commits.length).fill('stale');
    for (const round of rounds(commits)) {
      for (const { i } of await inner.rows(commitRound(commits, round))) outcomes[i] = 'committed';
    }
    return outcomes;
  });
}

/** Indexes of the commits, each alert at most once in a round, in the order given. */
function rounds(commits: readonly CheckCommit[]): readonly (readonly number[])[] {
  const seen = new Map<string, number>();
  const result: number[][] = [];
  commits.forEach((commit, i) => {
    const round = seen.get(commit.alertId) ?? 0;
    seen.set(commit.alertId, round + 1);
    (result[round] ??= []).push(i);
  });
  return result;
}

/*
 * Rows travel as JSON arrays of arrays: half the text of objects, and one parameter however
 * many there are. They are sorted by alert, so that two workers lock in the same order
 * wherever the plan follows the input; a deadlock that happens all the same is retried by
 * the transaction.
 */
function commitRound(commits: readonly CheckCommit[], round: readonly number[]): ReturnType<typeof sql<{ i: number }>> {
  const states: unknown[] = [];
  const ledger: unknown[] = [];
  const events: unknown[] = [];
  const deliveries: unknown[] = [];
  const byAlert = [...round].sort((a, b) => Number(commits[a]?.alertId) - Number(commits[b]?.alertId));
  for (const i of byAlert) {
    const c = commits[i];
    if (c === undefined) continue;
    const s = c.state;
    states.push({
      i, a: c.alertId, v: c.expectedVersion, e: c.expectedLastTick, t: s.lastTick, s: s.state, f: s.since, h: s.health,
      n: s.sickChecks, k: s.sickTold, r: s.lastReminder, o: s.toldState, w: s.settledVersion, d: c.database, c: c.cluster,
    });
    for (const row of c.ledger) ledger.push({ i, t: row.tick, v: row.value, e: 'reason' in row.verdict ? row.verdict.reason : null });
    for (const event of c.events) events.push({ i, id: event.id, t: event.tick, e: event });
    for (const delivery of c.deliveries) deliveries.push({ i, id: delivery.eventId, r: delivery.receiver, n: delivery.notification });
  }
  const parts = [
    sql`input as materialized (
      select * from json_to_recordset(${JSON.stringify(states)}::json) as x(i int, a bigint, v bigint, e bigint, t bigint, s text, f bigint, h text,
        n bigint, k boolean, r bigint, o text, w bigint, d text, c text))`,
    sql`done as (
      update alert_states st set last_tick = x.t, state = x.s, since = x.f, health = x.h, sick_checks = x.n, sick_told = x.k, last_reminder = x.r,
        told_state = x.o, settled_version = x.w
      from input x where st.alert_id = x.a and st.alert_version = x.v and st.last_tick is not distinct from x.e
      returning x.i, x.a, x.d, x.c)`,
  ];
  if (ledger.length > 0) {
    parts.push(sql`ledger as (
      insert into pending_history (alert_id, tick, value, error, database, cluster)
      select done.a, l.t, l.v, l.e, done.d, done.c from json_to_recordset(${JSON.stringify(ledger)}::json) as l(i int, t bigint, v smallint, e text) join done on done.i = l.i)`);
  }
  if (events.length > 0) {
    parts.push(sql`events as (
      insert into alert_events (id, alert_id, tick, event)
      select e.id, done.a, e.t, e.e from rows from (json_to_recordset(${JSON.stringify(events)}::json) as (i int, id text, t bigint, e jsonb)) with ordinality as e(i, id, t, e, position)
        join done on done.i = e.i order by e.position
      on conflict (id) do nothing)`);
  }
  if (deliveries.length > 0) {
    parts.push(sql`deliveries as (
      insert into deliveries (event_id, alert_id, organization_id, receiver, notification)
      select d.id, done.a, a.organization_id, d.r, d.n from rows from (json_to_recordset(${JSON.stringify(deliveries)}::json) as (i int, id text, r text, n jsonb)) with ordinality as d(i, id, r, n, position)
        join done on done.i = d.i join alerts a on a.id = done.a order by d.position
      on conflict (event_id, receiver) do nothing)`);
  }
  return sql<{ i: number }>`with ${sql.join(parts)} select i from done`;
}
