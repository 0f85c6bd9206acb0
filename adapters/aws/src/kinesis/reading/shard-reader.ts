import type { GetRecordsCommandOutput, _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import { backoffMs, errorCode, pause, toCaveError, type CaveError, type Clock, type ConsumedRecord, type Logger } from '@cave/core';
import { decodeAggregate } from '../aggregate.js';
import type { Look } from '../leases/lease-table.js';
import { fromOffset, toOffset } from '../offsets.js';
import { ReadPace } from './read-pace.js';
import { ReadingLag } from './reading-lag.js';
import { ShardCursor } from './shard-cursor.js';
import type { Shard } from './shard-map.js';
import type { KinesisStream } from '../stream.js';
import { judgeTrim } from './trimmed.js';

/** Of one GetRecords; the most that Kinesis takes. */
const MAX_LIMIT = 10_000;
/** Kinesis answers with 10 MB at most. An answer near that may have been cut off there. */
const FULL_ANSWER_BYTES = 8_000_000;
const RETRY = { firstMs: 200, maxMs: 5_000 };

/** What is read. */
export interface ShardSource {
  readonly shard: Shard;
  /** Of the group's leases in their table. */
  readonly scope: string;
}

export interface ShardReaderDependencies {
  readonly stream: KinesisStream;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of Kinesis's records: an aggregate counts as one. */
  readonly maxRecords: number;
}

/** What a read told: that nothing lies beyond it, that something does; or there was none yet. */
export type News = 'none' | 'drained' | 'behind';

/** Where reading begins. */
export interface Start {
  /** Next offset to be read; null: the oldest record. */
  readonly next: bigint | null;
  /** What was known of the position when it was last looked at; null: nothing. */
  readonly look: Look | null;
  /** Everything was read before. */
  readonly ended: boolean;
}

/**
 * Reads one shard from a position on, one request at a time and only when nothing is left to
 * hand out, which bounds what is held in memory to one answer (10 MB).
 */
export class ShardReader {
  readonly #pace: ReadPace;
  readonly #lag: ReadingLag;
  readonly #cursor: ShardCursor;
  #ready: ConsumedRecord[] = [];
  /** When the last read began, if nothing was beyond it. By the clock of all, milliseconds. */
  #drainedAtMs: number | null = null;
  #news: News = 'none';
  #ended: boolean;
  #busy = false;
  #failures = 0;
  #trouble: CaveError | null = null;
  #loss: CaveError | null = null;

  constructor(
    private readonly deps: ShardReaderDependencies,
    private readonly source: ShardSource,
    start: Start,
  ) {
    this.#cursor = new ShardCursor(deps.stream, source.shard, start.next);
    this.#ended = start.ended;
    this.#pace = new ReadPace(deps.clock);
    this.#lag = new ReadingLag(start.look);
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Told by every poll until reading begins elsewhere. */
  get loss(): CaveError | null {
    return this.#loss;
  }

  /** What the last read failed with; null when it did not. */
  get trouble(): CaveError | null {
    return this.#trouble;
  }

  /** Something can be handed out. */
  get hasRecords(): boolean {
    return this.#ready.length > 0;
  }

  /** As of when nothing is beyond what was handed out; null: nobody knows. */
  get drainedAtMs(): number | null {
    if (this.#ready.length > 0) return null;
    return this.#ended ? this.deps.clock.nowMs() : this.#drainedAtMs;
  }

  /** What was learnt since the last `told`. */
  get news(): News {
    return this.exhausted ? 'drained' : this.#news;
  }

  told(): void {
    this.#news = 'none';
  }

  /** Everything that the shard has and will ever have was handed out. */
  get exhausted(): boolean {
    return this.#ended && this.#ready.length === 0;
  }

  /** Null: nobody has looked yet. As it is once everything before `next` is done, where that is given. */
  look(next?: bigint): Look | null {
    return this.#lag.look(next);
  }

  /** Milliseconds until it may be read; Infinity when there is nothing to read. */
  get dueInMs(): number {
    if (this.#busy || this.#ended || this.#loss !== null || this.#ready.length > 0) return Infinity;
    return this.#pace.dueInMs;
  }

  /** At least one record, whatever its size. */
  take(maxRecords: number, maxBytes: number): readonly ConsumedRecord[] {
    let bytes = 0;
    let count = 0;
    for (const { body } of this.#ready) {
      bytes += body.length;
      if (count > 0 && (count >= maxRecords || bytes > maxBytes)) break;
      count += 1;
    }
    return this.#ready.splice(0, count);
  }

  /** `next` is the group's checkpoint now. */
  acknowledge(next: bigint): void {
    this.#lag.acknowledge(next);
  }

  /** Reads until it is known whether the position is there. Throws `data_loss` where it has expired, and what Kinesis fails with. */
  async verify(signal: AbortSignal): Promise<void> {
    this.told();
    while (this.#cursor.verifying && this.news !== 'drained') {
      await pause(this.#pace.dueInMs, signal);
      await this.read(signal);
      const failure = this.#loss ?? this.#trouble;
      if (failure !== null) throw failure;
    }
  }

  /** Never rejects. */
  async read(signal: AbortSignal): Promise<void> {
    await this.#exclusively(async (askedMs) => {
      const limit = Math.min(this.deps.maxRecords, MAX_LIMIT);
      const answer = await this.#cursor.getRecords(limit, signal);
      await this.#accept(answer, { limit, askedMs }, signal);
    });
  }

  /** For whoever holds a shard and does not read it: learns how far behind that is. Never rejects. */
  async lookAhead(signal: AbortSignal): Promise<void> {
    if (this.#busy || this.#ended || this.#loss !== null || this.#pace.dueInMs > 0) return;
    await this.#exclusively(async (askedMs) => {
      const answer = await this.#cursor.getRecords(1, signal);
      this.#pace.succeeded(false);
      this.#lag.peeked(arrivals(answer), answer.MillisBehindLatest ?? 0, askedMs);
    });
  }

  /** Milliseconds since Kinesis was asked. */
  get silentMs(): number {
    return this.#pace.silentMs;
  }

  async #exclusively(task: (askedMs: number) => Promise<void>): Promise<void> {
    this.#busy = true;
    this.#pace.began();
    try {
      await task(this.deps.clock.nowMs());
      this.#failures = 0;
      this.#trouble = null;
    } catch (error) {
      this.#failures += 1;
      this.#trouble = toCaveError(error);
      if (errorCode(error) === 'resource_exhausted') this.#pace.pushedBack();
      this.#pace.postpone(backoffMs(this.#failures, RETRY));
    } finally {
      this.#busy = false;
    }
  }

  async #accept(answer: GetRecordsCommandOutput, { limit, askedMs }: { readonly limit: number; readonly askedMs: number }, signal: AbortSignal): Promise<void> {
    const records = answer.Records ?? [];
    const [first] = records;
    if (first !== undefined && this.#cursor.verifying) {
      this.#loss = await this.#lossBefore(first, signal);
      if (this.#loss !== null) return;
      this.#cursor.verified();
    }
    const behindMs = answer.MillisBehindLatest ?? 0;
    const bytes = records.reduce((sum, { Data }) => sum + (Data?.length ?? 0), 0);
    // Some stand-ins for Kinesis always say 0, and AWS's figure is of whole milliseconds: a full answer may have been cut off.
    const atEnd = behindMs === 0 && records.length < limit && bytes < FULL_ANSWER_BYTES;
    for (const record of records) this.#add(record);
    this.#ended = !this.#cursor.goOn(answer);
    this.#drainedAtMs = atEnd ? askedMs : null;
    this.#news = atEnd ? 'drained' : 'behind';
    this.#pace.succeeded(records.length > 0 || !atEnd);
    this.#lag.read(arrivals(answer), this.#ended ? 0 : behindMs, askedMs);
  }

  /** A record that is no aggregate of ours is handed on as it is, for whoever decodes it to judge. */
  #add(record: KinesisRecord): void {
    const { SequenceNumber: number, Data: data, PartitionKey: key } = record;
    if (number === undefined || data === undefined) return;
    const carried = decodeAggregate(data) ?? [{ key: key ?? '', body: data }];
    const arrivedMs = record.ApproximateArrivalTimestamp?.getTime() ?? this.deps.clock.nowMs();
    const { position } = this.#cursor;
    carried.forEach((one, index) => {
      const offset = toOffset(number, index);
      if (position === null || offset >= position) this.#ready.push({ key: one.key, body: one.body, offset });
    });
    const last = toOffset(number, carried.length - 1);
    if (position !== null && last < position) return;
    this.#lag.add(last, arrivedMs);
    this.#cursor.passed(last + 1n);
  }

  async #lossBefore(first: KinesisRecord, signal: AbortSignal): Promise<CaveError | null> {
    const { position } = this.#cursor;
    if (position === null) return null; // from the oldest on, whatever it is
    const oldest = toOffset(first.SequenceNumber ?? '0', 0);
    if (oldest <= position || fromOffset(oldest).sequenceNumber === fromOffset(position).sequenceNumber) return null;
    const summary = await this.deps.stream.describe(signal);
    return judgeTrim({
      stream: this.deps.stream.name,
      shard: this.source.shard.id,
      scope: this.source.scope,
      position,
      oldest,
      oldestArrivedMs: first.ApproximateArrivalTimestamp?.getTime() ?? null,
      readUpToMs: this.#lag.readUpToMs,
      nowMs: this.deps.clock.nowMs(),
      retentionHours: summary?.RetentionPeriodHours ?? null,
      createdMs: summary?.StreamCreationTimestamp?.getTime() ?? null,
      logger: this.deps.logger,
    });
  }
}

function arrivals({ Records }: GetRecordsCommandOutput): readonly number[] {
  return (Records ?? []).flatMap(({ ApproximateArrivalTimestamp: at }) => (at === undefined ? [] : [at.getTime()]));
}
