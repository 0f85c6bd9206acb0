import { CaveError } from '@cave/core';
import type { Kysely, RawBuilder } from 'kysely';
import { toStoreError } from './errors.js';

/** Kysely without a table interface: the repositories write SQL and map rows themselves. */
export type Database = Kysely<unknown>;

/** What repositories run statements on: the store itself, or one transaction. */
export interface Session {
  /** Rows of one statement. Throws CaveError. */
  rows<T>(query: RawBuilder<T>): Promise<readonly T[]>;
  /** Runs `work` in this transaction, or in one of its own. */
  atomic<T>(work: (session: Session) => Promise<T>): Promise<T>;
}

/** The session of an open transaction. */
export function transactionSession(transaction: Database): Session {
  const session: Session = {
    async rows(query) {
      try {
        return (await query.execute(transaction)).rows;
      } catch (error) {
        throw toStoreError(error, 'statement');
      }
    },
    atomic: (work) => work(session),
  };
  return session;
}

/** The only row; `internal` when there is none, because the statement always returns one. */
export async function one<T>(session: Session, query: RawBuilder<T>): Promise<T> {
  const row = (await session.rows(query))[0];
  if (row === undefined) throw new CaveError('internal', 'The config store answered without the row that it must return.');
  return row;
}

export async function first<T>(session: Session, query: RawBuilder<T>): Promise<T | null> {
  return (await session.rows(query))[0] ?? null;
}

/** The row that a change returned; `not_found` when it changed none. */
export async function changed<T>(session: Session, what: string, query: RawBuilder<T>): Promise<T> {
  const row = (await session.rows(query))[0];
  if (row === undefined) throw new CaveError('not_found', `The ${what} does not exist.`);
  return row;
}

const DECIMAL = /^[0-9]{1,18}$/;

/** Ids that are not decimal texts name nothing: they must not become a database error. */
export function isId(id: string): boolean {
  return DECIMAL.test(id);
}

/** bigint columns arrive as text; every one of CAVE's is a safe integer. */
export function number(value: string | number): number {
  return Number(value);
}

export function numberOrNull(value: string | number | null): number | null {
  return value === null ? null : Number(value);
}
