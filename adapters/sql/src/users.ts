import type { User, UserRepository } from '@cave/core';
import { sql } from 'kysely';
import { changed, first, isId, one, type Session } from './session.js';

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly password_hash: string;
}

export const userColumns = sql.raw('u.id::text as id, u.email, u.first_name, u.last_name, u.password_hash');

export function user(row: UserRow): User {
  return { id: row.id, email: row.email, firstName: row.first_name, lastName: row.last_name, passwordHash: row.password_hash };
}

export function userRepository(session: Session): UserRepository {
  return {
    insert: async (u) =>
      user(
        await one(
          session,
          sql<UserRow>`insert into users as u (email, first_name, last_name, password_hash)
            values (${u.email}, ${u.firstName}, ${u.lastName}, ${u.passwordHash}) returning ${userColumns}`,
        ),
      ),
    findByEmail: async (email) => {
      const row = await first(session, sql<UserRow>`select ${userColumns} from users u where lower(u.email) = lower(${email}) and u.deleted_at is null`);
      return row === null ? null : user(row);
    },
    findById: async (id) => {
      if (!isId(id)) return null;
      const row = await first(session, sql<UserRow>`select ${userColumns} from users u where u.id = ${id} and u.deleted_at is null`);
      return row === null ? null : user(row);
    },
    update: async (id, change) => {
      const sets = [sql`updated_at = now()`];
      if (change.firstName !== undefined) sets.push(sql`first_name = ${change.firstName}`);
      if (change.lastName !== undefined) sets.push(sql`last_name = ${change.lastName}`);
      if (change.passwordHash !== undefined) sets.push(sql`password_hash = ${change.passwordHash}`);
      return user(await changed(session, 'user', sql<UserRow>`update users u set ${sql.join(sets)} where u.id = ${id} and u.deleted_at is null returning ${userColumns}`));
    },
    searchColleagues: async (userId, text, limit) => {
      // strpos instead of like: the text is a person's, and % and _ in it mean themselves.
      const rows = await session.rows(sql<UserRow>`
        select ${userColumns} from users u
        where u.deleted_at is null
          and strpos(lower(u.email || ' ' || u.first_name || ' ' || u.last_name), lower(${text})) > 0
          and exists (
            select 1 from memberships theirs
              join memberships mine on mine.organization_id = theirs.organization_id and mine.deleted_at is null and mine.user_id = ${userId}
            where theirs.user_id = u.id and theirs.deleted_at is null)
        order by lower(u.email) limit ${limit}`);
      return rows.map(user);
    },
  };
}
