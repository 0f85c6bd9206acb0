import { migrate } from '@cave/schema';
import pg from 'pg';
import { connectError } from './errors.js';
import type { PostgresOptions } from './options.js';

/** Applies pending scripts on a connection of its own; answers their names. What `cave migrate` runs. */
export async function migratePostgres(options: PostgresOptions): Promise<readonly string[]> {
  const client = new pg.Client({
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.user,
    password: options.password,
    connectionTimeoutMillis: options['connection-timeout-ms'],
    ...(options.ssl === 'off' ? {} : { ssl: { rejectUnauthorized: options.ssl === 'on' } }),
  });
  try {
    await client.connect();
    return await migrate({ query: async (text, params) => (await (params === undefined ? client.query(text) : client.query(text, [...params]))).rows as Record<string, unknown>[] });
  } catch (error) {
    throw connectError(error, options);
  } finally {
    await client.end();
  }
}
