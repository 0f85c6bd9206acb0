import { CaveError, type OptionsSchema } from '@cave/core';

export interface PostgresOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly 'pool-size': number;
  readonly 'connection-timeout-ms': number;
  readonly 'statement-timeout-ms': number;
  readonly ssl: 'off' | 'on' | 'unverified';
}

export const optionsSchema: OptionsSchema = {
  type: 'object',
  properties: {
    host: { type: 'string', minLength: 1, default: 'localhost', description: 'Host of the Postgres server.' },
    port: { type: 'integer', minimum: 1, maximum: 65_535, default: 5432, description: 'Port of the Postgres server.' },
    database: { type: 'string', minLength: 1, default: 'cave', description: 'Name of the database.' },
    user: { type: 'string', minLength: 1, default: 'cave', description: 'User to log in as.' },
    password: { type: 'string', default: '', description: "The user's password.", 'x-secret': true },
    'pool-size': { type: 'integer', minimum: 2, default: 10, description: 'Most connections that this process opens.' },
    'connection-timeout-ms': { type: 'integer', minimum: 100, default: 5_000, description: 'How long to wait for a connection, in milliseconds.' },
    'statement-timeout-ms': { type: 'integer', minimum: 100, default: 30_000, description: 'A statement that takes longer is given up, and so is a connection on which nothing happens for a second longer, in milliseconds.' },
    ssl: { type: 'string', enum: ['off', 'on', 'unverified'], default: 'off', description: 'TLS: off, on (the certificate is verified), or unverified.' },
  },
};

/** Throws `configuration` for names that would make `pg` look into the environment for others. */
export function checkOptions(options: PostgresOptions): void {
  for (const key of ['host', 'database', 'user'] as const) {
    if (options[key] === '') throw new CaveError('configuration', `The option "${key}" of the Postgres config store must not be empty.`);
  }
  if (!(options['pool-size'] >= 2)) throw new CaveError('configuration', `The option "pool-size" of the Postgres config store must be at least 2; it is ${String(options['pool-size'])}.`);
}
