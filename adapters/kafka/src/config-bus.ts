import {
  BusQueue,
  CaveError,
  defineAdapter,
  Gate,
  throwIfAborted,
  unlessAborted,
  type AdapterContext,
  type BusMessage,
  type BusPublishResult,
  type BusSubscriber,
  type BusSubscription,
  type ConfigBus,
  type ConfigBusCapabilities,
  type Health,
} from '@cave/core';
import { Appender, BATCH_OVERHEAD_BYTES } from './appender.js';
import { BusReader, VERSION_HEADER } from './bus-reader.js';
import { Connection } from './connection.js';
import { checkConfigBus, CONFIG_BUS_OPTIONS, DEFAULT_MAX_MESSAGE_BYTES, type KafkaConfigBusOptions } from './options.js';

const HOUR_MS = 3_600_000;

interface Serving {
  readonly connection: Connection;
  readonly appender: Appender;
}

/**
 * The config bus on one topic of Kafka: published to like any topic, and read from its end by one
 * reader for all subscribers of this process, each with a queue of its own, so that a slow one
 * holds up no other.
 */
class KafkaConfigBus implements ConfigBus {
  readonly capabilities: ConfigBusCapabilities;
  readonly #gate = new Gate('Kafka config bus');
  readonly #queues = new Set<BusQueue>();
  readonly #closing = new AbortController();
  readonly #impatient = new AbortController();
  #serving: Serving | null = null;
  #reader: Promise<BusReader> | null = null;
  #live: BusReader | null = null;
  #closed: Promise<void> | null = null;
  #readers = 0;

  constructor(
    private readonly options: KafkaConfigBusOptions,
    private readonly context: AdapterContext,
  ) {
    this.capabilities = { maxMessageBytes: options['max-message-bytes'], crossesProcesses: true };
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#gate.start(() => this.#open(signal), signal);
  }

  async #open(signal?: AbortSignal): Promise<void> {
    const { options } = this;
    const { logger } = this.context;
    const maxRecordBytes = options['max-message-bytes'];
    const spec = {
      name: options.topic,
      partitions: 1,
      replicationFactor: options['replication-factor'],
      retentionMs: options['retention-hours'] * HOUR_MS,
      retentionOption: 'retention-hours',
      maxMessageBytes: maxRecordBytes + BATCH_OVERHEAD_BYTES,
    };
    const stop = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    const connection = await Connection.open(options, [spec], logger, stop);
    const settings = { maxRecordBytes, compression: 'none', deliveryTimeoutMs: options['delivery-timeout-ms'], requestTimeoutMs: options['request-timeout-ms'] } as const;
    this.#serving = { connection, appender: new Appender(connection.client, connection.topic(0), settings, logger) };
  }

  #use(): Serving {
    this.#gate.ensureOpen();
    if (this.#serving === null) throw new CaveError('internal', 'The Kafka config bus is open without a connection.');
    return this.#serving;
  }

  async publish(messages: readonly BusMessage[], signal?: AbortSignal): Promise<readonly BusPublishResult[]> {
    const { appender } = this.#use();
    throwIfAborted(signal);
    const results = await unlessAborted(appender.append(messages.map(({ key, version, body }) => ({ key, body, headers: { [VERSION_HEADER]: String(version) } }))), signal);
    return results.map((result) => (result.status === 'appended' ? { status: 'published' } : { status: 'failed', error: result.error }));
  }

  async subscribe(subscriber: BusSubscriber, signal?: AbortSignal): Promise<BusSubscription> {
    this.#use();
    throwIfAborted(signal);
    const queue = new BusQueue(subscriber, this.options['queue-length'], this.context.logger);
    this.#queues.add(queue);
    try {
      // A reader that is cut off goes on where it was, so this subscriber misses nothing either.
      await unlessAborted(this.#read(), signal);
      this.#gate.ensureOpen();
    } catch (error) {
      await this.#remove(queue);
      throw error;
    }
    return { unsubscribe: () => this.#remove(queue) };
  }

  /** The one reader, which begins with the first subscriber and ends with the bus. */
  #read(): Promise<BusReader> {
    this.#reader ??= this.#begin().catch((error: unknown) => {
      this.#reader = null;
      throw error;
    });
    return this.#reader;
  }

  async #begin(): Promise<BusReader> {
    const { connection } = this.#use();
    const reader = new BusReader(
      connection.client,
      connection.topic(0),
      {
        message: (message) => this.#queues.forEach((queue) => queue.push(message)),
        gap: (reason) => this.#queues.forEach((queue) => queue.resync(reason)),
      },
      this.context.logger,
      `bus ${++this.#readers}`,
      this.options['request-timeout-ms'],
    );
    await reader.start();
    if (this.#closing.signal.aborted) {
      await reader.close();
      throw new CaveError('closed', 'The Kafka config bus was closed meanwhile.');
    }
    this.#live = reader;
    return reader;
  }

  async #remove(queue: BusQueue): Promise<void> {
    this.#queues.delete(queue);
    await queue.end();
  }

  async health(): Promise<Health> {
    const gate = this.#gate.health();
    if (!gate.healthy || this.#serving === null) return gate;
    const health = await this.#serving.connection.health();
    if (!health.healthy) return health;
    const trouble = this.#live?.trouble ?? null;
    return trouble === null ? health : { healthy: false, detail: trouble };
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
    await this.#live?.close();
    await serving.appender.close(this.#impatient.signal);
    serving.connection.close();
    // A handler that runs is waited for as long as the caller's patience lasts: it cannot be interrupted.
    await unlessAborted(Promise.all([...this.#queues].map((queue) => this.#remove(queue))), this.#impatient.signal).catch(() => undefined);
  }
}

export default defineAdapter<'config-bus', KafkaConfigBusOptions>({
  port: 'config-bus',
  name: 'kafka',
  capabilities: { maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES, crossesProcesses: true },
  options: CONFIG_BUS_OPTIONS,
  create(options, context) {
    checkConfigBus(options);
    return new KafkaConfigBus(options, context);
  },
});
