import { StoreWriter, encodePointRecord, type StoreWriterOptions } from '../../../src/index.js';
import { expect } from 'chai';
import { MemoryStore, MemoryStores } from './memory-store.js';
import { MemoryStream } from './memory-stream.js';
import { KeptLog, KeptTelemetry, TestClock, eventually } from './quiet.js';

const FAST: Partial<StoreWriterOptions> = { pollWaitMs: 5, gatherMs: 0, reportMs: 5, sickAfterMs: 20 };

/** A record of points of the metric `m`, all in one second. */
export function record(first: number, values: readonly number[], more: { cluster?: string; appendedAtMs?: number } = {}): Uint8Array {
  return encodePointRecord({
    appendedAtMs: more.appendedAtMs ?? Date.now(),
    points: {
      database: 'd',
      cluster: more.cluster ?? null,
      identity: { kind: 'numbered', firstNumber: first },
      series: [{ name: 'm', tags: {} }],
      seriesIndex: new Uint32Array(values.length),
      times: new Float64Array(values.length).fill(1_000),
      values: Float64Array.from(values),
    },
  });
}

/** A store writer with a stream and stores in memory. */
export class WriterBench {
  readonly log = new KeptLog();
  readonly telemetry = new KeptTelemetry();
  readonly clock = new TestClock();
  readonly writers: StoreWriter[] = [];
  #number = 0;

  constructor(
    readonly store = new MemoryStore(),
    readonly named: ReadonlyMap<string, MemoryStore> = new Map(),
    readonly stream = new MemoryStream(),
  ) {}

  async append(values: readonly number[], more: Parameters<typeof record>[2] = {}): Promise<void> {
    await this.stream.publish([{ key: 'd', body: record(this.#number, values, more) }]);
    this.#number += values.length;
  }

  async start(options: Partial<StoreWriterOptions> = {}): Promise<StoreWriter> {
    const writer = new StoreWriter(
      { stream: this.stream, stores: new MemoryStores(this.store, this.named), clock: this.clock, logger: this.log, telemetry: this.telemetry },
      { ...FAST, ...options },
    );
    this.writers.push(writer);
    await writer.start();
    return writer;
  }

  values(): number[] {
    return this.store.points.map(({ value }) => value);
  }

  async stored(...values: readonly number[]): Promise<void> {
    await eventually(`stored ${values.join(', ')}; there is ${this.values().join(', ')}`, () => this.values().length >= values.length);
    expect(this.values()).to.deep.equal(values);
  }

  async checkpoint(offset: bigint, group = 'dbwriter'): Promise<void> {
    await eventually(`a checkpoint of ${group} at ${offset}`, () => this.stream.checkpoints.get(group) === offset);
  }

  upTo(store = this.store): number {
    return store.upTo.get(`${this.stream.incarnationId}/0`) ?? Number.NEGATIVE_INFINITY;
  }

  async stop(): Promise<void> {
    for (const writer of this.writers) await writer.stop(AbortSignal.timeout(1_000));
  }
}
