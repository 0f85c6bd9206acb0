import { GetRecordsCommand, GetShardIteratorCommand, type GetRecordsCommandOutput, type _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import { backoffMs, CaveError, errorCode, pause, toCaveError, type Clock, type ConsumedRecord, type Logger } from '@cave/core';
import { decodeAggregate } from './aggregate.js';
import { awsErrorName, toAwsError } from './errors.js';
import type { Look } from './lease-table.js';
import { fromOffset, toOffset } from './offsets.js';
import { ReadPace } from './read-pace.js';
import { ReadingLag } from './reading-lag.js';
import type { Shard } from './shard-map.js';
import { MISSING, type KinesisStream } from './stream.js';
import { judgeTrim } from './trimmed.js';

/** Of one GetRecords; the most that Kinesis takes. */
const MAX_LIMIT = 10_000;
/** Kinesis answers with 10 MB at most. An answer near that may have been cut off there. */
const FULL_ANSWER_BYTES = 8_000_000;
const RETRY = { firstMs: 200, maxMs: 5_000 };

export interface ShardReaderDependencies {
  readonly stream: KinesisStream;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of Kinesis's records: an aggregate counts as one. */
  readonly maxRecords: number;
}

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
 *
 * Positions are asked for as "at the record last read", also where all of it was read: that it
 * still comes first shows that nothing after it has expired. Kinesis itself would go on
 * silently at the oldest record it has.
 */
export class ShardReader {
  readonly #pace: ReadPace;
  readonly #lag: ReadingLag;
  #next: bigint | null;
  #iterator: string | null = null;
  /** The record at the position must come first, or else something may have expired. */
  #verifying = true;
  #ready: ConsumedRecord[] = [];
  #drainedIn = 0;
  #ended: boolean;
  #busy = false;
  #failures = 0;
  #trouble: CaveError | null = null;
  #loss: CaveError | null = null;

  constructor(
    private readonly deps: ShardReaderDependencies,
    private readonly shard: Shard,
    start: Start,
  ) {
    this.#next = start.next;
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

  /** Nothing was beyond what was handed out when this poll began. */
  drainedSince(poll: number): boolean {
    return this.#ready.length === 0 && (this.#ended || this.#drainedIn >= poll);
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
  async verify(poll: number, signal: AbortSignal): Promise<void> {
    while (this.#verifying && !this.drainedSince(poll)) {
      await pause(this.#pace.dueInMs, signal);
      await this.read(poll, signal);
      const failure = this.#loss ?? this.#trouble;
      if (failure !== null) throw failure;
    }
  }

  /** Never rejects. `poll`: the number of the newest poll, as of now. */
  async read(poll: number, signal: AbortSignal): Promise<void> {
    await this.#exclusively(async (askedMs) => {
      const limit = Math.min(this.deps.maxRecords, MAX_LIMIT);
      const answer = await this.#getRecords(limit, signal);
      await this.#accept(answer, { limit, poll, askedMs }, signal);
    });
  }

  /** For whoever holds a shard and does not read it: learns how far behind that is. Never rejects. */
  async lookAhead(signal: AbortSignal): Promise<void> {
    if (this.#busy || this.#ended || this.#loss !== null || this.#pace.dueInMs > 0) return;
    await this.#exclusively(async (askedMs) => {
      const answer = await this.#getRecords(1, signal);
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

  /** From the position on; one attempt, and another one where the iterator has expired: they live for five minutes. */
  async #getRecords(limit: number, signal: AbortSignal): Promise<GetRecordsCommandOutput> {
    const { client, name } = this.deps.stream;
    for (let attempt = 1; ; attempt += 1) {
      this.#iterator ??= await this.#locate(signal);
      try {
        return await client.send(new GetRecordsCommand({ ShardIterator: this.#iterator, Limit: limit }), { abortSignal: signal });
      } catch (error) {
        if (awsErrorName(error) === MISSING) throw this.deps.stream.missing();
        if (awsErrorName(error) !== 'ExpiredIteratorException' || attempt > 1) throw toAwsError(error, `Kinesis GetRecords of ${this.shard.id} of "${name}"`, 'reads');
        this.#iterator = null;
        this.#verifying = true;
      }
    }
  }

  async #locate(signal: AbortSignal): Promise<string> {
    const next = this.#next;
    if (next === null || next < this.shard.firstOffset) return this.#iteratorAt({ ShardIteratorType: 'TRIM_HORIZON' }, signal);
    try {
      return await this.#iteratorAt({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: fromOffset(next).sequenceNumber }, signal);
    } catch (error) {
      // It is refused where it has expired. Whether anything was lost shows in what comes first.
      if (errorCode(error) !== 'invalid_argument') throw error;
      return this.#iteratorAt({ ShardIteratorType: 'TRIM_HORIZON' }, signal);
    }
  }

  async #iteratorAt(position: { readonly ShardIteratorType: 'TRIM_HORIZON' | 'AT_SEQUENCE_NUMBER'; readonly StartingSequenceNumber?: string }, signal: AbortSignal): Promise<string> {
    const { client, name } = this.deps.stream;
    try {
      const { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamName: name, ShardId: this.shard.id, ...position }), { abortSignal: signal });
      if (ShardIterator === undefined) throw new CaveError('unavailable', `Kinesis gave no iterator for ${this.shard.id} of "${name}".`);
      return ShardIterator;
    } catch (error) {
      if (awsErrorName(error) === MISSING) throw this.deps.stream.missing();
      throw toAwsError(error, `Kinesis GetShardIterator of ${this.shard.id} of "${name}"`, 'reads');
    }
  }

  async #accept(answer: GetRecordsCommandOutput, { limit, poll, askedMs }: { readonly limit: number; readonly poll: number; readonly askedMs: number }, signal: AbortSignal): Promise<void> {
    const records = answer.Records ?? [];
    const [first] = records;
    if (first !== undefined && this.#verifying) {
      this.#loss = await this.#lossBefore(first, signal);
      if (this.#loss !== null) return;
      this.#verifying = false;
    }
    const behindMs = answer.MillisBehindLatest ?? 0;
    const bytes = records.reduce((sum, { Data }) => sum + (Data?.length ?? 0), 0);
    // Some stand-ins for Kinesis always say 0, and AWS's figure is of whole milliseconds: a full answer may have been cut off.
    const atEnd = behindMs === 0 && records.length < limit && bytes < FULL_ANSWER_BYTES;
    for (const record of records) this.#add(record);
    this.#iterator = answer.NextShardIterator ?? null;
    this.#ended = answer.NextShardIterator === undefined;
    this.#drainedIn = atEnd ? poll : 0;
    this.#pace.succeeded(records.length > 0 || !atEnd);
    this.#lag.read(arrivals(answer), this.#ended ? 0 : behindMs, askedMs);
  }

  /** A record that is no aggregate of ours is handed on as it is, for whoever decodes it to judge. */
  #add(record: KinesisRecord): void {
    const { SequenceNumber: number, Data: data, PartitionKey: key } = record;
    if (number === undefined || data === undefined) return;
    const carried = decodeAggregate(data) ?? [{ key: key ?? '', body: data }];
    const arrivedMs = record.ApproximateArrivalTimestamp?.getTime() ?? this.deps.clock.nowMs();
    carried.forEach((one, index) => {
      const offset = toOffset(number, index);
      if (this.#next === null || offset >= this.#next) this.#ready.push({ key: one.key, body: one.body, offset });
    });
    const last = toOffset(number, carried.length - 1);
    if (this.#next !== null && last < this.#next) return;
    this.#lag.add(last, arrivedMs);
    this.#next = last + 1n;
  }

  async #lossBefore(first: KinesisRecord, signal: AbortSignal): Promise<CaveError | null> {
    const position = this.#next;
    if (position === null) return null; // from the oldest on, whatever it is
    const oldest = toOffset(first.SequenceNumber ?? '0', 0);
    if (oldest <= position || fromOffset(oldest).sequenceNumber === fromOffset(position).sequenceNumber) return null;
    const summary = await this.deps.stream.describe(signal);
    return judgeTrim({
      stream: this.deps.stream.name,
      shard: this.shard.id,
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
