import type { Token, TokenRepository } from '@cave/core';
import { sql } from 'kysely';
import { first, isId, one, type Session } from './session.js';
import { isTenant } from './tenant.js';

interface TokenRow {
  readonly id: string;
  readonly organization_id: string;
  readonly team_id: string | null;
  readonly description: string;
  readonly hint: string;
  readonly created_at: Date;
}

const columns = sql.raw('k.id::text as id, k.organization_id::text as organization_id, k.team_id::text as team_id, k.description, k.hint, k.created_at');

function token(row: TokenRow): Token {
  return { id: row.id, tenant: { organizationId: row.organization_id, teamId: row.team_id }, description: row.description, hint: row.hint, createdAt: row.created_at };
}

export function tokenRepository(session: Session): TokenRepository {
  return {
    insert: async (t) =>
      token(
        await one(
          session,
          sql<TokenRow>`insert into tokens as k (organization_id, team_id, description, hint, hash)
            values (${t.tenant.organizationId}, ${t.tenant.teamId}, ${t.description}, ${t.hint}, ${Buffer.from(t.hash)}) returning ${columns}`,
        ),
      ),
    findByHash: async (hash) => {
      const row = await first(session, sql<TokenRow>`select ${columns} from tokens k where k.hash = ${Buffer.from(hash)} and k.deleted_at is null`);
      return row === null ? null : token(row);
    },
    list: async (tenant) => (await session.rows(sql<TokenRow>`select ${columns} from tokens k where ${isTenant(tenant, 'k')} and k.deleted_at is null order by k.id`)).map(token),
    find: async (tenant, id) => {
      if (!isId(id)) return null;
      const row = await first(session, sql<TokenRow>`select ${columns} from tokens k where ${isTenant(tenant, 'k')} and k.id = ${id} and k.deleted_at is null`);
      return row === null ? null : token(row);
    },
    delete: async (tenant, id) => {
      if (!isId(id)) return false;
      return (await session.rows(sql`update tokens k set deleted_at = now() where ${isTenant(tenant, 'k')} and k.id = ${id} and k.deleted_at is null returning k.id`)).length > 0;
    },
    lockAndCount: (tenant) =>
      session.atomic(async (inner) => {
        const table = tenant.teamId === null ? sql.table('organizations') : sql.table('teams');
        await inner.rows(sql`select 1 from ${table} where id = ${tenant.teamId ?? tenant.organizationId} for update`);
        const row = await one(inner, sql<{ live: number }>`select count(*)::int as live from tokens k where ${isTenant(tenant, 'k')} and k.deleted_at is null`);
        return row.live;
      }),
    deleteAll: async (tenant) => {
      await session.rows(sql`update tokens k set deleted_at = now() where ${isTenant(tenant, 'k')} and k.deleted_at is null`);
    },
  };
}
