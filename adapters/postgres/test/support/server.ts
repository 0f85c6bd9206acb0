import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { PostgresOptions } from '../../src/options.js';

const run = promisify(execFile);
const SERVICES = fileURLToPath(new URL('../../../../../scripts/services', import.meta.url));

export interface PostgresServer {
  /** Options of a fresh, empty database on it. */
  freshDatabase(): Promise<PostgresOptions>;
  /** Absent for a server that the environment named. */
  readonly control?: { kill(): Promise<void>; start(): Promise<void> };
  stop(): Promise<void>;
}

/** Why no server can be had, or null. */
export function absent(): string | null {
  if (process.env['CAVE_TEST_POSTGRES_URL'] !== undefined) return null;
  const native = existsSync('/usr/lib/postgresql') && readdirSync('/usr/lib/postgresql').length > 0;
  return native ? null : 'neither CAVE_TEST_POSTGRES_URL nor a native server (scripts/services install postgres)';
}

/** The server named by CAVE_TEST_POSTGRES_URL, else one started here on a free port in a temporary directory. */
export async function postgresServer(): Promise<PostgresServer> {
  const named = process.env['CAVE_TEST_POSTGRES_URL'];
  if (named !== undefined) return { freshDatabase: () => freshDatabase(new URL(named)), stop: async () => undefined };
  const directory = await mkdtemp(join(tmpdir(), 'cave-postgres-'));
  const services = (command: string): Promise<{ stdout: string }> => run(SERVICES, [command, '--dir', directory, 'postgres']);
  await services('start');
  const address = /CAVE_TEST_POSTGRES_URL=(\S+)/.exec((await services('env')).stdout)?.[1];
  if (address === undefined) throw new Error('scripts/services env printed no address.');
  return {
    freshDatabase: () => freshDatabase(new URL(address)),
    control: { kill: async () => void (await services('kill')), start: async () => void (await services('start')) },
    stop: async () => {
      await services('stop');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freshDatabase(url: URL): Promise<PostgresOptions> {
  const database = `cave_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    database,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    'pool-size': 5,
    'connection-timeout-ms': 5_000,
    'statement-timeout-ms': 30_000,
    ssl: 'off',
  };
}
