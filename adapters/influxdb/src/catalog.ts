import type { MetricSummary } from '@cave/core';
import type { Databases } from './databases.js';
import type { Dialect } from './dialect.js';
import { Parameters, type Influxql, type Statement } from './influxql.js';
import { decodeName, encodeMetric, encodeTagKey, quoteIdentifier } from './names.js';
import type { Slots } from './slots.js';

/** Which metrics and tags there are, from InfluxDB's index. */
export class Catalog {
  constructor(
    private readonly influxql: Influxql,
    private readonly dialect: Dialect,
    private readonly databases: Databases,
    private readonly slots: Slots,
  ) {}

  async listMetrics(database: string): Promise<readonly MetricSummary[]> {
    const keys = new Map<string, Set<string>>();
    const keysOf = (measurement: string): Set<string> => {
      const name = decodeName(measurement);
      const known = keys.get(name) ?? new Set<string>();
      keys.set(name, known);
      return known;
    };
    const found = await this.#about(database, [
      { text: 'SHOW MEASUREMENTS', onRows: ({ values }) => values.forEach((row) => keysOf(String(row.at(-1)))) },
      { text: 'SHOW TAG KEYS', onRows: ({ name, values }) => values.forEach((row) => keysOf(name).add(decodeName(String(row.at(-1))))) },
    ]);
    if (!found) return [];
    return [...keys].map(([name, tags]) => ({ name, tags: [...tags].sort() })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async tagValues(database: string, metric: string, tagKey: string): Promise<readonly string[] | null> {
    const measurement = encodeMetric(metric);
    const found = new Set<string>();
    let known = false;
    const there = await this.#about(database, [
      { text: this.dialect.knownStatement(this.databases.encode(database), measurement, []), onRows: ({ values }) => void (known ||= values.length > 0) },
      {
        text: `SHOW TAG VALUES FROM ${quoteIdentifier(measurement)} WITH KEY = ${quoteIdentifier(encodeTagKey(tagKey))}`,
        onRows: ({ values }) => values.forEach((row) => found.add(decodeName(String(row.at(-1))))),
      },
    ]);
    return there && known ? [...found].sort() : null;
  }

  /** False: no such metric. */
  async dropMetric(database: string, metric: string): Promise<boolean> {
    if (!(await this.#hasMetric(database, metric))) return false;
    await this.dialect.dropMeasurement(this.databases.encode(database), encodeMetric(metric));
    this.databases.forgetSeries(database);
    return true;
  }

  async #hasMetric(database: string, metric: string): Promise<boolean> {
    let known = false;
    const text = this.dialect.knownStatement(this.databases.encode(database), encodeMetric(metric), []);
    return (await this.#about(database, [{ text, onRows: ({ values }) => void (known ||= values.length > 0) }])) && known;
  }

  /** False: there is no such database. */
  async #about(database: string, statements: readonly Statement[]): Promise<boolean> {
    const outcomes = await this.slots.run(() => this.influxql.run(statements, new Parameters(), { database: this.databases.encode(database) }));
    const failure = outcomes.find((outcome) => outcome !== null);
    if (failure === undefined || failure === null) return true;
    if (failure.code !== 'not_found') throw failure;
    this.databases.forget(database);
    return false;
  }
}
