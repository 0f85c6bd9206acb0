import type { AlertEvent, AlertStateRepository, AlertWork, Organization, Team } from '@cave/core';
import { sql } from 'kysely';
import { commitChecks } from './alert-commit.js';
import { alert, alertColumns, alertState, alertVersion, stateColumns, type AlertRow, type StateRow, type VersionJson, versionJson } from './alert-rows.js';
import { first, isId, type Session } from './session.js';

interface WorkRow extends AlertRow, StateRow {
  readonly deleted: boolean;
  readonly organization: Organization;
  readonly team: Team | null;
  readonly versions: readonly VersionJson[];
}

function work(row: WorkRow): AlertWork {
  return {
    alert: alert(row),
    tenant: { organization: row.organization, team: row.team },
    deleted: row.deleted,
    state: alertState(row),
    versions: row.versions.map(alertVersion),
  };
}

export function alertStateRepository(session: Session): AlertStateRepository {
  return {
    load: async (alertIds) => {
      const ids = alertIds.filter(isId);
      if (ids.length === 0) return [];
      // Version v governs ticks up to the next one's effective_from: those with a later next one are still needed.
      const rows = await session.rows(sql<WorkRow>`
        select ${alertColumns}, ${stateColumns}, a.deleted_at is not null as deleted,
          json_build_object('id', o.id::text, 'name', o.name, 'email', o.email, 'notificationUrl', o.notification_url, 'signingSecret', o.signing_secret,
            'cluster', o.cluster, 'database', o.database, 'version', o.version) as organization,
          case when t.id is not null then json_build_object('id', t.id::text, 'organizationId', t.organization_id::text, 'name', t.name,
            'cluster', t.cluster, 'database', t.database, 'version', t.version) end as team,
          (select json_agg(${versionJson} order by v.version) from alert_versions v where v.alert_id = a.id and (s.last_tick is null or not exists (
            select 1 from alert_versions later where later.alert_id = a.id and later.version = v.version + 1 and later.effective_from <= s.last_tick))) as versions
        from alerts a
          join alert_states s on s.alert_id = a.id
          join organizations o on o.id = a.organization_id
          left join teams t on t.id = a.team_id
        where a.id = any(array(select json_array_elements_text(${JSON.stringify(ids)}::json)::bigint))
          and (a.deleted_at is null or s.settled_version < s.alert_version)`);
      return rows.map(work);
    },

    commit: (commits) => commitChecks(session, commits),

    find: async (alertId) => {
      if (!isId(alertId)) return null;
      const row = await first(session, sql<StateRow>`select ${stateColumns} from alert_states s where s.alert_id = ${alertId}`);
      return row === null ? null : alertState(row);
    },

    events: async (alertId, page) =>
      isId(alertId)
        ? (
            await session.rows(
              sql<{ event: AlertEvent }>`select event from alert_events where alert_id = ${alertId} order by tick desc, sequence desc limit ${page.limit} offset ${page.offset}`,
            )
          ).map((row) => row.event)
        : [],
  };
}
