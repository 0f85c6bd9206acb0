import { request } from 'node:http';
import { testContext } from '@cave/conformance';
import type { AdapterContext, MetricsStore } from '@cave/core';
import type { TestServer } from '@cave/test-servers';
import definition, { type InfluxdbOptions } from '../../src/metrics-store.js';
import { OPTION_DEFAULTS } from '../../src/options.js';

/** Options for a test server's address, which holds user and password. */
export function optionsFor(address: string, options: Partial<InfluxdbOptions> = {}): InfluxdbOptions {
  const { protocol, host, username, password } = new URL(address);
  return { ...OPTION_DEFAULTS, url: `${protocol}//${host}`, user: decodeURIComponent(username), password: decodeURIComponent(password), ...options };
}

export function createStore(options: InfluxdbOptions, context: AdapterContext = testContext()): MetricsStore {
  return definition.create(options, context);
}

/** What somebody else does with the same server. On a connection of its own that is closed at once, so that none is left open. */
export class Operator {
  readonly #url: URL;

  constructor(server: Pick<TestServer, 'url'>) {
    this.#url = new URL(server.url);
  }

  /** The rows of all series of a statement. Throws what InfluxDB said. */
  async rows(statement: string, database = ''): Promise<unknown[][]> {
    const text = await this.#send('/query', new URLSearchParams({ q: statement, db: database, epoch: 'ns' }).toString(), 'application/x-www-form-urlencoded');
    const answer = JSON.parse(text) as { results?: { error?: string; series?: { values?: unknown[][] }[] }[]; error?: string };
    const error = answer.error ?? answer.results?.find((result) => result.error !== undefined)?.error;
    if (error !== undefined) throw new Error(error);
    return (answer.results ?? []).flatMap((result) => result.series ?? []).flatMap((series) => series.values ?? []);
  }

  async write(database: string, lines: string, policy = ''): Promise<void> {
    const text = await this.#send(`/write?db=${encodeURIComponent(database)}&rp=${policy}`, lines, 'text/plain');
    if (text !== '') throw new Error(text);
  }

  async databases(prefix: string): Promise<string[]> {
    return (await this.rows('SHOW DATABASES')).map(([name]) => String(name)).filter((name) => name.startsWith(prefix));
  }

  async remove(prefix: string): Promise<void> {
    for (const name of await this.databases(prefix)) await this.rows(`DROP DATABASE "${name}"`);
  }

  #send(path: string, body: string, contentType: string): Promise<string> {
    const { hostname, port, username, password } = this.#url;
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, path, method: 'POST', auth: `${username}:${password}`, agent: false, headers: { 'content-type': contentType } }, (reply) => {
        let text = '';
        reply.setEncoding('utf8');
        reply.on('data', (part: string) => (text += part));
        reply.on('end', () => resolve(text));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
