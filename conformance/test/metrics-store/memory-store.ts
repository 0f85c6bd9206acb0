import { CaveError, aggregate, throwIfAborted } from '@cave/core';
import type {
  Answer,
  Health,
  MetricSummary,
  MetricsStore,
  MetricsStoreCapabilities,
  OriginatedBatch,
  Question,
  RefusedPoint,
  StoredUpTo,
  Tags,
  WindowAggregator,
  WriteResult,
} from '@cave/core';
import type { MetricsStoreSettings } from '../../src/index.js';

export interface StoredPoint {
  readonly time: number;
  readonly value: number;
  /** Number of arrival. */
  readonly arrival: number;
}

export interface StoredSeries {
  readonly database: string;
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  points: StoredPoint[];
}

/** What outlives a driver: the "disk". */
export class Disk {
  series = new Map<string, StoredSeries>();
  databases = new Map<string, 'there' | 'dropped'>();
  marks = new Map<string, bigint>();
  storedUpTo = new Map<string, StoredUpTo>();
  arrivals = 0;
  /** Nobody reaches it. */
  isCut = false;
}

/**
 * A plain metrics store in memory, correct by the contract, in methods small enough for a
 * broken one to get exactly one of them wrong.
 */
export class MemoryStore implements MetricsStore {
  readonly capabilities: MetricsStoreCapabilities;
  protected state: 'new' | 'open' | 'closed' = 'new';

  constructor(
    protected disk: Disk,
    settings: MetricsStoreSettings,
    protected readonly clock: () => number,
  ) {
    this.capabilities = { keepsMarks: true, readAfterWriteMs: 0, seriesLimit: settings.seriesLimit ?? 100_000, retentionSeconds: (settings.retentionDays ?? 90) * 86_400 };
  }

  async start(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.state !== 'new') throw new CaveError(this.state === 'closed' ? 'closed' : 'internal', `The store is ${this.state}.`);
    this.state = 'open';
  }

  async close(_signal?: AbortSignal): Promise<void> {
    this.state = 'closed';
  }

  async health(): Promise<Health> {
    if (this.disk.isCut) return { healthy: false, detail: 'The disk is cut off.' };
    return this.state === 'open' ? { healthy: true } : { healthy: false, detail: `The store is ${this.state}.` };
  }

  async createDatabase(database: string): Promise<void> {
    this.check();
    if (this.disk.databases.get(database) === 'dropped') throw new CaveError('conflict', `${database} was dropped.`);
    this.disk.databases.set(database, 'there');
  }

  async dropDatabase(database: string): Promise<void> {
    this.check();
    this.disk.databases.set(database, 'dropped');
    for (const [key, series] of this.disk.series) if (series.database === database) this.disk.series.delete(key);
  }

  async write(batches: readonly OriginatedBatch[], signal?: AbortSignal): Promise<readonly WriteResult[]> {
    this.check();
    await this.turn(signal);
    return batches.map((batch) => this.writeBatch(batch));
  }

  async mark(incarnation: string, partition: string): Promise<bigint | null> {
    this.check();
    return this.disk.marks.get(this.position(incarnation, partition)) ?? null;
  }

  async setStoredUpTo(marks: readonly StoredUpTo[]): Promise<void> {
    this.check();
    for (const mark of marks) {
      const key = this.position(mark.incarnation, mark.partition);
      if (this.mayMove(this.disk.storedUpTo.get(key)?.timeMs ?? -Infinity, mark.timeMs)) this.disk.storedUpTo.set(key, mark);
    }
  }

  async storedUpTo(): Promise<readonly StoredUpTo[]> {
    this.check();
    return [...this.disk.storedUpTo.values()];
  }

  async query(questions: readonly Question[], signal?: AbortSignal): Promise<readonly Answer[]> {
    this.check();
    await this.turn(signal);
    return questions.map((question) => this.answer(question));
  }

  async listMetrics(database: string): Promise<readonly MetricSummary[]> {
    this.check();
    const keys = new Map<string, Set<string>>();
    for (const series of this.seriesOf(database)) {
      const known = keys.get(series.name) ?? new Set<string>();
      keys.set(series.name, known);
      for (const key of series.tags.keys()) known.add(key);
    }
    return [...keys].map(([name, tags]) => ({ name, tags: [...tags].sort() })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async tagValues(database: string, metric: string, tagKey: string): Promise<readonly string[] | null> {
    this.check();
    const series = this.seriesOf(database).filter(({ name }) => name === metric);
    return series.length === 0 ? null : [...new Set(series.flatMap(({ tags }) => tags.get(tagKey) ?? []))].sort();
  }

  async dropMetric(database: string, metric: string): Promise<boolean> {
    this.check();
    let found = false;
    for (const [key, series] of this.disk.series) {
      if (series.database === database && this.isDropped(series.name, metric)) found = this.disk.series.delete(key);
    }
    return found;
  }

  protected check(): void {
    if (this.state !== 'open') throw new CaveError('closed', `The store is ${this.state}.`);
  }

  /** A real store takes a moment; a signal that fires meanwhile is heard. */
  protected async turn(signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal);
    await new Promise(setImmediate);
    throwIfAborted(signal);
    if (this.disk.isCut) throw new CaveError('unavailable', 'The disk is cut off.');
  }

  protected isDropped(name: string, metric: string): boolean {
    return name === metric;
  }

  protected mayMove(from: number, to: number): boolean {
    return to > from;
  }

  protected position(incarnation: string, partition: string): string {
    return JSON.stringify([incarnation, partition]);
  }

  protected seriesKey(database: string, name: string, tags: Tags): string {
    return JSON.stringify([database, name, Object.entries(tags).sort()]);
  }

  protected tagMap(tags: Tags): Map<string, string> {
    return new Map(Object.entries(tags));
  }

  protected seriesOf(database: string): StoredSeries[] {
    return [...this.disk.series.values()].filter((series) => series.database === database);
  }

  protected oldest(): number {
    return Math.ceil(this.clock() / 1000) - this.capabilities.retentionSeconds;
  }

  protected writeBatch({ origin, points }: OriginatedBatch): WriteResult {
    if (this.isDuplicate(origin.incarnation, origin.partition, origin.offset)) return { status: 'duplicate' };
    this.disk.marks.set(this.position(origin.incarnation, origin.partition), origin.offset);
    if (this.disk.databases.get(points.database) === 'dropped') return { status: 'dropped' };
    this.disk.databases.set(points.database, 'there');
    const refused: RefusedPoint[] = [];
    points.seriesIndex.forEach((index, i) => {
      const series = points.series[index] ?? { name: '', tags: {} };
      const reason = this.store(points.database, series.name, series.tags, points.times[i] ?? 0, points.values[i] ?? 0, points.identity.kind === 'keyed');
      if (reason !== null) refused.push(this.refusal(i, reason, refused.length));
    });
    return { status: 'stored', refused };
  }

  protected isDuplicate(incarnation: string, partition: string, offset: bigint): boolean {
    const mark = this.disk.marks.get(this.position(incarnation, partition));
    return mark !== undefined && offset <= mark;
  }

  protected refusal(index: number, reason: string, _earlier: number): RefusedPoint {
    return { index, reason };
  }

  /** Null: stored. */
  protected store(database: string, name: string, tags: Tags, time: number, value: number, keyed: boolean): string | null {
    if (this.isTooOld(time)) return 'too_old';
    const key = this.seriesKey(database, name, tags);
    let series = this.disk.series.get(key);
    if (series === undefined) {
      if (this.seriesOf(database).length >= (this.capabilities.seriesLimit ?? Infinity)) return 'series_limit';
      series = { database, name, tags: this.tagMap(tags), points: [] };
      this.disk.series.set(key, series);
    }
    this.append(series, { time, value, arrival: this.disk.arrivals++ }, keyed);
    return null;
  }

  protected isTooOld(time: number): boolean {
    return time < this.oldest();
  }

  protected append(series: StoredSeries, point: StoredPoint, keyed: boolean): void {
    if (keyed) series.points = series.points.filter((other) => other.time !== point.time);
    series.points.push(point);
  }

  protected matching(question: Question): StoredSeries[] {
    return this.seriesOf(question.database).filter((series) => series.name === question.metric && this.covers(series.tags, question.tags));
  }

  protected covers(tags: ReadonlyMap<string, string>, filter: Tags): boolean {
    return Object.entries(filter).every(([key, value]) => tags.get(key) === value);
  }

  protected answer(question: Question): Answer {
    if (question.kind === 'windows' && question.width < 1) return { kind: 'error', error: new CaveError('invalid_argument', 'A window is at least a second wide.') };
    const series = this.matching(question);
    if (series.length === 0) return this.unknown(question);
    const points = series.flatMap((one) => one.points).filter((point) => point.time >= this.oldest());
    points.sort((a, b) => a.time - b.time || a.arrival - b.arrival);
    if (question.kind === 'points') {
      const found = this.newestFirst(points.filter((point) => this.within(point.time, question.range.from, question.range.to))).slice(0, question.limit);
      return { kind: 'points', times: found.map((point) => point.time), values: found.map((point) => point.value) };
    }
    const values = Array.from({ length: question.count }, (_, i) => {
      const from = question.from + i * question.width;
      return this.windowValue(question.aggregator, points.filter((point) => this.within(point.time, from, from + question.width)).map((point) => point.value));
    });
    return { kind: 'windows', values };
  }

  protected unknown(_question: Question): Answer {
    return { kind: 'unknown_series' };
  }

  protected newestFirst(points: StoredPoint[]): StoredPoint[] {
    return points.reverse();
  }

  protected within(time: number, from: number, to: number): boolean {
    return time >= from && time < to;
  }

  protected windowValue(aggregator: WindowAggregator, values: readonly number[]): number | null {
    if (aggregator === 'last') return values.at(-1) ?? null;
    const result = aggregate(aggregator, values);
    return result !== null && Number.isFinite(result) ? result : null;
  }
}
