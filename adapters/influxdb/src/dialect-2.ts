import { CaveError } from '@cave/core';
import type { Connection, Dialect } from './dialect.js';
import { statusOf } from './errors.js';
import { quoteIdentifier } from './names.js';

interface Bucket {
  readonly id: string;
  readonly retentionRules?: readonly { readonly everySeconds?: number }[];
}

/**
 * InfluxDB 2.x: a CAVE database is a bucket, InfluxQL finds it under the bucket's name. Written
 * from its documentation; not proven on a server.
 *
 * A series whose points have all expired is unknown again, and series are counted by each
 * writer for itself, because 2.x has neither a second retention policy nor `SHOW SERIES`.
 */
export class Dialect2 implements Dialect {
  readonly major = 2;
  readonly mixesDatabases = false;
  readonly writesCreate = false;
  #organizationId: string | null = null;

  constructor(private readonly connection: Connection) {}

  writePath(database: string): string {
    return `/api/v2/write?org=${encodeURIComponent(this.connection.organization)}&bucket=${encodeURIComponent(database)}&precision=ns`;
  }

  seenPath(): null {
    return null;
  }

  from(_database: string, measurement: string): string {
    return quoteIdentifier(measurement);
  }

  showOn(): string {
    return '';
  }

  knownStatement(_database: string, measurement: string, conditions: readonly string[]): string {
    const name = quoteIdentifier(measurement);
    return conditions.length === 0 ? `SHOW MEASUREMENTS WITH MEASUREMENT = ${name}` : `SHOW TAG KEYS FROM ${name} WHERE ${conditions.join(' AND ')}`;
  }

  async ensure(database: string, retentionSeconds: number | null): Promise<boolean> {
    const everySeconds = retentionSeconds ?? 0;
    const bucket = await this.#bucket(database);
    const retentionRules = everySeconds === 0 ? [] : [{ type: 'expire', everySeconds }];
    if (bucket === null) {
      await this.#administer('POST', '/api/v2/buckets', { orgID: await this.#organization(), name: database, retentionRules });
      return true;
    }
    if ((bucket.retentionRules?.[0]?.everySeconds ?? 0) !== everySeconds) {
      await this.#administer('PATCH', `/api/v2/buckets/${encodeURIComponent(bucket.id)}`, { retentionRules });
    }
    return false;
  }

  async drop(database: string): Promise<void> {
    const bucket = await this.#bucket(database);
    if (bucket !== null) await this.#administer('DELETE', `/api/v2/buckets/${encodeURIComponent(bucket.id)}`);
  }

  async dropMeasurement(database: string, measurement: string): Promise<void> {
    const path = `/api/v2/delete?org=${encodeURIComponent(this.connection.organization)}&bucket=${encodeURIComponent(database)}`;
    const predicate = `_measurement="${measurement.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
    await this.#administer('POST', path, { start: '1970-01-01T00:00:00Z', stop: '2262-01-01T00:00:00Z', predicate });
  }

  seriesCount(): Promise<null> {
    return Promise.resolve(null);
  }

  seriesKeys(): Promise<null> {
    return Promise.resolve(null);
  }

  async #bucket(database: string): Promise<Bucket | null> {
    const path = `/api/v2/buckets?name=${encodeURIComponent(database)}&org=${encodeURIComponent(this.connection.organization)}`;
    try {
      const { buckets } = JSON.parse(await this.#administer('GET', path)) as { readonly buckets?: readonly Bucket[] };
      return buckets?.[0] ?? null;
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }

  async #organization(): Promise<string> {
    if (this.#organizationId !== null) return this.#organizationId;
    const { organization, http } = this.connection;
    const answer = JSON.parse(await this.#administer('GET', `/api/v2/orgs?org=${encodeURIComponent(organization)}`)) as { readonly orgs?: readonly { readonly id: string }[] };
    const id = answer.orgs?.[0]?.id;
    if (id === undefined) throw new CaveError('configuration', `InfluxDB at ${http.place} has no organization "${organization}"; correct metrics-store.organization.`);
    this.#organizationId = id;
    return id;
  }

  async #administer(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<string> {
    const { http, timeoutMs } = this.connection;
    const reply = await http.send({ method, path, timeoutMs, contentType: 'application/json', ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return reply.text;
  }
}
