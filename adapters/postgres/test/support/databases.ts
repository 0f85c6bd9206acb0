import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migratePostgres } from '../../src/migrate.js';
import type { PostgresOptions } from '../../src/options.js';

/** Databases of one test file on one server. */
export class Databases {
  readonly #run = randomBytes(4).toString('hex');
  #template: Promise<string> | null = null;

  /** `url` is the server's own address, `way` the one that stores are given. */
  constructor(
    private readonly url: URL,
    private readonly way: URL = url,
  ) {}

  options(database: string, changes: Partial<PostgresOptions> = {}): PostgresOptions {
    return optionsOf(this.way, database, changes);
  }

  /** An empty database; answers its name. */
  async empty(name: string): Promise<string> {
    const database = this.#nameOf(name);
    await this.#admin(`create database ${database}`);
    return database;
  }

  /** A database with CAVE's tables, copied from one that was migrated before. Made only once for each name. */
  async migrated(name: string): Promise<string> {
    this.#template ??= this.#makeTemplate();
    const template = await this.#template;
    const database = this.#nameOf(name);
    await this.#admin(`create database ${database} template ${template}`).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== '42P04') throw error; // it is there already
    });
    return database;
  }

  remove(name: string): Promise<void> {
    return this.#admin(`drop database if exists ${this.#nameOf(name)} with (force)`);
  }

  async removeTemplate(): Promise<void> {
    if (this.#template !== null) await this.#admin(`drop database if exists ${await this.#template} with (force)`);
  }

  #nameOf(name: string): string {
    return `cave_${this.#run}_${name.replaceAll('-', '_')}`;
  }

  async #makeTemplate(): Promise<string> {
    const template = await this.empty('template');
    await migratePostgres(optionsOf(this.url, template, {}));
    return template;
  }

  async #admin(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url.href });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}

function optionsOf(url: URL, database: string, changes: Partial<PostgresOptions>): PostgresOptions {
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
    ...changes,
  };
}
