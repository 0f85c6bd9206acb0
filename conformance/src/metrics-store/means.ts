import assert from 'node:assert/strict';
import { sleep } from '@cave/core';
import type { Answer, MetricsStore, OriginatedBatch, PointIdentity, Question, Series, Tags, WindowAggregator, WriteResult } from '@cave/core';
import type { Harness } from '../harness.js';
import type { Case, CaseContext } from '../kit.js';

/** The options that cases set, in the port's words. Absent: the adapter's own default. */
export interface MetricsStoreSettings {
  readonly seriesLimit?: number;
  readonly retentionDays?: number;
}

export type MetricsStoreHarness = Harness<MetricsStore, MetricsStoreSettings>;
export type At = CaseContext<MetricsStore, MetricsStoreSettings, MetricsStoreHarness>;
export type MetricsStoreCase = Case<MetricsStore, MetricsStoreSettings, MetricsStoreHarness>;

/** One point as a case writes it down. */
export interface P {
  readonly name: string;
  readonly tags?: Tags;
  readonly time: number;
  readonly value: number;
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** One database and one partition of a made-up stream, with the questions that cases ask. */
export class Tenant {
  readonly incarnation: string;
  readonly partition = '0';
  #offset = 0n;

  constructor(
    readonly at: At,
    public store: MetricsStore,
    readonly database: string = at.unique('db'),
  ) {
    this.incarnation = at.unique('inc');
  }

  /** A batch at the partition's next offset. */
  batch(points: readonly P[], identity: PointIdentity = { kind: 'numbered', firstNumber: Number(this.#offset) * 1_000_000 }): OriginatedBatch {
    const series: Series[] = [];
    const known = new Map<string, number>();
    const seriesIndex = points.map(({ name, tags = {} }) => {
      const key = JSON.stringify([name, Object.entries(tags).sort()]);
      const index = known.get(key) ?? series.push({ name, tags }) - 1;
      known.set(key, index);
      return index;
    });
    const offset = this.#offset;
    this.#offset += 1n;
    return {
      origin: { incarnation: this.incarnation, partition: this.partition, offset },
      points: {
        database: this.database,
        cluster: null,
        identity,
        series,
        seriesIndex: Uint32Array.from(seriesIndex),
        times: Float64Array.from(points, (point) => point.time),
        values: Float64Array.from(points, (point) => point.value),
      },
    };
  }

  /** Writes and waits until queries must see it. */
  async write(batches: readonly OriginatedBatch[]): Promise<readonly WriteResult[]> {
    const results = await this.at.within('write', this.store.write(batches));
    assert.equal(results.length, batches.length, 'one result for each batch');
    if (this.store.capabilities.readAfterWriteMs > 0) await sleep(this.store.capabilities.readAfterWriteMs);
    return results;
  }

  /** Writes one batch, of which nothing may be refused. */
  async put(points: readonly P[], identity?: PointIdentity): Promise<void> {
    assert.deepEqual(await this.write([this.batch(points, identity)]), [{ status: 'stored', refused: [] }]);
  }

  windows(metric: string, aggregator: WindowAggregator, from: number, width: number, count = 1, tags: Tags = {}): Question {
    return { kind: 'windows', database: this.database, metric, tags, aggregator, from, width, count };
  }

  points(metric: string, from: number, to: number, limit = 1_000, tags: Tags = {}): Question {
    return { kind: 'points', database: this.database, metric, tags, range: { from, to }, limit };
  }

  async ask(question: Question): Promise<Answer> {
    const [answer] = await this.askAll([question]);
    assert.ok(answer);
    return answer;
  }

  async askAll(questions: readonly Question[]): Promise<readonly Answer[]> {
    const answers = await this.at.within('query', this.store.query(questions));
    assert.equal(answers.length, questions.length, 'one answer for each question');
    return answers;
  }

  /** Values of windows; anything else than windows is a failure. */
  async values(question: Question): Promise<readonly (number | null)[]> {
    const answer = await this.ask(question);
    assert.equal(answer.kind, 'windows', `wanted windows of ${JSON.stringify(question)}, got ${JSON.stringify(answer)}`);
    return answer.kind === 'windows' ? answer.values : [];
  }

  async count(metric: string, from: number, width: number, tags: Tags = {}): Promise<number | null> {
    return (await this.values(this.windows(metric, 'count', from, width, 1, tags)))[0] ?? null;
  }

  /** [time, value] pairs; anything else than points is a failure. */
  async pairs(question: Question): Promise<(readonly [number, number])[]> {
    const answer = await this.ask(question);
    assert.equal(answer.kind, 'points', `wanted points of ${JSON.stringify(question)}, got ${JSON.stringify(answer)}`);
    if (answer.kind !== 'points') return [];
    assert.equal(answer.times.length, answer.values.length);
    return answer.times.map((time, i) => [time, answer.values[i] ?? NaN] as const);
  }
}

export async function tenant(at: At, settings: MetricsStoreSettings = {}): Promise<Tenant> {
  return new Tenant(at, await at.open(settings));
}

/** Fails unless both are null or equal up to rounding. */
export function assertClose(actual: number | null | undefined, expected: number | null, what: string): void {
  if (actual === null || actual === undefined || expected === null) {
    assert.equal(actual ?? null, expected, what);
    return;
  }
  const tolerance = 1e-9 * Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: wanted ${expected}, got ${actual}`);
}
