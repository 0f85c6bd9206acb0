import type { MetricSummary, Tags } from '@cave/core';
import { decodeSeries } from './series-codec.js';

export interface SeriesEntry {
  readonly sid: number;
  readonly tags: ReadonlyMap<string, string>;
}

/** The series of one metric of one database. They come one by one and go all at once. */
class MetricEntry {
  readonly series: SeriesEntry[] = [];
  readonly #byTag = new Map<string, Map<string, SeriesEntry[]>>();

  add(entry: SeriesEntry): void {
    this.series.push(entry);
    for (const [key, value] of entry.tags) {
      let values = this.#byTag.get(key);
      if (values === undefined) this.#byTag.set(key, (values = new Map<string, SeriesEntry[]>()));
      const list = values.get(value);
      if (list === undefined) values.set(value, [entry]);
      else list.push(entry);
    }
  }

  /** Those whose tags include `filter`: the shortest list of one pair, filtered by the others. */
  match(filter: Tags): readonly SeriesEntry[] {
    const wanted = Object.entries(filter);
    let shortest: readonly SeriesEntry[] = this.series;
    for (const [key, value] of wanted) {
      const list = this.#byTag.get(key)?.get(value) ?? [];
      if (list.length < shortest.length) shortest = list;
    }
    return wanted.length === 0 ? shortest : shortest.filter((entry) => wanted.every(([key, value]) => entry.tags.get(key) === value));
  }

  tagKeys(): string[] {
    return [...this.#byTag.keys()].sort();
  }

  tagValues(key: string): string[] {
    return [...(this.#byTag.get(key)?.keys() ?? [])].sort();
  }
}

class DatabaseEntry {
  dropped = false;
  readonly sids = new Map<string, number>();
  readonly metrics = new Map<string, MetricEntry>();
}

/** Every database and series there ever was, in memory: what it holds is on disk already. */
export class Catalog {
  readonly #databases = new Map<string, DatabaseEntry>();

  addDatabase(database: string, dropped = false): void {
    const entry = new DatabaseEntry();
    entry.dropped = dropped;
    this.#databases.set(database, entry);
  }

  has(database: string): boolean {
    return this.#databases.has(database);
  }

  isDropped(database: string): boolean {
    return this.#databases.get(database)?.dropped ?? false;
  }

  seriesCount(database: string): number {
    return this.#databases.get(database)?.sids.size ?? 0;
  }

  sid(database: string, key: string): number | undefined {
    return this.#databases.get(database)?.sids.get(key);
  }

  addSeries(database: string, key: string, sid: number): void {
    const entry = this.#databases.get(database);
    if (entry === undefined) throw new Error(`Series ${sid} belongs to a database that is not known.`);
    const { name, tags } = decodeSeries(key);
    let metric = entry.metrics.get(name);
    if (metric === undefined) entry.metrics.set(name, (metric = new MetricEntry()));
    metric.add({ sid, tags });
    entry.sids.set(key, sid);
  }

  /** The ids of the metric's series whose tags include `tags`. */
  match(database: string, metric: string, tags: Tags): number[] {
    return (this.#databases.get(database)?.metrics.get(metric)?.match(tags) ?? []).map((entry) => entry.sid);
  }

  listMetrics(database: string): MetricSummary[] {
    const metrics = [...(this.#databases.get(database)?.metrics ?? [])];
    return metrics.map(([name, metric]) => ({ name, tags: metric.tagKeys() })).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  tagValues(database: string, metric: string, key: string): string[] | null {
    return this.#databases.get(database)?.metrics.get(metric)?.tagValues(key) ?? null;
  }

  allSids(database: string): number[] {
    return [...(this.#databases.get(database)?.sids.values() ?? [])];
  }

  removeMetric(database: string, metric: string): void {
    const entry = this.#databases.get(database);
    const gone = new Set(this.match(database, metric, {}));
    entry?.metrics.delete(metric);
    for (const [key, sid] of entry?.sids ?? []) if (gone.has(sid)) entry?.sids.delete(key);
  }

  /** The database stays known as dropped. */
  dropDatabase(database: string): void {
    this.addDatabase(database, true);
  }
}
