import { CaveError } from '@cave/core';
import type { Answer, Health, OriginatedBatch, Question, RefusedPoint, Tags, WindowAggregator, WriteResult } from '@cave/core';
import { Disk, MemoryStore } from './memory-store.js';
import type { StoredPoint, StoredSeries } from './memory-store.js';

export interface BrokenStore {
  readonly defect: string;
  /** The case that is there to find it. */
  readonly caseId: string;
  readonly store: typeof MemoryStore;
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** One defect each, of kinds that real stores have had. */
export const brokenStores: readonly BrokenStore[] = [
  {
    defect: 'serves after close',
    caseId: 'MS-05',
    store: class extends MemoryStore {
      protected override check(): void {
        if (this.state === 'new') super.check();
      }
    },
  },
  {
    defect: 'does not hear its signal',
    caseId: 'MS-06',
    store: class extends MemoryStore {
      protected override async turn(): Promise<void> {}
    },
  },
  {
    defect: 'takes the percentile at the rank ceil(n·p)',
    caseId: 'MS-10',
    store: class extends MemoryStore {
      protected override windowValue(aggregator: WindowAggregator, values: readonly number[]): number | null {
        if (aggregator === 'p90') return sorted(values)[Math.ceil(values.length * 0.9) - 1] ?? null;
        return super.windowValue(aggregator, values);
      }
    },
  },
  {
    defect: "gives the population's standard deviation",
    caseId: 'MS-10',
    store: class extends MemoryStore {
      protected override windowValue(aggregator: WindowAggregator, values: readonly number[]): number | null {
        const value = super.windowValue(aggregator, values);
        return aggregator === 'stddev' && value !== null ? value * Math.sqrt((values.length - 1) / values.length) : value;
      }
    },
  },
  {
    defect: 'takes the latest of the most frequent values',
    caseId: 'MS-10',
    store: class extends MemoryStore {
      protected override windowValue(aggregator: WindowAggregator, values: readonly number[]): number | null {
        return super.windowValue(aggregator, aggregator === 'mode' ? [...values].reverse() : values);
      }
    },
  },
  {
    defect: 'takes the lower of the two middle values for the median',
    caseId: 'MS-10',
    store: class extends MemoryStore {
      protected override windowValue(aggregator: WindowAggregator, values: readonly number[]): number | null {
        return aggregator === 'median' ? (sorted(values)[Math.ceil(values.length / 2) - 1] ?? null) : super.windowValue(aggregator, values);
      }
    },
  },
  {
    defect: 'counts the end of a range in',
    caseId: 'MS-11',
    store: class extends MemoryStore {
      protected override within(time: number, from: number, to: number): boolean {
        return time >= from && time <= to;
      }
    },
  },
  {
    defect: 'leaves the first second out',
    caseId: 'MS-11',
    store: class extends MemoryStore {
      protected override within(time: number, from: number, to: number): boolean {
        return time > from && time < to;
      }
    },
  },
  {
    defect: 'stores a redelivered batch again',
    caseId: 'MS-12',
    store: class extends MemoryStore {
      protected override isDuplicate(): boolean {
        return false;
      }
    },
  },
  {
    defect: 'skips only the batch right at the mark, not those below it',
    caseId: 'MS-12',
    store: class extends MemoryStore {
      protected override isDuplicate(incarnation: string, partition: string, offset: bigint): boolean {
        return this.disk.marks.get(this.position(incarnation, partition)) === offset;
      }
    },
  },
  {
    defect: 'overwrites a point of the same series and second',
    caseId: 'MS-13',
    store: class extends MemoryStore {
      protected override append(series: StoredSeries, point: StoredPoint): void {
        super.append(series, point, true);
      }
    },
  },
  {
    defect: 'wraps the counter of a second after 65,536 points',
    caseId: 'MS-14',
    store: class extends MemoryStore {
      protected override append(series: StoredSeries, point: StoredPoint, keyed: boolean): void {
        if (keyed || series.points.length < 65_536 || series.points[series.points.length - 65_536]?.time !== point.time) super.append(series, point, keyed);
      }
    },
  },
  {
    defect: 'stores a keyed point each time it is relayed',
    caseId: 'MS-15',
    store: class extends MemoryStore {
      protected override append(series: StoredSeries, point: StoredPoint): void {
        super.append(series, point, false);
      }
    },
  },
  {
    defect: 'keeps the first of keyed points rather than the last',
    caseId: 'MS-15',
    store: class extends MemoryStore {
      protected override append(series: StoredSeries, point: StoredPoint, keyed: boolean): void {
        if (!keyed || series.points.every((other) => other.time !== point.time)) super.append(series, point, false);
      }
    },
  },
  {
    defect: 'drops points older than the newest of their series',
    caseId: 'MS-16',
    store: class extends MemoryStore {
      protected override append(series: StoredSeries, point: StoredPoint, keyed: boolean): void {
        if (point.time >= (series.points.at(-1)?.time ?? 0)) super.append(series, point, keyed);
      }
    },
  },
  {
    defect: 'covers only the series with exactly the tags asked for',
    caseId: 'MS-17',
    store: class extends MemoryStore {
      protected override covers(tags: ReadonlyMap<string, string>, filter: Tags): boolean {
        return tags.size === Object.keys(filter).length && super.covers(tags, filter);
      }
    },
  },
  {
    defect: 'takes an unknown tag compared with the empty text for a match',
    caseId: 'MS-17',
    store: class extends MemoryStore {
      protected override covers(tags: ReadonlyMap<string, string>, filter: Tags): boolean {
        return Object.entries(filter).every(([key, value]) => (tags.get(key) ?? '') === value);
      }
    },
  },
  {
    defect: 'covers series with any of the tags asked for rather than all',
    caseId: 'MS-17',
    store: class extends MemoryStore {
      protected override covers(tags: ReadonlyMap<string, string>, filter: Tags): boolean {
        const wanted = Object.entries(filter);
        return wanted.length === 0 || wanted.some(([key, value]) => tags.get(key) === value);
      }
    },
  },
  {
    defect: 'shares metrics between databases',
    caseId: 'MS-18',
    store: class extends MemoryStore {
      protected override seriesOf(): StoredSeries[] {
        return [...this.disk.series.values()];
      }
    },
  },
  {
    defect: 'keeps tags in a plain object, where `__proto__` is lost',
    caseId: 'MS-19',
    store: class extends MemoryStore {
      protected override tagMap(tags: Tags): Map<string, string> {
        const plain: Record<string, string> = {};
        for (const [key, value] of Object.entries(tags)) plain[key] = value;
        return new Map(Object.entries(plain));
      }
    },
  },
  {
    defect: 'takes names that differ in case only for one',
    caseId: 'MS-19',
    store: class extends MemoryStore {
      protected override seriesKey(database: string, name: string, tags: Tags): string {
        return super.seriesKey(database, name, tags).toLowerCase();
      }
    },
  },
  {
    defect: 'takes a tag value for a pattern',
    caseId: 'MS-20',
    store: class extends MemoryStore {
      protected override covers(tags: ReadonlyMap<string, string>, filter: Tags): boolean {
        return Object.entries(filter).every(([key, value]) => tags.get(key) === value || (value === '.*' && tags.has(key)));
      }
    },
  },
  {
    defect: 'drops every metric whose name begins with the one given',
    caseId: 'MS-21',
    store: class extends MemoryStore {
      protected override isDropped(name: string, metric: string): boolean {
        return name.startsWith(metric);
      }
    },
  },
  {
    defect: 'lets a dropped database come back with the next write',
    caseId: 'MS-22',
    store: class extends MemoryStore {
      protected override writeBatch(batch: OriginatedBatch): WriteResult {
        this.disk.databases.delete(batch.points.database);
        return super.writeBatch(batch);
      }
    },
  },
  {
    defect: 'drops the marks with the database',
    caseId: 'MS-22',
    store: class extends MemoryStore {
      override async dropDatabase(database: string): Promise<void> {
        await super.dropDatabase(database);
        this.disk.marks.clear();
      }
    },
  },
  {
    defect: 'takes points beyond the retention',
    caseId: 'MS-23',
    store: class extends MemoryStore {
      protected override isTooOld(): boolean {
        return false;
      }
    },
  },
  {
    defect: 'numbers refused points among themselves',
    caseId: 'MS-23',
    store: class extends MemoryStore {
      protected override refusal(_index: number, reason: string, earlier: number): RefusedPoint {
        return { index: earlier, reason };
      }
    },
  },
  {
    defect: 'acknowledges before a query sees the points',
    caseId: 'MS-24',
    store: class extends MemoryStore {
      #behind: OriginatedBatch[] = [];
      protected override writeBatch(batch: OriginatedBatch): WriteResult {
        this.#behind.push(batch);
        setImmediate(() => this.#behind.splice(0).forEach((late) => super.writeBatch(late)));
        return { status: 'stored', refused: [] };
      }
      protected override async turn(): Promise<void> {}
    },
  },
  {
    defect: 'answers a series never seen with empty windows',
    caseId: 'MS-25',
    store: class extends MemoryStore {
      protected override unknown(question: Question): Answer {
        return question.kind === 'points' ? { kind: 'points', times: [], values: [] } : { kind: 'windows', values: Array.from({ length: question.count }, () => null) };
      }
    },
  },
  {
    defect: 'counts an empty window as 0',
    caseId: 'MS-25',
    store: class extends MemoryStore {
      protected override windowValue(aggregator: WindowAggregator, values: readonly number[]): number | null {
        return aggregator === 'count' ? values.length : super.windowValue(aggregator, values);
      }
    },
  },
  {
    defect: 'gives the oldest points when limited',
    caseId: 'MS-26',
    store: class extends MemoryStore {
      protected override newestFirst(points: StoredPoint[]): StoredPoint[] {
        return points;
      }
    },
  },
  {
    defect: 'lets one bad question fail all',
    caseId: 'MS-27',
    store: class extends MemoryStore {
      protected override answer(question: Question): Answer {
        const told = super.answer(question);
        if (told.kind === 'error') throw told.error;
        return told;
      }
    },
  },
  {
    defect: 'keeps one mark for all partitions and incarnations',
    caseId: 'MS-28',
    store: class extends MemoryStore {
      protected override position(): string {
        return 'all';
      }
    },
  },
  {
    defect: 'lets stored up to move backwards',
    caseId: 'MS-29',
    store: class extends MemoryStore {
      protected override mayMove(): boolean {
        return true;
      }
    },
  },
  {
    defect: 'drops points beyond the series limit without saying so',
    caseId: 'MS-30',
    store: class extends MemoryStore {
      protected override store(database: string, name: string, tags: Tags, time: number, value: number, keyed: boolean): string | null {
        const reason = super.store(database, name, tags, time, value, keyed);
        return reason === 'series_limit' ? null : reason;
      }
    },
  },
  {
    defect: 'writes all batches of a call to the database of the first',
    caseId: 'MS-31',
    store: class extends MemoryStore {
      override write(batches: readonly OriginatedBatch[], signal?: AbortSignal): Promise<readonly WriteResult[]> {
        const database = batches[0]?.points.database ?? '';
        return super.write(batches.map((batch) => ({ ...batch, points: { ...batch.points, database } })), signal);
      }
    },
  },
  {
    defect: 'lists tag values in the order of arrival',
    caseId: 'MS-32',
    store: class extends MemoryStore {
      override async tagValues(database: string, metric: string, tagKey: string): Promise<readonly string[] | null> {
        return (await super.tagValues(database, metric, tagKey))?.toReversed() ?? null;
      }
    },
  },
  {
    defect: 'loses what was not flushed when it closes',
    caseId: 'MS-34',
    store: class extends MemoryStore {
      override async close(): Promise<void> {
        if (this.state === 'open') for (const series of this.disk.series.values()) series.points.pop();
        await super.close();
      }
    },
  },
  {
    defect: 'gives Infinity for a sum beyond the largest number',
    caseId: 'MS-35',
    store: class extends MemoryStore {
      protected override windowValue(aggregator: WindowAggregator, values: readonly number[]): number | null {
        return aggregator === 'sum' && values.length > 0 ? values.reduce((a, b) => a + b) : super.windowValue(aggregator, values);
      }
    },
  },
  {
    defect: 'takes the oldest value of a window for the last one',
    caseId: 'MS-36',
    store: class extends MemoryStore {
      protected override windowValue(aggregator: WindowAggregator, values: readonly number[]): number | null {
        return aggregator === 'last' ? (values[0] ?? null) : super.windowValue(aggregator, values);
      }
    },
  },
  {
    defect: 'still shows points that have grown too old',
    caseId: 'MS-38',
    store: class extends MemoryStore {
      protected override oldest(): number {
        return Math.ceil(Date.now() / 1000) - this.capabilities.retentionSeconds;
      }
    },
  },
  {
    defect: 'forgets its marks over a restart',
    caseId: 'MS-12',
    store: class extends MemoryStore {
      override async start(signal?: AbortSignal): Promise<void> {
        await super.start(signal);
        this.disk.marks = new Disk().marks;
      }
    },
  },
  {
    defect: 'says that it is healthy before it has started',
    caseId: 'MS-01',
    store: class extends MemoryStore {
      override async health() {
        return this.state === 'closed' ? super.health() : { healthy: true };
      }
    },
  },
  {
    defect: 'fails with its own error after close',
    caseId: 'MS-05',
    store: class extends MemoryStore {
      protected override check(): void {
        if (this.state === 'closed') throw new CaveError('unavailable', 'The connection is gone.');
        super.check();
      }
    },
  },
  {
    defect: 'forgets a series when its last point has expired',
    caseId: 'MS-60',
    store: class extends MemoryStore {
      protected override matching(question: Question): StoredSeries[] {
        return super.matching(question).filter((series) => series.points.some((point) => point.time >= this.oldest()));
      }
    },
  },
  {
    defect: 'answers from what it remembers when nobody can be reached',
    caseId: 'MS-61',
    store: class extends MemoryStore {
      override async query(questions: readonly Question[]): Promise<readonly Answer[]> {
        this.check();
        return questions.map((question) => this.answer(question));
      }
    },
  },
  {
    defect: 'says that it is healthy when nobody can be reached',
    caseId: 'MS-61',
    store: class extends MemoryStore {
      override async health(): Promise<Health> {
        return { healthy: this.state === 'open' };
      }
    },
  },
];
