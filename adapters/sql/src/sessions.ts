import type { ConfirmationRepository, SessionRepository } from '@cave/core';
import { sql } from 'kysely';
import { first, one, type Session } from './session.js';

export function sessionRepository(session: Session): SessionRepository {
  return {
    insert: async (s) => {
      await session.rows(sql`insert into sessions (hash, user_id, expires_at) values (${Buffer.from(s.hash)}, ${s.userId}, ${s.expiresAt})`);
    },
    findByHash: async (hash) => {
      const row = await first(session, sql<{ user_id: string; expires_at: Date }>`select user_id::text as user_id, expires_at from sessions where hash = ${Buffer.from(hash)}`);
      return row === null ? null : { userId: row.user_id, expiresAt: row.expires_at };
    },
    delete: async (hash) => {
      await session.rows(sql`delete from sessions where hash = ${Buffer.from(hash)}`);
    },
    deleteOfUser: async (userId) => {
      await session.rows(sql`delete from sessions where user_id = ${userId}`);
    },
    deleteExpired: async (before) =>
      (await one(session, sql<{ gone: number }>`with gone as (delete from sessions where expires_at < ${before} returning 1) select count(*)::int as gone from gone`)).gone,
  };
}

export function confirmationRepository(session: Session): ConfirmationRepository {
  return {
    insert: async (c) => {
      await session.rows(sql`insert into confirmations (hash, purpose, email, expires_at) values (${Buffer.from(c.hash)}, ${c.purpose}, ${c.email}, ${c.expiresAt})`);
    },
    // One statement: of two who come at once, the second waits for the first and finds nothing.
    consume: (hash, purpose, now) =>
      first(session, sql<{ email: string }>`delete from confirmations where hash = ${Buffer.from(hash)} and purpose = ${purpose} and expires_at > ${now} returning email`),
    deleteExpired: async (before) =>
      (await one(session, sql<{ gone: number }>`with gone as (delete from confirmations where expires_at < ${before} returning 1) select count(*)::int as gone from gone`)).gone,
  };
}
