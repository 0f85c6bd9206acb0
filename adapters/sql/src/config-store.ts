import { AsyncLocalStorage } from 'node:async_hooks';
import { backoffMs, CaveError, sleep, type Repositories } from '@cave/core';
import { sql } from 'kysely';
import { isDriverError, isRetryable, toStoreError } from './errors.js';
import { createRepositories } from './repositories.js';
import { one, transactionSession, type Database, type Session } from './session.js';

/** Attempts at a transaction that others keep getting in the way of. */
const ATTEMPTS = 5;
const RETRY = { firstMs: 5, maxMs: 200 };

/** Everything of a ConfigStore but its connections: those belong to the adapter. */
export interface SqlConfigStore extends Repositories {
  readonly transaction: <T>(work: (repositories: Repositories) => Promise<T>) => Promise<T>;
  readonly nowMs: () => Promise<number>;
}

/** `database` throws `closed` before start and after close. */
export function createSqlConfigStore(database: () => Database): SqlConfigStore {
  // `open` ends with the transaction: work that it left running in the background is outside.
  const inside = new AsyncLocalStorage<{ open: boolean }>();

  const outside = (): Database => {
    if (inside.getStore()?.open === true) {
      throw new CaveError('internal', 'The config store itself was called within a transaction; use the repositories that the transaction hands out.');
    }
    return database();
  };

  const attempt = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    let committing = false;
    const scope = { open: true };
    try {
      return await outside().transaction().execute((transaction) =>
        inside.run(scope, async () => {
          const result = await work(transactionSession(transaction));
          committing = true;
          return result;
        }),
      );
    } catch (error) {
      // What the work itself threw is its caller's own, whatever it is.
      throw committing || isDriverError(error) ? toStoreError(error, committing ? 'commit' : 'statement') : error;
    } finally {
      scope.open = false;
    }
  };

  const atomic = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    for (let n = 1; ; n += 1) {
      try {
        return await attempt(work);
      } catch (error) {
        if (n === ATTEMPTS || !isRetryable(error)) throw error;
        await sleep(backoffMs(n, RETRY));
      }
    }
  };

  const session: Session = {
    async rows(query) {
      try {
        return (await query.execute(outside())).rows;
      } catch (error) {
        throw toStoreError(error, 'alone');
      }
    },
    atomic,
  };

  return {
    ...createRepositories(session),
    transaction: (work) => atomic((inner) => work(createRepositories(inner))),
    nowMs: async () => (await one(session, sql<{ ms: number }>`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`)).ms,
  };
}
