import { backoffMs, CaveError, toCaveError, Wake, type AppendResult, type Logger } from '@cave/core';
import murmur2 from 'kafkajs/src/producer/partitioners/default/murmur2.js';
import encodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
import recordBatch from 'kafkajs/src/protocol/recordBatch/v0/index.js';
import kafka from 'kafkajs/src/protocol/requests/index.js';
import { API_KEY, MOVED, type KafkaClient } from './client.js';
import { codeText, KAFKA, messageOf, mustSucceed } from './errors.js';
import { produceRequest } from './protocol.js';
import type { TopicView } from './topic.js';

export const MAX_KEY_BYTES = 256;
/** Added to a body's size by its key, headers and the batch around it, and by gzip where that makes it larger. */
export const BATCH_OVERHEAD_BYTES = 16 * 1024;
/** Most that waits to be sent. Beyond it the brokers are too slow for what comes in. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** What the format adds to a record in a batch of many, at most. */
const RECORD_OVERHEAD_BYTES = 32;
const LANE = 'produce';
const BACKOFF = { firstMs: 50, maxMs: 1_000 };
const FIRST_SEQUENCE_AGAIN = 2 ** 31;

export const COMPRESSION = { none: 0, gzip: 1 } as const;

export interface AppenderOptions {
  readonly maxRecordBytes: number;
  readonly compression: keyof typeof COMPRESSION;
  /** A record that is not acknowledged this long after it was first sent is given up. */
  readonly deliveryTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

export interface Appendable {
  readonly key: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

interface Pending {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
  settle(result: AppendResult): void;
}

/** Records under way to one partition, encoded once: a repetition is the same bytes, by which the broker knows it. */
interface Batch {
  readonly records: readonly Pending[];
  readonly encoded: Buffer;
  /** By `performance.now()`. */
  readonly deadline: number;
  /** Sent at least once without a clear answer. Never cleared: an earlier attempt may have succeeded whatever later ones are told. */
  inDoubt: boolean;
  failures: number;
}

/** One partition's records. Its numbering with the broker is its own, so a doubt about one partition is none about another. */
interface Lane {
  readonly partition: number;
  pending: Pending[];
  batch: Batch | null;
  producer: { readonly id: string; readonly epoch: number; next: number } | null;
  retryAt: number;
}

/**
 * Appends records of concurrent publishers in shared batches: one batch under way for each
 * partition, one request for each broker; what comes in meanwhile goes with the next.
 *
 * A batch carries a producer's id and number (Kafka's idempotent producer), so it is sent again,
 * unchanged, until it is acknowledged, refused or too old. Then:
 *
 *   acknowledged                           → appended
 *   refused, or never sent                 → not_appended
 *   once sent and never clearly answered   → unknown, and the partition takes a new producer id,
 *                                            because the numbering may have a hole
 */
export class Appender {
  readonly #lanes = new Map<number, Lane>();
  readonly #busy = new Set<number>();
  readonly #settled = new Wake();
  #pendingBytes = 0;
  #open = true;
  #pumping = false;
  #running = 0;
  #retry: NodeJS.Timeout | null = null;

  constructor(
    private readonly client: KafkaClient,
    private readonly topic: TopicView,
    private readonly options: AppenderOptions,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the fate of every record is known, in their order. */
  append(records: readonly Appendable[]): Promise<readonly AppendResult[]> {
    return new Promise((resolve) => {
      const results = new Array<AppendResult>(records.length);
      let open = records.length;
      if (open === 0) resolve(results);
      records.forEach((record, i) => {
        this.#accept(record, (result) => {
          results[i] = result;
          if (--open === 0) resolve(results);
        });
      });
      this.#pumpSoon();
    });
  }

  /** Takes nothing new; resolves when everything accepted is settled, at the latest when the signal fires. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#open = false;
    while (!this.#idle() && signal?.aborted !== true) await this.#settled.wait(Infinity, signal);
    if (this.#retry !== null) clearTimeout(this.#retry);
    const error = new CaveError('unavailable', 'Kafka was closed before it acknowledged the record.');
    for (const lane of this.#lanes.values()) {
      if (lane.batch !== null) this.#giveUp(lane, lane.batch, error);
      for (const record of lane.pending.splice(0)) this.#settle(record, { status: 'not_appended', error });
    }
  }

  #idle(): boolean {
    return [...this.#lanes.values()].every((lane) => lane.batch === null && lane.pending.length === 0) && this.#running === 0;
  }

  #accept(record: Appendable, settle: (result: AppendResult) => void): void {
    const refuse = (code: 'too_large' | 'resource_exhausted' | 'unavailable', message: string): void => settle({ status: 'not_appended', error: new CaveError(code, message) });
    if (!this.#open) return refuse('unavailable', 'Kafka is closed.');
    const { maxRecordBytes } = this.options;
    const key = Buffer.from(record.key);
    if (key.length > MAX_KEY_BYTES) return refuse('too_large', `The record's key has ${key.length} bytes; at most ${MAX_KEY_BYTES} are allowed.`);
    if (record.body.length > maxRecordBytes) return refuse('too_large', `The record has ${record.body.length} bytes; at most ${maxRecordBytes} are allowed.`);
    const bytes = record.body.length + key.length + headerBytes(record.headers);
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES) return refuse('resource_exhausted', 'Kafka does not keep up with what is published; try again later.');
    const lane = this.#laneOf(key);
    if (lane === null) return refuse('unavailable', `The topic "${this.topic.name}" has no partitions now; try again later.`);
    this.#pendingBytes += bytes;
    const { buffer, byteOffset, byteLength } = record.body;
    lane.pending.push({ key, value: Buffer.from(buffer, byteOffset, byteLength), headers: record.headers, bytes, settle });
  }

  /** By the partitioner of Kafka's Java client, so that other producers put a key where this one does. */
  #laneOf(key: Buffer): Lane | null {
    const { partitions } = this.topic;
    const partition = partitions[(murmur2(key) & 0x7fffffff) % partitions.length];
    if (partition === undefined) return null;
    let lane = this.#lanes.get(partition);
    if (lane === undefined) this.#lanes.set(partition, (lane = { partition, pending: [], batch: null, producer: null, retryAt: 0 }));
    return lane;
  }

  #settle(record: Pending, result: AppendResult): void {
    this.#pendingBytes -= record.bytes;
    record.settle(result);
  }

  /** After this turn of the event loop: whoever publishes in it shares the batch. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    const now = performance.now();
    let soonest = Infinity;
    const byLeader = new Map<number, Lane[]>();
    for (const lane of this.#lanes.values()) {
      if (lane.batch === null && lane.pending.length === 0) continue;
      const leader = this.topic.leader(lane.partition);
      if (this.#busy.has(leader)) continue;
      if (lane.retryAt > now) {
        soonest = Math.min(soonest, lane.retryAt);
        continue;
      }
      const lanes = byLeader.get(leader);
      if (lanes === undefined) byLeader.set(leader, [lane]);
      else lanes.push(lane);
    }
    for (const [leader, lanes] of byLeader) {
      this.#busy.add(leader);
      this.#running++;
      void this.#send(leader, lanes).finally(() => {
        this.#busy.delete(leader);
        this.#running--;
        this.#settled.now();
        this.#pumpSoon();
      });
    }
    if (soonest < Infinity && this.#retry === null) {
      this.#retry = setTimeout(() => {
        this.#retry = null;
        this.#pump();
      }, soonest - now);
    }
  }

  /** One request to one broker. Never rejects. */
  async #send(leader: number, lanes: readonly Lane[]): Promise<void> {
    try {
      const sent = await this.#fillAll(lanes);
      const link = this.client.broker(leader, LANE);
      const request = produceRequest(this.topic.name, sent.map(({ lane, batch }) => ({ partition: lane.partition, encoded: batch.encoded })), this.options.requestTimeoutMs);
      const answers = await link.send(request);
      for (const { lane, batch } of sent) {
        const answer = answers.find(({ partition }) => partition === lane.partition);
        if (answer === undefined) this.#failed(lane, batch, true, new CaveError('unknown_outcome', `Kafka at ${link.place} did not say what became of partition ${lane.partition}.`));
        else this.#answered(lane, batch, answer.errorCode, answer.baseOffset, link.place);
      }
    } catch (error) {
      const failure = toCaveError(error);
      for (const lane of lanes) {
        if (lane.batch !== null) this.#failed(lane, lane.batch, failure.code === 'unknown_outcome', failure);
        else this.#refusePending(lane, failure);
      }
    }
    if (lanes.some((lane) => lane.retryAt > 0 && lane.batch !== null)) {
      await this.topic.refresh().catch((error: unknown) => this.logger.debug('kafka_metadata_failed', { reason: messageOf(error) })); // tried again with the batch
    }
  }

  /** Compresses them at once, on the library's threads. Rejects only when all have come to an end, so that nobody fills a lane twice. */
  async #fillAll(lanes: readonly Lane[]): Promise<readonly { readonly lane: Lane; readonly batch: Batch }[]> {
    const filled = await Promise.allSettled(lanes.map(async (lane) => ({ lane, batch: (lane.batch ??= await this.#fill(lane)) })));
    return filled.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  }

  /** Takes as many records as one batch holds. Rejects when no producer id is to be had: nothing was taken then. */
  async #fill(lane: Lane): Promise<Batch> {
    lane.producer ??= await this.#newProducer();
    let bytes = 0;
    let count = 0;
    for (const record of lane.pending) {
      bytes += record.bytes + RECORD_OVERHEAD_BYTES;
      if (count > 0 && bytes > this.options.maxRecordBytes) break;
      count++;
    }
    const records = lane.pending.slice(0, count);
    const now = Date.now();
    const { producer } = lane;
    const encoded = await recordBatch.RecordBatch({
      compression: COMPRESSION[this.options.compression],
      records: records.map(({ key, value, headers }, offsetDelta) => encodeRecord({ key, value, headers, offsetDelta, timestampDelta: 0 })),
      firstTimestamp: now,
      maxTimestamp: now,
      producerId: producer.id,
      producerEpoch: producer.epoch,
      firstSequence: producer.next,
      lastOffsetDelta: records.length - 1,
    });
    if (lane.pending[0] !== records[0]) throw new CaveError('unavailable', 'Kafka was closed while the record was being encoded.');
    lane.pending.splice(0, count);
    return { records, encoded: encoded.buffer, deadline: performance.now() + this.options.deliveryTimeoutMs, inDoubt: false, failures: 0 };
  }

  async #newProducer(): Promise<NonNullable<Lane['producer']>> {
    try {
      return await this.client.patiently(async () => {
        const { errorCode, producerId, producerEpoch } = await this.client.callAny(API_KEY.initProducerId, kafka.requests.InitProducerId, { transactionalId: undefined, transactionTimeout: 60_000 });
        mustSucceed(errorCode, 'give out a producer id', this.client.place);
        return { id: producerId, epoch: producerEpoch, next: 0 };
      });
    } catch (error) {
      // Whether or not an id was given out, no record was sent.
      throw new CaveError('unavailable', messageOf(error), { cause: error });
    }
  }

  #answered(lane: Lane, batch: Batch, code: number, baseOffset: bigint, place: string): void {
    if (code === KAFKA.NONE && baseOffset >= 0n) {
      lane.batch = null;
      lane.retryAt = 0;
      if (lane.producer !== null) lane.producer.next = (lane.producer.next + batch.records.length) % FIRST_SEQUENCE_AGAIN;
      const partition = String(lane.partition);
      batch.records.forEach((record, i) => this.#settle(record, { status: 'appended', partition, offset: baseOffset + BigInt(i) }));
      return;
    }
    const reason = `Kafka at ${place} did not take the record into partition ${lane.partition} (${codeText(code)}).`;
    if (code === KAFKA.MESSAGE_TOO_LARGE || code === KAFKA.RECORD_LIST_TOO_LARGE) {
      this.#giveUp(lane, batch, new CaveError('too_large', `${reason} Raise max.message.bytes of the topic "${this.topic.name}".`));
    } else if (MOVED.includes(code) || code === KAFKA.NOT_ENOUGH_REPLICAS || code === KAFKA.THROTTLING_QUOTA_EXCEEDED) {
      this.#failed(lane, batch, false, new CaveError('unavailable', reason));
    } else if (REFUSED.includes(code)) {
      this.#giveUp(lane, batch, new CaveError('unavailable', reason));
    } else if (code === KAFKA.DUPLICATE_SEQUENCE_NUMBER) {
      batch.inDoubt = true; // it is there, but nobody knows at which offset any more
      this.#giveUp(lane, batch, new CaveError('unknown_outcome', reason));
    } else {
      this.#failed(lane, batch, true, new CaveError('unknown_outcome', reason));
    }
  }

  /** Not acknowledged this time: again until the deadline. */
  #failed(lane: Lane, batch: Batch, inDoubt: boolean, failure: CaveError): void {
    batch.inDoubt ||= inDoubt;
    batch.failures += 1;
    lane.retryAt = performance.now() + backoffMs(batch.failures, BACKOFF);
    if (performance.now() >= batch.deadline || failure.code === 'configuration' || failure.code === 'closed') this.#giveUp(lane, batch, failure);
  }

  #giveUp(lane: Lane, batch: Batch, failure: CaveError): void {
    if (lane.batch !== batch) return; // settled meanwhile
    lane.batch = null;
    lane.retryAt = 0;
    // In doubt: its numbers may be used up or not. Refused as out of order or by an unknown id: they were.
    lane.producer = null;
    const result: AppendResult = batch.inDoubt ? { status: 'unknown', error: as('unknown_outcome', failure) } : { status: 'not_appended', error: failure.code === 'too_large' ? failure : as('unavailable', failure) };
    for (const record of batch.records) this.#settle(record, result);
  }

  /** No batch could even be made, because no broker is there to number it. */
  #refusePending(lane: Lane, failure: CaveError): void {
    lane.retryAt = 0;
    for (const record of lane.pending.splice(0)) this.#settle(record, { status: 'not_appended', error: as('unavailable', failure) });
  }
}

const headerBytes = (headers: Readonly<Record<string, string>>): number => Object.entries(headers).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);

const as = (code: 'unavailable' | 'unknown_outcome', error: CaveError): CaveError => (error.code === code ? error : new CaveError(code, error.message, { cause: error }));

/** Answers that say that nothing was appended and never will be by this attempt. */
const REFUSED: readonly number[] = [
  KAFKA.TOPIC_AUTHORIZATION_FAILED,
  KAFKA.CLUSTER_AUTHORIZATION_FAILED,
  KAFKA.OUT_OF_ORDER_SEQUENCE_NUMBER,
  KAFKA.INVALID_PRODUCER_EPOCH,
  KAFKA.UNKNOWN_PRODUCER_ID,
  KAFKA.INVALID_RECORD,
  KAFKA.POLICY_VIOLATION,
];
