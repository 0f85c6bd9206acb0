import { KinesisClient } from '@aws-sdk/client-kinesis';
import {
  CaveError,
  defineAdapter,
  Gate,
  throwIfAborted,
  toCaveError,
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
import { clientSettings } from './client.js';
import { Consumers } from './consumers.js';
import { ensureStream } from './ensure-stream.js';
import { anyOf, stopOfMany } from './stop-signals.js';
import { MAX_RECORD_BYTES, Publisher } from './publisher.js';
import { checkRawStream, RAW_STREAM_OPTIONS, type KinesisRawStreamOptions } from './raw-stream-options.js';
import { StreamHealth } from './stream-health.js';
import { KinesisStream } from './stream.js';

const CAPABILITIES: RawStreamCapabilities = { maxRecordBytes: MAX_RECORD_BYTES, idempotentAppend: false, repartitions: true, countsLag: false };

interface Serving {
  readonly client: KinesisClient;
  readonly stream: KinesisStream;
  readonly publisher: Publisher;
  readonly consumers: Consumers;
  readonly health: StreamHealth;
  readonly refresh: NodeJS.Timeout;
}

/** The raw stream in a stream of Kinesis; its partitions are shards. */
class KinesisRawStream implements RawStream {
  readonly capabilities = CAPABILITIES;
  readonly #gate = new Gate('Kinesis raw stream');
  readonly #closing = stopOfMany();
  readonly #impatient = new AbortController();
  #serving: Serving | null = null;
  #closed: Promise<void> | null = null;

  constructor(
    private readonly options: KinesisRawStreamOptions,
    private readonly context: AdapterContext,
  ) {}

  start(signal?: AbortSignal): Promise<void> {
    return this.#gate.start(() => this.#open(signal), signal);
  }

  async #open(signal?: AbortSignal): Promise<void> {
    const { options } = this;
    const client = new KinesisClient(clientSettings(options));
    const stream = new KinesisStream(client, options.stream);
    const stop = anyOf(signal, this.#closing.signal);
    try {
      await ensureStream(stream, { shards: options.shards, retentionHours: options['retention-hours'] }, this.context.logger, stop);
      throwIfAborted(stop);
    } catch (error) {
      client.destroy();
      throw error;
    }
    this.#serving = {
      client,
      stream,
      publisher: new Publisher(client, options.stream, { slots: options.slots, lingerMs: options['linger-ms'], deliveryTimeoutMs: options['delivery-timeout-ms'] }, () => void stream.missing()),
      consumers: new Consumers(stream, options, this.context, this.#closing.signal),
      health: new StreamHealth(stream, this.#closing.signal),
      refresh: setInterval(() => void this.#look(stream), options['stream-refresh-ms']),
    };
  }

  async #look(stream: KinesisStream): Promise<void> {
    try {
      await stream.look(this.#closing.signal);
    } catch (error) {
      this.context.logger.debug('kinesis_look_failed', { stream: stream.name, reason: toCaveError(error).message }); // looked at again; health says it meanwhile
    }
  }

  #use(): Serving {
    this.#gate.ensureOpen();
    if (this.#serving === null) throw new CaveError('internal', 'The Kinesis raw stream is open without a client.');
    return this.#serving;
  }

  incarnation(): string {
    return this.#use().stream.incarnation;
  }

  async partitions(): Promise<readonly string[]> {
    const shards = await this.#asking(this.#use().stream.shards(this.#closing.signal));
    return shards.map(({ ShardId }) => ShardId ?? '');
  }

  async publish(records: readonly StreamRecord[], signal?: AbortSignal): Promise<readonly AppendResult[]> {
    const { publisher } = this.#use();
    throwIfAborted(signal);
    return unlessAborted(publisher.publish(records), signal);
  }

  async consume(options: ConsumerOptions, signal?: AbortSignal): Promise<StreamConsumer> {
    return this.#asking(this.#use().consumers.join(options, signal));
  }

  async positions(group: string): Promise<readonly PartitionPosition[]> {
    return this.#asking(this.#use().consumers.positions(group));
  }

  async deadLetters(limit: number): Promise<readonly DeadRecord[]> {
    return this.#asking(this.#use().consumers.deadLetters(limit));
  }

  /** A question that the close cut off ends as `closed`. */
  async #asking<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.#gate.ensureOpen();
      throw error;
    }
  }

  async health(): Promise<Health> {
    const gate = this.#gate.health();
    if (!gate.healthy || this.#serving === null) return gate;
    const health = await this.#serving.health.tell();
    const { trouble } = this.#serving.consumers;
    return health.healthy && trouble !== null ? { healthy: false, detail: trouble } : health;
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
    clearInterval(serving.refresh);
    await Promise.all([serving.consumers.close(), serving.publisher.close(this.#impatient.signal)]);
    serving.client.destroy();
  }
}

export default defineAdapter<'raw-stream', KinesisRawStreamOptions>({
  port: 'raw-stream',
  name: 'kinesis',
  capabilities: CAPABILITIES,
  options: RAW_STREAM_OPTIONS,
  create(options, context) {
    checkRawStream(options);
    return new KinesisRawStream(options, context);
  },
});
