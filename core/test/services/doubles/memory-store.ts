import { CaveError, type Answer, type MetricsStore, type MetricsStores, type OriginatedBatch, type Question, type StoredUpTo, type WriteResult } from '../../../src/index.js';

export interface StoredPoint {
  readonly database: string;
  readonly name: string;
  readonly time: number;
  readonly value: number;
  readonly number: number | null;
}

/** A metrics store in memory that keeps marks, counts its writes, and fails on command. */
export class MemoryStore implements MetricsStore {
  readonly capabilities;
  readonly points: StoredPoint[] = [];
  readonly marks = new Map<string, bigint>();
  readonly upTo = new Map<string, number>();
  /** Calls of setStoredUpTo. */
  reports = 0;
  readonly writes: (readonly OriginatedBatch[])[] = [];
  readonly dropped = new Set<string>();
  readonly created = new Set<string>();
  /** Asked before each write; what it throws, the write throws. */
  beforeWrite: (batches: readonly OriginatedBatch[]) => void | Promise<void> = () => undefined;
  /** Reason why a point is refused; null: it is stored. */
  refuse: (value: number) => string | null = () => null;
  answer: (question: Question) => Answer = () => ({ kind: 'unknown_series' });

  constructor(keepsMarks = true) {
    this.capabilities = { keepsMarks, readAfterWriteMs: 0, seriesLimit: null, retentionSeconds: 90 * 86_400 };
  }
  async start(): Promise<void> {}
  async close(): Promise<void> {}
  async health(): Promise<{ healthy: boolean }> {
    return { healthy: true };
  }
  async createDatabase(database: string): Promise<void> {
    this.created.add(database);
  }
  async dropDatabase(database: string): Promise<void> {
    this.dropped.add(database);
  }
  async write(batches: readonly OriginatedBatch[], _signal?: AbortSignal): Promise<readonly WriteResult[]> {
    this.writes.push(batches);
    await this.beforeWrite(batches);
    return batches.map((batch) => this.#one(batch));
  }
  #one({ origin, points }: OriginatedBatch): WriteResult {
    const key = `${origin.incarnation}/${origin.partition}`;
    const mark = this.marks.get(key);
    if (this.capabilities.keepsMarks) {
      if (mark !== undefined && origin.offset <= mark) return { status: 'duplicate' };
      this.marks.set(key, origin.offset);
    }
    const refused: { index: number; reason: string }[] = [];
    points.times.forEach((time, i) => {
      const value = points.values[i] ?? NaN;
      const reason = this.refuse(value);
      if (reason !== null) refused.push({ index: i, reason });
      else {
        const number = points.identity.kind === 'numbered' ? points.identity.firstNumber + i : null;
        if (!this.capabilities.keepsMarks && this.points.some((point) => point.number === number)) return;
        this.points.push({ database: points.database, name: points.series[points.seriesIndex[i] ?? -1]?.name ?? '', time, value, number });
      }
    });
    return { status: 'stored', refused };
  }
  async mark(incarnation: string, partition: string): Promise<bigint | null> {
    return this.marks.get(`${incarnation}/${partition}`) ?? null;
  }
  async setStoredUpTo(marks: readonly StoredUpTo[]): Promise<void> {
    this.reports += 1;
    for (const { incarnation, partition, timeMs } of marks) this.upTo.set(`${incarnation}/${partition}`, timeMs);
  }
  async storedUpTo(): Promise<readonly StoredUpTo[]> {
    return [...this.upTo].map(([key, timeMs]) => ({ incarnation: key.split('/')[0] ?? '', partition: key.split('/')[1] ?? '', timeMs }));
  }
  async query(questions: readonly Question[]): Promise<readonly Answer[]> {
    return questions.map((question) => this.answer(question));
  }
  async listMetrics(): Promise<readonly never[]> {
    return [];
  }
  async tagValues(): Promise<null> {
    return null;
  }
  async dropMetric(): Promise<boolean> {
    return false;
  }
}

export class MemoryStores implements MetricsStores {
  constructor(
    private readonly main: MetricsStore,
    private readonly named: ReadonlyMap<string, MetricsStore> = new Map(),
  ) {}
  get(cluster: string | null): MetricsStore {
    const store = cluster === null ? this.main : this.named.get(cluster);
    if (store === undefined) throw new CaveError('configuration', `The cluster ${String(cluster)} is not configured.`);
    return store;
  }
  names(): readonly string[] {
    return [...this.named.keys()];
  }
}
