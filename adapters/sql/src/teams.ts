import type { Team, TeamRepository } from '@cave/core';
import { sql } from 'kysely';
import { changed, first, isId, number, one, type Session } from './session.js';

interface TeamRow {
  readonly id: string;
  readonly organization_id: string;
  readonly name: string;
  readonly cluster: string | null;
  readonly database: string;
  readonly version: string;
}

const columns = sql.raw('id::text as id, organization_id::text as organization_id, name, cluster, database, version');

function team(row: TeamRow): Team {
  return { id: row.id, organizationId: row.organization_id, name: row.name, cluster: row.cluster, database: row.database, version: number(row.version) };
}

export function teamRepository(session: Session): TeamRepository {
  return {
    insert: async (t) =>
      team(
        await one(
          session,
          sql<TeamRow>`insert into teams (organization_id, name, cluster, database)
            values (${t.organizationId}, ${t.name}, ${t.cluster}, ${t.database}) returning ${columns}`,
        ),
      ),
    findByName: async (organizationId, name) => {
      if (!isId(organizationId)) return null;
      const row = await first(session, sql<TeamRow>`select ${columns} from teams where organization_id = ${organizationId} and lower(name) = lower(${name}) and deleted_at is null`);
      return row === null ? null : team(row);
    },
    findById: async (id) => {
      if (!isId(id)) return null;
      const row = await first(session, sql<TeamRow>`select ${columns} from teams where id = ${id} and deleted_at is null`);
      return row === null ? null : team(row);
    },
    list: async (organizationId) =>
      isId(organizationId)
        ? (await session.rows(sql<TeamRow>`select ${columns} from teams where organization_id = ${organizationId} and deleted_at is null order by lower(name)`)).map(team)
        : [],
    update: async (id, change) =>
      team(
        await changed(
          session,
          'team',
          sql<TeamRow>`update teams set cluster = ${change.cluster}, updated_at = now(), version = version + 1 where id = ${id} and deleted_at is null returning ${columns}`,
        ),
      ),
    delete: async (id) =>
      team(
        await changed(
          session,
          'team',
          sql<TeamRow>`update teams set deleted_at = now(), updated_at = now(), version = version + 1 where id = ${id} and deleted_at is null returning ${columns}`,
        ),
      ),
  };
}
