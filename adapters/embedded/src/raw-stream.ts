import {
  CaveError,
  defineAdapter,
  throwIfAborted,
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
import { checkDeadLetterOptions, DEAD_LETTER_SCHEMA, deadLetterLimit, type DeadLetterOptions } from './dead-letter-options.js';
import { LmdbEnvironment } from './lmdb-environment.js';
import { MAX_RECORD_BYTES, StreamAppender } from './raw-stream-appender.js';
import { EmbeddedStreamConsumer } from './raw-stream-consumer.js';
import { StreamGroup } from './raw-stream-group.js';
import { StreamLog } from './raw-stream-log.js';

export interface EmbeddedRawStreamOptions extends DeadLetterOptions {
  readonly directory: string;
  readonly partitions: number;
  readonly 'max-bytes': number;
}

const MAX_PARTITIONS = 1_024;
const MIN_MAX_BYTES = 1024 * 1024;
const DEFAULT_MAX_BYTES = 8 * 1024 * 1024 * 1024;

export const RAW_STREAM_CAPABILITIES: RawStreamCapabilities = { maxRecordBytes: MAX_RECORD_BYTES, idempotentAppend: false, repartitions: false, countsLag: true };

interface Serving {
  readonly log: StreamLog;
  readonly appender: StreamAppender;
}

/**
 * The raw stream in one directory of one process, on LMDB. Records that every known group
 * has consumed are trimmed. At `max-bytes` those go that only groups which yield have not
 * consumed; what another has not consumed is never dropped: a publish is then told
 * `resource_exhausted`. A group is known from its first consumer on, for ever.
 */
export class EmbeddedRawStream implements RawStream {
  readonly capabilities = RAW_STREAM_CAPABILITIES;
  readonly #environment: LmdbEnvironment;
  readonly #groups = new Map<string, StreamGroup>();
  #serving: Serving | null = null;

  constructor(private readonly options: EmbeddedRawStreamOptions, private readonly context: AdapterContext) {
    this.#environment = new LmdbEnvironment(options.directory, 'raw stream');
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#environment.start(signal, async (environment) => {
      const log = await StreamLog.open(environment, this.options.partitions, deadLetterLimit('stream', this.options, this.context));
      const wakeAll = (): void => this.#groups.forEach((group) => group.members.forEach((member) => member.wake()));
      this.#serving = { log, appender: new StreamAppender(log, environment.writer, this.options['max-bytes'], wakeAll, (partition, records) => this.#dropped(partition, records)) };
    });
  }

  #dropped(partition: string, records: number): void {
    const { logger, telemetry } = this.context;
    telemetry.count('cave_embedded_stream_dropped_records_total', records);
    logger.error('raw_stream_records_dropped', { partition, records, reason: 'The stream is full ("max-bytes"), and a named metrics store that has been away for long has not got them.' });
  }

  close(): Promise<void> {
    // A commit takes milliseconds, so there is nothing that the caller's patience would shorten.
    return this.#environment.close(() => {
      for (const group of this.#groups.values()) for (const member of [...group.members]) void member.close();
    });
  }

  health(): Promise<Health> {
    return this.#environment.health();
  }

  #use(): Serving {
    this.#environment.use();
    if (this.#serving === null) throw new CaveError('internal', 'The raw stream is open without its log.');
    return this.#serving;
  }

  incarnation(): string {
    return this.#use().log.incarnation;
  }

  async partitions(): Promise<readonly string[]> {
    return this.#use().log.partitions.map(({ name }) => name);
  }

  /**
   * The signal is heeded before anything is queued. After that the outcome is milliseconds
   * away, and the truth about it is worth more than an answer that says nothing.
   */
  async publish(records: readonly StreamRecord[], signal?: AbortSignal): Promise<readonly AppendResult[]> {
    const { appender } = this.#use();
    throwIfAborted(signal);
    return appender.append(records);
  }

  async consume(options: ConsumerOptions, signal?: AbortSignal): Promise<StreamConsumer> {
    const { log } = this.#use();
    throwIfAborted(signal);
    if (!/^[\x21-\x7e]{1,200}$/.test(options.group)) throw new CaveError('invalid_argument', 'A consumer group\'s name has 1 to 200 printable ASCII characters and no space.');
    if (!(options.maxRecords >= 1) || !(options.maxBytes >= 1)) throw new CaveError('invalid_argument', 'A consumer\'s maxRecords and maxBytes are at least 1.');
    await log.register(options.group, options.yields ?? false);
    this.#environment.use();
    throwIfAborted(signal);
    let group = this.#groups.get(options.group);
    if (group === undefined) {
      group = new StreamGroup(options.group, log.partitions, () => void this.#environment.use());
      this.#groups.set(options.group, group);
    }
    const consumer = new EmbeddedStreamConsumer(log, group, options);
    group.join(consumer);
    return consumer;
  }

  async positions(group: string): Promise<readonly PartitionPosition[]> {
    const { log } = this.#use();
    return log.partitions.map((partition) => {
      const checkpoint = log.checkpoint(group, partition);
      return { partition: partition.name, checkpoint: checkpoint === null ? null : BigInt(checkpoint), lag: partition.next - log.beginning(group, partition), lagMs: null };
    });
  }

  async deadLetters(limit: number): Promise<readonly DeadRecord[]> {
    return this.#use().log.deadRecords(limit);
  }
}

export default defineAdapter<'raw-stream', EmbeddedRawStreamOptions>({
  port: 'raw-stream',
  name: 'embedded',
  capabilities: RAW_STREAM_CAPABILITIES,
  options: {
    type: 'object',
    required: ['directory'],
    properties: {
      directory: { type: 'string', minLength: 1, description: 'Where the stream is kept. The runtime fills in <data-dir>/stream.' },
      partitions: {
        type: 'integer',
        minimum: 1,
        maximum: MAX_PARTITIONS,
        default: 1,
        description: 'Number of partitions. May grow from one start to the next, never shrink; while it grows, the order of records with one key is kept from then on only.',
      },
      'max-bytes': {
        type: 'integer',
        minimum: MIN_MAX_BYTES,
        default: DEFAULT_MAX_BYTES,
        description: 'Bytes of records kept at most. At this limit records go that only a named metrics store which is away has not got, oldest first; what the default store has not got is never dropped: publishing is refused.',
      },
      ...DEAD_LETTER_SCHEMA,
    },
  },
  create(options, context) {
    const { partitions, directory, 'max-bytes': maxBytes } = options;
    if (typeof directory !== 'string' || directory === '') throw new CaveError('configuration', 'The option "directory" of the embedded raw stream is missing.');
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
      throw new CaveError('configuration', `The option "partitions" of the embedded raw stream is ${String(partitions)}; it must be a whole number from 1 to ${MAX_PARTITIONS}.`);
    }
    if (!Number.isInteger(maxBytes) || maxBytes < MIN_MAX_BYTES) {
      throw new CaveError('configuration', `The option "max-bytes" of the embedded raw stream is ${String(maxBytes)}; it must be a whole number of at least ${MIN_MAX_BYTES}.`);
    }
    checkDeadLetterOptions('embedded raw stream', options);
    return new EmbeddedRawStream(options, context);
  },
});
