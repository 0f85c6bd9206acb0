import rawStreamAdapter from '@cave/adapter-embedded/raw-stream';
import metricsStoreAdapter from '@cave/adapter-embedded/metrics-store';
import {
  CaveError,
  NumberBlocks,
  Publisher,
  StoreWriter,
  type AdapterContext,
  type AdapterDefinition,
  type Clock,
  type Logger,
  type MetricsStore,
  type MetricsStores,
  type PortName,
  type RawStream,
  type StoreWriterOptions,
  type Telemetry,
  type UnnumberedPoints,
} from '@cave/core';

export const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const telemetry: Telemetry = { count: () => undefined, gauge: () => undefined, observe: () => undefined };
const quiet = (): void => undefined;
export const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: (event) => process.stderr.write(`${event}\n`), child: () => logger };
const context: AdapterContext = { logger, telemetry, clock, service: 'dbwriter', instanceId: 'test' };

export const SECOND = Math.floor(Date.now() / 1000) - 60;

function options(definition: { readonly options: AdapterDefinition['options'] }, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const defaults = Object.entries(definition.options.properties).flatMap(([key, schema]) => (schema.default === undefined ? [] : [[key, schema.default] as const]));
  return { ...Object.fromEntries(defaults), ...given };
}

function create<T>(definition: unknown, given: Readonly<Record<string, unknown>>): T {
  const adapter = definition as AdapterDefinition<PortName, unknown>;
  return adapter.create(options(adapter, given), context) as T;
}

/** The way of a point on the embedded adapters: publisher, stream, writer, store, in one directory. */
export class Pipeline {
  readonly stream: RawStream;
  readonly store: MetricsStore;
  readonly publisher: Publisher;
  readonly stores: MetricsStores;
  /** The store of the cluster `far`, if there is one, and whether it can be reached. */
  readonly far: MetricsStore | null;
  farAway = false;
  #writer: StoreWriter | null = null;

  /** `firstNumber`: where the numbers of this start begin, as the config store would say. */
  constructor(directory: string, firstNumber = 0, partitions = 1, withFar = false) {
    this.stream = create<RawStream>(rawStreamAdapter, { directory: `${directory}/stream`, partitions });
    this.store = create<MetricsStore>(metricsStoreAdapter, { directory: `${directory}/metrics` });
    this.far = withFar ? create<MetricsStore>(metricsStoreAdapter, { directory: `${directory}/far` }) : null;
    const named = this.far === null ? null : reachable(this.far, () => !this.farAway);
    this.stores = {
      get: (cluster) => {
        if (cluster === null) return this.store;
        if (cluster !== 'far' || named === null) throw new CaveError('configuration', `There is no cluster ${cluster}.`);
        return named;
      },
      names: () => (named === null ? [] : ['far']),
    };
    let next = firstNumber;
    const numbers = new NumberBlocks({ reserve: (size) => Promise.resolve((next += size) - size) });
    this.publisher = new Publisher({ stream: this.stream, numbers, clock, telemetry, quota: null });
  }

  async start(): Promise<void> {
    await this.stream.start();
    await this.store.start();
    await this.far?.start();
  }

  async startWriter(given: Partial<StoreWriterOptions> = {}): Promise<StoreWriter> {
    this.#writer = new StoreWriter({ stream: this.stream, stores: this.stores, clock, logger, telemetry }, { gatherMs: 20, reportMs: 50, pollWaitMs: 20, ...given });
    await this.#writer.start();
    return this.#writer;
  }

  async stopWriter(): Promise<void> {
    await this.#writer?.stop(AbortSignal.timeout(10_000));
    this.#writer = null;
  }

  async close(): Promise<void> {
    await this.stopWriter();
    await this.store.close();
    await this.far?.close();
    await this.stream.close();
  }

  /** Waits until everything appended before now is stored: of the default cluster, or of that store's. */
  async drained(store = this.store): Promise<void> {
    const sinceMs = clock.nowMs();
    const partitions = await this.stream.partitions();
    const incarnation = this.stream.incarnation();
    await eventually('everything is stored', async () => {
      const marks = (await store.storedUpTo()).filter((mark) => mark.incarnation === incarnation);
      return partitions.every((partition) => marks.some((mark) => mark.partition === partition && mark.timeMs >= sinceMs));
    });
  }

  /** All values of the metric `m`, ascending. */
  async values(database: string, store = this.store): Promise<number[]> {
    const [answer] = await store.query([{ kind: 'points', database, metric: 'm', tags: {}, range: { from: 0, to: 2 ** 32 - 2 }, limit: 10_000_000 }]);
    if (answer?.kind !== 'points') throw new Error(`The store answered with ${answer?.kind ?? 'nothing'}.`);
    return [...answer.values].sort((a, b) => a - b);
  }
}

/** One point of the metric `m` for each value, all in one second and one series. */
export function pointsOf(database: string, values: readonly number[], cluster: string | null = null): UnnumberedPoints {
  return {
    database,
    cluster,
    series: [{ name: 'm', tags: { host: 'a' } }],
    seriesIndex: new Uint32Array(values.length),
    times: new Float64Array(values.length).fill(SECOND),
    values: Float64Array.from(values),
  };
}

/** Polls until `probe` is true; fails after half a minute, saying what did not happen. */
export async function eventually(what: string, probe: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await probe())) {
    if (performance.now() > end) throw new Error(`This did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The store as it is seen from where it can, or cannot, be reached. */
function reachable(store: MetricsStore, now: () => boolean): MetricsStore {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => (now() ? (value.apply(target, given) as unknown) : Promise.reject(new CaveError('unavailable', 'The cluster is away.')));
    },
  });
}
