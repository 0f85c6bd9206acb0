import { DescribeStreamSummaryCommand, ListShardsCommand, type KinesisClient, type Shard, type StreamDescriptionSummary } from '@aws-sdk/client-kinesis';
import { CaveError } from '@cave/core';
import { awsErrorName, toAwsError } from './errors.js';

export const MISSING = 'ResourceNotFoundException';

/**
 * The stream as Kinesis last told it. Deleted and made anew, it is another stream with the same
 * name: its incarnation changes, here at the next look.
 */
export class KinesisStream {
  #incarnation: string | null = null;
  /** Since somebody was told that there is no such stream. */
  #doubted = false;
  /** First sequence number of each shard that was listed last, by its id. */
  #begins: ReadonlyMap<string, string> = new Map();

  constructor(
    readonly client: KinesisClient,
    readonly name: string,
  ) {}

  /** ARN and time of creation: a stream made anew has the same ARN. */
  get incarnation(): string {
    if (this.#incarnation === null) throw new CaveError('internal', `The stream "${this.name}" was used before it was looked up.`);
    return this.#incarnation;
  }

  /** Null when there is none. Throws core's errors. */
  async describe(signal?: AbortSignal): Promise<StreamDescriptionSummary | null> {
    try {
      const { StreamDescriptionSummary: summary } = await this.client.send(new DescribeStreamSummaryCommand({ StreamName: this.name }), { ...(signal && { abortSignal: signal }) });
      return summary ?? null;
    } catch (error) {
      if (awsErrorName(error) === MISSING) return null;
      throw toAwsError(error, `Kinesis DescribeStreamSummary on "${this.name}"`, 'reads');
    }
  }

  /** Looks again, and learns of another incarnation. Throws `unavailable` when there is no stream that serves, `configuration` for one that loses the order. */
  async look(signal?: AbortSignal): Promise<void> {
    const summary = await this.describe(signal);
    if (summary === null) throw this.missing();
    if (!serves(summary)) throw new CaveError('unavailable', `The Kinesis stream "${this.name}" is ${String(summary.StreamStatus)} and serves nobody now.`);
    refuseScattered(this.name, summary);
    this.take(summary);
  }

  take(summary: StreamDescriptionSummary): void {
    this.#incarnation = `${String(summary.StreamARN)}@${summary.StreamCreationTimestamp?.toISOString() ?? ''}`;
    this.#doubted = false;
  }

  /** Every shard, open or closed, whose records are still kept. Asked anew each time: a child must be seen at once. */
  async shards(signal?: AbortSignal): Promise<readonly Shard[]> {
    if (this.#doubted) await this.look(signal);
    const shards = await this.#list(signal);
    if (shards.length === 0) throw new CaveError('unavailable', `The Kinesis stream "${this.name}" lists no shard now.`);
    const begins = new Map(shards.map(({ ShardId: id, SequenceNumberRange: range }) => [id ?? '', range?.StartingSequenceNumber ?? '']));
    // A stream that was made anew names its shards like the one before, and begins them elsewhere.
    const isAnew = [...begins].some(([id, begin]) => (this.#begins.get(id) ?? begin) !== begin);
    if (isAnew) await this.look(signal);
    this.#begins = begins;
    return shards;
  }

  async #list(signal?: AbortSignal): Promise<readonly Shard[]> {
    const shards: Shard[] = [];
    let token: string | undefined;
    try {
      do {
        // A token stands for the stream as well; AWS refuses both together.
        const page = await this.client.send(new ListShardsCommand(token === undefined ? { StreamName: this.name } : { NextToken: token }), { ...(signal && { abortSignal: signal }) });
        shards.push(...(page.Shards ?? []));
        token = page.NextToken;
      } while (token !== undefined && token !== '');
    } catch (error) {
      if (awsErrorName(error) === MISSING) throw this.missing();
      throw toAwsError(error, `Kinesis ListShards on "${this.name}"`, 'reads');
    }
    return shards;
  }

  /** For whoever was told that there is no such stream: what to tell on, and a doubt about the incarnation. */
  missing(): CaveError {
    this.#doubted = true;
    return new CaveError('unavailable', `There is no Kinesis stream "${this.name}" any more; it was there at the start and is made again by the next start.`);
  }
}

/** A stream that is being resharded serves as well. */
export function serves({ StreamStatus: status }: StreamDescriptionSummary): boolean {
  return status === 'ACTIVE' || status === 'UPDATING';
}

/** Where Kinesis chooses the shard by itself, records with one key have no order. */
export function refuseScattered(name: string, { RecordDistributionStrategy: strategy }: StreamDescriptionSummary): void {
  if (strategy !== 'AUTO') return;
  throw new CaveError('configuration', `The Kinesis stream "${name}" distributes records by itself (AUTO), which loses the order of records with one key; set its record distribution strategy to USER_PARTITION_KEY.`);
}
