import {
  CaveError,
  defineAdapter,
  Gate,
  throwIfAborted,
  unlessAborted,
  type AdapterContext,
  type AppendResult,
  type ConsumerOptions,
  type DeadRecord,
  type Health,
  type PartitionPosition,
  type RawStream,
  type RawStreamCapabilities,
  type StreamConsumer,
  type StreamRecord,
} from '@cave/core';
import { Appender, BATCH_OVERHEAD_BYTES } from './appender.js';
import { Connection } from './connection.js';
import { asUnavailable } from './errors.js';
import { DeadLetters } from './dead-letters.js';
import { boundaries, checkpoints, offsetOf } from './offsets.js';
import { checkRawStream, deadLetterTopic, DEFAULT_MAX_RECORD_BYTES, RAW_STREAM_OPTIONS, type KafkaRawStreamOptions } from './options.js';
import { KafkaStreamConsumer } from './stream-consumer.js';
import type { TopicSpec } from './topic.js';

const HOUR_MS = 3_600_000;
const NO_HEADERS = {};

interface Serving {
  readonly connection: Connection;
  readonly appender: Appender;
  readonly deadAppender: Appender;
  readonly deadLetters: DeadLetters;
}

/** The raw stream in one topic of Kafka, and what was set aside in another. */
class KafkaRawStream implements RawStream {
  readonly capabilities: RawStreamCapabilities;
  readonly #gate = new Gate('Kafka raw stream');
  readonly #consumers = new Set<KafkaStreamConsumer>();
  readonly #closing = new AbortController();
  readonly #impatient = new AbortController();
  #serving: Serving | null = null;
  #closed: Promise<void> | null = null;
  #consumerCount = 0;

  constructor(
    private readonly options: KafkaRawStreamOptions,
    private readonly context: AdapterContext,
  ) {
    this.capabilities = { maxRecordBytes: options['max-record-bytes'], idempotentAppend: true, repartitions: true, countsLag: true };
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#gate.start(() => this.#open(signal), signal);
  }

  async #open(signal?: AbortSignal): Promise<void> {
    const { options } = this;
    const { logger } = this.context;
    const shared = { replicationFactor: options['replication-factor'], maxMessageBytes: options['max-record-bytes'] + BATCH_OVERHEAD_BYTES };
    const specs: TopicSpec[] = [
      { ...shared, name: options.topic, partitions: options.partitions, retentionMs: options['retention-hours'] * HOUR_MS, retentionOption: 'retention-hours' },
      { ...shared, name: deadLetterTopic(options), partitions: 1, retentionMs: options['dead-letter-retention-hours'] * HOUR_MS, retentionOption: 'dead-letter-retention-hours' },
    ];
    const stop = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    const connection = await Connection.open(options, specs, logger, stop);
    const settings = { maxRecordBytes: options['max-record-bytes'], compression: options.compression, deliveryTimeoutMs: options['delivery-timeout-ms'], requestTimeoutMs: options['request-timeout-ms'] };
    const deadAppender = new Appender(connection.client, connection.topic(1), settings, logger);
    this.#serving = {
      connection,
      appender: new Appender(connection.client, connection.topic(0), settings, logger),
      deadAppender,
      deadLetters: new DeadLetters(connection.client, connection.topic(1), deadAppender, options['request-timeout-ms']),
    };
  }

  #use(): Serving {
    this.#gate.ensureOpen();
    if (this.#serving === null) throw new CaveError('internal', 'The Kafka raw stream is open without a connection.');
    return this.#serving;
  }

  incarnation(): string {
    return this.#use().connection.topic(0).id;
  }

  async partitions(): Promise<readonly string[]> {
    const topic = this.#use().connection.topic(0);
    await this.#asking(topic.refresh());
    return topic.partitions.map(String);
  }

  async publish(records: readonly StreamRecord[], signal?: AbortSignal): Promise<readonly AppendResult[]> {
    const { appender } = this.#use();
    throwIfAborted(signal);
    return unlessAborted(appender.append(records.map(({ key, body }) => ({ key, body, headers: NO_HEADERS }))), signal);
  }

  async consume(options: ConsumerOptions, signal?: AbortSignal): Promise<StreamConsumer> {
    const { connection, deadLetters } = this.#use();
    throwIfAborted(signal);
    if (!/^[\x21-\x7e]{1,200}$/.test(options.group)) throw new CaveError('invalid_argument', "A consumer group's name has 1 to 200 printable ASCII characters and no space.");
    if (!(options.maxRecords >= 1) || !(options.maxBytes >= 1)) throw new CaveError('invalid_argument', "A consumer's maxRecords and maxBytes are at least 1.");
    const consumer = new KafkaStreamConsumer(
      {
        client: connection.client,
        topic: connection.topic(0),
        logger: this.context.logger,
        sessionTimeoutMs: this.options['session-timeout-ms'],
        requestTimeoutMs: this.options['request-timeout-ms'],
        name: `consumer ${++this.#consumerCount}`,
        deadLetter: (partition, record, reason) => deadLetters.add(partition, record, reason),
        closed: () => this.#consumers.delete(consumer),
      },
      { ...options, group: this.#groupId(options.group) },
    );
    this.#consumers.add(consumer);
    try {
      await unlessAborted(this.#asking(consumer.start()), signal);
      this.#gate.ensureOpen();
    } catch (error) {
      await consumer.close();
      throw error;
    }
    return consumer;
  }

  async positions(group: string): Promise<readonly PartitionPosition[]> {
    const { client } = this.#use().connection;
    const topic = this.#use().connection.topic(0);
    const { partitions } = topic;
    const [committed, begin, end] = await this.#asking(
      Promise.all([checkpoints(client, topic, this.#groupId(group), partitions), boundaries(client, topic, partitions, 'earliest'), boundaries(client, topic, partitions, 'latest')]),
    );
    return partitions.map((partition) => {
      const checkpoint = committed.get(partition) ?? null;
      const oldest = offsetOf(begin, partition);
      const from = checkpoint === null || checkpoint < oldest ? oldest : checkpoint;
      const lag = Number(offsetOf(end, partition) - from);
      // The three were asked one after the other: a checkpoint may have passed an end asked for before.
      return { partition: String(partition), checkpoint, lag: Math.max(0, lag), lagMs: null };
    });
  }

  /** A question that was not answered did nothing; one that the close cut off ends as `closed`. */
  async #asking<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.#gate.ensureOpen();
      throw asUnavailable(error);
    }
  }

  /** Groups are the cluster's, not a topic's: two streams must not share one. */
  #groupId(group: string): string {
    return `${this.options.topic}.${group}`;
  }

  async deadLetters(limit: number): Promise<readonly DeadRecord[]> {
    return this.#asking(this.#use().deadLetters.newest(limit));
  }

  async health(): Promise<Health> {
    const gate = this.#gate.health();
    if (!gate.healthy || this.#serving === null) return gate;
    const health = await this.#serving.connection.health();
    if (!health.healthy) return health;
    const trouble = [...this.#consumers].map((consumer) => consumer.trouble).find((one) => one !== null);
    return trouble === undefined ? health : { healthy: false, detail: trouble };
  }

  close(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) this.#impatient.abort();
    else signal?.addEventListener('abort', () => this.#impatient.abort(), { once: true });
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#gate.close();
    const serving = this.#serving;
    if (serving === null) return;
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await Promise.all([serving.appender.close(this.#impatient.signal), serving.deadAppender.close(this.#impatient.signal)]);
    serving.connection.close();
  }
}

export default defineAdapter<'raw-stream', KafkaRawStreamOptions>({
  port: 'raw-stream',
  name: 'kafka',
  capabilities: { maxRecordBytes: DEFAULT_MAX_RECORD_BYTES, idempotentAppend: true, repartitions: true, countsLag: true },
  options: RAW_STREAM_OPTIONS,
  create(options, context) {
    checkRawStream(options);
    return new KafkaRawStream(options, context);
  },
});
