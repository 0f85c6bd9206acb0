import { GetRecordsCommand, GetShardIteratorCommand, type GetRecordsCommandOutput } from '@aws-sdk/client-kinesis';
import { CaveError, errorCode } from '@cave/core';
import { awsErrorName, toAwsError } from './errors.js';
import { fromOffset } from './offsets.js';
import type { Shard } from './shard-map.js';
import { MISSING, type KinesisStream } from './stream.js';

/** So many answers without records, at a position from which there are some, before it is taken for expired. */
const EMPTY_ANSWERS = 8;

/**
 * A position in a shard, and Kinesis's iterator for it, which lives for five minutes and is
 * made anew when it is needed.
 *
 * Positions are asked for as "at the record last read", also where all of it was read: that it
 * still comes first shows that nothing after it has expired. Kinesis itself would go on
 * silently at the oldest record it has.
 */
export class ShardCursor {
  #iterator: string | null = null;
  /** The iterator began at the oldest record, whatever the position. */
  #atHorizon = false;
  /** Answers without records since the position was last asked for. */
  #empty = 0;
  #verifying = true;

  constructor(
    private readonly stream: KinesisStream,
    private readonly shard: Shard,
    /** Next offset to be read; null: the oldest record. */
    private next: bigint | null,
  ) {}

  get position(): bigint | null {
    return this.next;
  }

  /** The record at the position must come first, or else something may have expired. */
  get verifying(): boolean {
    return this.#verifying;
  }

  verified(): void {
    this.#verifying = false;
  }

  /** What is before `next` was read. */
  passed(next: bigint): void {
    this.next = next;
  }

  /** The same again until `goOn`. One attempt, and another one where the iterator has expired. Throws core's errors. */
  async getRecords(limit: number, signal: AbortSignal): Promise<GetRecordsCommandOutput> {
    for (let attempt = 1; ; attempt += 1) {
      this.#iterator ??= await this.#locate(signal);
      try {
        return await this.stream.client.send(new GetRecordsCommand({ ShardIterator: this.#iterator, Limit: limit }), { abortSignal: signal });
      } catch (error) {
        if (awsErrorName(error) !== 'ExpiredIteratorException' || attempt > 1) throw this.#failure(error, 'GetRecords');
        this.#iterator = null;
        this.#verifying = true;
      }
    }
  }

  /** Behind this answer. False: there is nothing, now or ever. */
  goOn({ Records: records, NextShardIterator: next, MillisBehindLatest: behindMs }: GetRecordsCommandOutput): boolean {
    this.#iterator = this.#isStuck(records?.length ?? 0, behindMs ?? 0) ? null : next ?? null;
    return (next ?? null) !== null;
  }

  /**
   * From a position that has expired Kinesis may answer with nothing, and say that it is as far
   * behind as records are kept, for ever: the place moves on as fast as they expire.
   */
  #isStuck(records: number, behindMs: number): boolean {
    this.#empty = this.#verifying && !this.#atHorizon && records === 0 && behindMs > 0 ? this.#empty + 1 : 0;
    return this.#empty >= EMPTY_ANSWERS;
  }

  async #locate(signal: AbortSignal): Promise<string> {
    const { next } = this;
    this.#atHorizon = next === null || next < this.shard.firstOffset || this.#empty >= EMPTY_ANSWERS;
    this.#empty = 0;
    if (next === null || this.#atHorizon) return this.#iteratorAt({ ShardIteratorType: 'TRIM_HORIZON' }, signal);
    try {
      return await this.#iteratorAt({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: fromOffset(next).sequenceNumber }, signal);
    } catch (error) {
      // What has expired is refused, or not (see #isStuck). Whether anything was lost shows in what comes first.
      if (errorCode(error) !== 'invalid_argument') throw error;
      this.#atHorizon = true;
      return this.#iteratorAt({ ShardIteratorType: 'TRIM_HORIZON' }, signal);
    }
  }

  async #iteratorAt(position: { readonly ShardIteratorType: 'TRIM_HORIZON' | 'AT_SEQUENCE_NUMBER'; readonly StartingSequenceNumber?: string }, signal: AbortSignal): Promise<string> {
    const { client, name } = this.stream;
    try {
      const { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamName: name, ShardId: this.shard.id, ...position }), { abortSignal: signal });
      if (ShardIterator === undefined) throw new CaveError('unavailable', `Kinesis gave no iterator for ${this.shard.id} of "${name}".`);
      return ShardIterator;
    } catch (error) {
      throw this.#failure(error, 'GetShardIterator');
    }
  }

  #failure(error: unknown, action: string): CaveError {
    // Of the stream or of the shard: the next look at the stream says which.
    if (awsErrorName(error) === MISSING) this.stream.missing();
    return toAwsError(error, `Kinesis ${action} of ${this.shard.id} of "${this.stream.name}"`, 'reads');
  }
}
