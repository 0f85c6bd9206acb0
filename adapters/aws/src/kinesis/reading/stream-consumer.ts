import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Background, CaveError, throwIfAborted, Wake, type Clock, type ConsumedBatch, type ConsumedRecord, type ConsumerOptions, type Logger, type StreamConsumer } from '@cave/core';
import type { DeadLetters } from './dead-letters.js';
import { HeldLeases, type Holding } from '../leases/held-leases.js';
import { LeaseKeeper } from '../leases/lease-keeper.js';
import { LeaseTable, type Look } from '../leases/lease-table.js';
import { stopOfMany } from '../stop-signals.js';
import { isDone, Readings, type Reading } from './readings.js';
import { mapShards } from './shard-map.js';
import type { KinesisStream } from '../stream.js';
import { ensureStreamTable } from '../leases/stream-table.js';
import { Troubles } from '../troubles.js';

/** A shard that nobody polls is looked at so often, so that its lag is known. */
const LOOK_MS = 2_000;

export interface KinesisConsumerDependencies {
  readonly stream: KinesisStream;
  readonly dynamo: DynamoDBClient;
  /** Of leases and dead letters. */
  readonly table: string;
  readonly deadLetters: DeadLetters;
  readonly leaseMs: number;
  /** Names this member in the table; unique among all processes, and for each start. */
  readonly member: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Called once it is closed. */
  readonly closed: (consumer: KinesisConsumer) => void;
}

/** Joins the group: resolves once the member has taken what was free. Makes the table when it is missing. */
export async function joinGroup(deps: KinesisConsumerDependencies, options: ConsumerOptions, signal?: AbortSignal): Promise<KinesisConsumer> {
  const consumer = new KinesisConsumer(deps, options);
  try {
    await consumer.start(signal);
  } catch (error) {
    await consumer.close();
    throw error;
  }
  return consumer;
}

/** One member of a group: its leases say what it reads, a reader for each shard reads; see StreamConsumer for what it promises. */
export class KinesisConsumer implements StreamConsumer {
  readonly #held: HeldLeases;
  readonly #keeper: LeaseKeeper;
  readonly #readings: Readings;
  readonly #troubles: Troubles;
  readonly #logger: Logger;
  readonly #closing = stopOfMany();
  readonly #changed = new Wake();
  readonly #background = new Background();
  #closed: Promise<void> | null = null;

  constructor(
    private readonly deps: KinesisConsumerDependencies,
    private readonly options: ConsumerOptions,
  ) {
    const { stream, dynamo, table, leaseMs, member, clock } = deps;
    this.#logger = deps.logger.child({ stream: stream.name, group: options.group });
    this.#troubles = new Troubles(this.#logger, clock);
    const shared = { clock, leaseMs, logger: this.#logger, troubles: this.#troubles };
    this.#held = new HeldLeases({ ...shared, changed: () => this.#changed.now(), look: (holding) => this.#lookOf(holding) });
    this.#keeper = new LeaseKeeper({
      ...shared,
      held: this.#held,
      owner: member,
      tableOf: (incarnation) => new LeaseTable(dynamo, table, options.group, incarnation, member, () => clock.nowMs()),
      mapShards: (signal) => mapShards(stream, signal),
      makeTable: (signal) => ensureStreamTable(dynamo, table, this.#logger, signal),
    });
    this.#readings = new Readings(this.#held, { stream, clock, logger: this.#logger, maxRecords: options.maxRecords }, ({ holding }) => {
      for (const what of [reads(holding), finishes(holding)]) this.#troubles.forget(what);
    });
  }

  /** Throws what keeps it from joining the group. */
  async start(signal?: AbortSignal): Promise<void> {
    const { dynamo, table } = this.deps;
    await ensureStreamTable(dynamo, table, this.#logger, signal ?? this.#closing.signal);
    await this.#keeper.start(signal);
  }

  /** Why it cannot keep its leases, or read what it holds, just now; null when all is well. */
  get trouble(): string | null {
    return this.#troubles.first;
  }

  assignment(): readonly string[] {
    return this.#closed === null ? this.#held.all().map(({ shard }) => shard).sort() : [];
  }

  async poll(waitMs: number, signal?: AbortSignal): Promise<ConsumedBatch | null> {
    const end = this.deps.clock.monotonicMs() + waitMs;
    for (;;) {
      throwIfAborted(signal);
      this.#mustBeOpen();
      const readings = this.#readings.all();
      const batch = this.#nextBatch(readings);
      if (batch !== null) return batch;
      const left = Math.max(0, end - this.deps.clock.monotonicMs());
      if (left === 0) {
        const idle = this.#idleBatch(readings);
        if (idle !== null) return idle;
        if (readings.length === 0) return this.#nothingHeld();
        this.#throwTrouble(readings);
      }
      const dueInMs = this.#readDue(readings);
      // Never 0: what is due was begun, and its end wakes.
      await this.#changed.wait(Math.max(1, left === 0 ? dueInMs : Math.min(left, dueInMs)), signal);
    }
  }

  async seek(partition: string, offset: bigint): Promise<void> {
    this.#mustBeOpen();
    const reading = this.#readingOf(partition);
    if (reading === null) throw new CaveError('lost', `This consumer does not hold shard ${partition}.`);
    const reader = this.#readings.readerFrom(reading.holding, { next: offset, look: null, ended: false });
    await reader.verify(this.#closing.signal);
    if (this.#readingOf(partition) !== reading) throw new CaveError('lost', `This consumer does not hold shard ${partition} any more.`);
    if (reading.acknowledged !== null) reader.acknowledge(reading.acknowledged);
    reading.reader = reader;
    this.#changed.now();
  }

  /**
   * An offset beyond what was handed out while the shard was held this time is from an earlier
   * time, or from a stream that was deleted: `lost` as well.
   */
  async checkpoint(partition: string, offset: bigint): Promise<'ok' | 'lost'> {
    const reading = this.#readingOf(partition);
    if (reading === null || reading.handed === null || offset > reading.handed) return 'lost';
    const moved = reading.moving.then(() => this.#move(reading, offset + 1n));
    reading.moving = moved.catch(() => undefined); // told to whoever asked for it
    return moved;
  }

  async #move(reading: Reading, next: bigint): Promise<'ok' | 'lost'> {
    const { holding } = reading;
    if (this.#held.of(holding.shard) !== holding) return 'lost';
    if (reading.acknowledged !== null && next <= reading.acknowledged) return 'ok';
    const askedMs = this.deps.clock.monotonicMs();
    if ((await holding.table.checkpoint(holding, next, reading.reader.look(next), this.#closing.signal)) === 'lost') {
      this.#held.drop(holding, 'taken by another member');
      return 'lost';
    }
    this.#held.renewed(holding, askedMs);
    reading.acknowledged = next;
    reading.reader.acknowledge(next);
    this.#finishDone(reading);
    return 'ok';
  }

  async deadLetter(partition: string, record: ConsumedRecord, reason: string): Promise<void> {
    this.#mustBeOpen();
    await this.deps.deadLetters.add(partition, record, reason, this.#closing.signal);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#changed.now();
    await Promise.all(this.#readings.all().map(({ moving }) => moving));
    await this.#background.ended();
    await this.#keeper.close();
    this.#readings.all(); // none: they end
    this.deps.closed(this);
  }

  #mustBeOpen(): void {
    if (this.#closed !== null) throw new CaveError('closed', 'The consumer is closed.');
  }

  // ------------------------------------------------------------------ what is held

  #readingOf(partition: string): Reading | null {
    return this.#closed === null ? this.#readings.of(partition) : null;
  }

  /** For its lease. Also takes care that there is something to say. */
  #lookOf(holding: Holding): Look | null {
    const reading = this.#readingOf(holding.shard);
    if (reading === null) return null;
    const { reader } = reading;
    // A poll may be waiting for its end.
    if (reader.silentMs >= LOOK_MS) this.#background.add(reader.lookAhead(this.#closing.signal).then(() => this.#changed.now()));
    this.#finishDone(reading);
    return reader.look();
  }

  /** A shard that was read to its end, all of it done, is marked, so that its children are read. */
  #finishDone(reading: Reading): void {
    if (reading.finishing || !isDone(reading)) return;
    reading.finishing = true;
    const { holding } = reading;
    const what = finishes(holding);
    this.#background.add(
      this.#keeper.finish(holding).then(
        () => this.#troubles.well(what),
        (error: unknown) => {
          reading.finishing = false; // the next renewal of the lease tries again
          if (this.#readingOf(holding.shard) === reading) this.#troubles.sick(what, error);
        },
      ),
    );
  }

  // ------------------------------------------------------------------ polling

  #nextBatch(readings: readonly Reading[]): ConsumedBatch | null {
    for (const { reader } of readings) if (reader.loss !== null) throw reader.loss;
    const next = readings.find(({ reader }) => reader.hasRecords);
    if (next === undefined) return null;
    const records = next.reader.take(this.options.maxRecords, this.options.maxBytes);
    const last = records.at(-1)?.offset ?? null;
    if (last !== null && (next.handed === null || last > next.handed)) next.handed = last;
    return this.#turn(next, records);
  }

  /**
   * Of the next in turn. One that was not read since its last turn is waited for, or others
   * would be told of twice before it; one that is behind, or cannot be read, is passed over.
   */
  #idleBatch(readings: readonly Reading[]): ConsumedBatch | null {
    const next = readings.find(({ reader }) => reader.news === 'drained' || (reader.news === 'none' && reader.trouble === null));
    return next?.reader.news === 'drained' ? this.#turn(next, []) : null;
  }

  #turn(reading: Reading, records: readonly ConsumedRecord[]): ConsumedBatch {
    const { holding, reader } = reading;
    this.#readings.turn(reading);
    reader.told();
    const { drainedAtMs } = reader;
    const batch = { incarnation: holding.incarnation, partition: holding.shard, records };
    return drainedAtMs === null ? { ...batch, drained: false } : { ...batch, drained: true, drainedAtMs };
  }

  /** It is a member, and all is others'; or it could not become one of late. */
  #nothingHeld(): null {
    const trouble = this.trouble;
    if (trouble !== null) throw new CaveError('unavailable', trouble);
    return null;
  }

  /** Once none is left that may yet answer. */
  #throwTrouble(readings: readonly Reading[]): void {
    if (readings.some(({ reader }) => reader.busy || reader.trouble === null)) return;
    for (const { reader } of readings) if (reader.trouble !== null) throw reader.trouble;
  }

  /** Begins the reads that are due. Answers in how many milliseconds the next one is. */
  #readDue(readings: readonly Reading[]): number {
    let nextMs = Infinity;
    for (const reading of readings) {
      const { dueInMs } = reading.reader;
      if (dueInMs > 0) nextMs = Math.min(nextMs, dueInMs);
      else this.#background.add(this.#read(reading));
    }
    return nextMs;
  }

  async #read(reading: Reading): Promise<void> {
    const { reader, holding } = reading;
    await reader.read(this.#closing.signal);
    if (this.#closing.signal.aborted) return;
    this.#changed.now();
    if (this.#readingOf(holding.shard) !== reading || reading.reader !== reader) return;
    const { trouble } = reader;
    if (trouble === null) this.#troubles.well(reads(holding));
    else this.#troubles.sick(reads(holding), trouble);
    this.#finishDone(reading);
  }
}

/** Names of what may be in trouble. */
const reads = ({ shard }: Holding): string => `reading ${shard}`;
const finishes = ({ shard }: Holding): string => `finishing ${shard}`;
