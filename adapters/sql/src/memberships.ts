import type { MembershipRepository, OrganizationRole, Role } from '@cave/core';
import { sql } from 'kysely';
import { first, one, type Session } from './session.js';
import { isTenant } from './tenant.js';
import { user, userColumns, type UserRow } from './users.js';

export function membershipRepository(session: Session): MembershipRepository {
  return {
    role: async (tenant, userId) => {
      const row = await first(session, sql<{ role: Role }>`select m.role from memberships m where ${isTenant(tenant, 'm')} and m.user_id = ${userId} and m.deleted_at is null`);
      return row?.role ?? null;
    },
    inAnyTeam: async (organizationId, userId) => {
      const row = await one(
        session,
        sql<{ found: boolean }>`select exists (
          select 1 from memberships m join teams t on t.id = m.team_id and t.deleted_at is null
          where m.organization_id = ${organizationId} and m.user_id = ${userId} and m.deleted_at is null) as found`,
      );
      return row.found;
    },
    list: async (tenant) => {
      const rows = await session.rows(sql<UserRow & { role: Role }>`
        select ${userColumns}, m.role from memberships m join users u on u.id = m.user_id and u.deleted_at is null
        where ${isTenant(tenant, 'm')} and m.deleted_at is null order by lower(u.email)`);
      return rows.map((row) => ({ user: user(row), role: row.role }));
    },
    add: async (tenant, userId, role) => {
      await session.rows(sql`insert into memberships (organization_id, team_id, user_id, role) values (${tenant.organizationId}, ${tenant.teamId}, ${userId}, ${role})`);
    },
    setRole: async (tenant, userId, role) => {
      const rows = await session.rows(
        sql`update memberships m set role = ${role}, updated_at = now() where ${isTenant(tenant, 'm')} and m.user_id = ${userId} and m.deleted_at is null returning m.id`,
      );
      return rows.length > 0;
    },
    remove: async (tenant, userId) => {
      const rows = await session.rows(
        sql`update memberships m set deleted_at = now(), updated_at = now() where ${isTenant(tenant, 'm')} and m.user_id = ${userId} and m.deleted_at is null returning m.id`,
      );
      return rows.length > 0;
    },
    lockAdmins: async (tenant) => {
      // Locked in the order of ids, so that two who lock at once do not deadlock.
      const rows = await session.rows(sql<{ user_id: string }>`
        select m.user_id::text as user_id from memberships m
        where ${isTenant(tenant, 'm')} and m.role = 'admin' and m.deleted_at is null order by m.id for update`);
      return rows.map((row) => row.user_id);
    },
    organizationsOf: (userId) =>
      session.rows(sql<{ name: string; role: OrganizationRole }>`
        select o.name, coalesce(max(m.role) filter (where m.team_id is null), 'team') as role
        from memberships m
          join organizations o on o.id = m.organization_id and o.deleted_at is null
          left join teams t on t.id = m.team_id
        where m.user_id = ${userId} and m.deleted_at is null and (m.team_id is null or t.deleted_at is null)
        group by o.id, o.name order by lower(o.name)`),
    teamsOf: (userId, organizationId) =>
      session.rows(sql<{ name: string; role: Role }>`
        select t.name, m.role from memberships m join teams t on t.id = m.team_id and t.deleted_at is null
        where m.user_id = ${userId} and m.organization_id = ${organizationId} and m.deleted_at is null order by lower(t.name)`),
    invite: async (tenant, email, role) => {
      await session.rows(sql`
        insert into invitations (organization_id, team_id, email, role) values (${tenant.organizationId}, ${tenant.teamId}, ${email}, ${role})
        on conflict (organization_id, coalesce(team_id, 0), lower(email)) where deleted_at is null
        do update set role = excluded.role, updated_at = now()`);
    },
    uninvite: async (tenant, email) => {
      const rows = await session.rows(
        sql`update invitations i set deleted_at = now(), updated_at = now() where ${isTenant(tenant, 'i')} and lower(i.email) = lower(${email}) and i.deleted_at is null returning i.id`,
      );
      return rows.length > 0;
    },
    acceptInvitations: async (email, userId) => {
      // A membership that exists already stays as it is; invitations of deleted tenants lead nowhere.
      const row = await one(
        session,
        sql<{ accepted: number }>`
          with taken as (
            update invitations i set deleted_at = now(), updated_at = now()
            where lower(i.email) = lower(${email}) and i.deleted_at is null
            returning i.organization_id, i.team_id, i.role),
          added as (
            insert into memberships (organization_id, team_id, user_id, role)
            select taken.organization_id, taken.team_id, ${userId}::bigint, taken.role from taken
              join organizations o on o.id = taken.organization_id and o.deleted_at is null
              left join teams t on t.id = taken.team_id
            where taken.team_id is null or t.deleted_at is null
            on conflict do nothing returning 1)
          select count(*)::int as accepted from added`,
      );
      return row.accepted;
    },
  };
}
