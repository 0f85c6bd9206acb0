import {
  BusQueue,
  CaveError,
  defineAdapter,
  Gate,
  throwIfAborted,
  toCaveError,
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
import { BUS_BLOCK_MS, BusReader } from './bus-reader.js';
import { RedisConnection, script, type Argument, type Reply } from './connection.js';
import { checkConnection, checkName, checkWhole, connectionProperties, type RedisConnectionOptions } from './options.js';
import { inParts } from './parts.js';

export interface RedisConfigBusOptions extends RedisConnectionOptions {
  readonly stream: string;
  readonly 'stream-length': number;
  /** Changes that wait for one subscriber before it is told to reload instead. */
  readonly 'queue-length': number;
  readonly 'max-message-bytes': number;
}

const DEFAULT_LENGTH = 10_000;
const DEFAULT_MAX_MESSAGE_BYTES = 256 * 1024;
/** While a script runs, nobody else is served: longer lists go in several. */
const MOST_MESSAGES = 500;
const MOST_BYTES = 8 * 1024 * 1024;

/** KEYS: stream, counter. ARGV: length of the stream, then key, version and body of each change. Whole blocks are trimmed, so a few more may stay. */
const PUBLISH = script(`
for i = 2, #ARGV, 3 do
  local n = redis.call('INCR', KEYS[2])
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'n', n, 'key', ARGV[i], 'version', ARGV[i + 1], 'body', ARGV[i + 2])
end
return 1
`);

/**
 * Fan-out by one stream that every instance reads for itself. A subscriber has a queue of its
 * own in its instance, so a slow one holds up nobody; the server keeps nothing for it, so
 * nothing is left behind when it goes. The stream is only as long as a short absence of a
 * reader: who misses more, or was disconnected, is told to reload its snapshot.
 */
class RedisConfigBus implements ConfigBus {
  readonly capabilities: ConfigBusCapabilities;
  readonly #gate = new Gate('Redis config bus');
  readonly #link: RedisConnection;
  readonly #blocking: RedisConnection;
  readonly #reader: BusReader;
  readonly #keys: readonly [stream: string, counter: string];
  readonly #closing = new AbortController();
  readonly #queues = new Set<BusQueue>();

  constructor(
    private readonly options: RedisConfigBusOptions,
    private readonly context: AdapterContext,
  ) {
    this.capabilities = { maxMessageBytes: options['max-message-bytes'], crossesProcesses: true };
    const { logger } = context;
    const replyWithinMs = options['command-timeout-ms'];
    this.#link = new RedisConnection(options, options, { name: 'cave-config-bus', replyWithinMs }, logger);
    this.#blocking = new RedisConnection(options, options, { name: 'cave-config-bus-wait', replyWithinMs: replyWithinMs + BUS_BLOCK_MS }, logger);
    const key = `${options['key-prefix']}{${options.stream}}`;
    this.#keys = [`${key}:changes`, `${key}:count`];
    const target = {
      onMessage: (message: BusMessage): void => this.#queues.forEach((queue) => queue.push(message)),
      onGap: (reason: string): void => this.#queues.forEach((queue) => queue.resync(reason)),
    };
    this.#reader = new BusReader(this.#blocking, this.#keys[0], target, () => this.#queues.size > 0, logger);
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#gate.start(() => this.#open(signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])), signal);
  }

  async publish(messages: readonly BusMessage[], signal?: AbortSignal): Promise<readonly BusPublishResult[]> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    const refusals = messages.map((message) => this.#refusal(message));
    const good = messages.filter((_, i) => refusals[i] === null);
    const parts = inParts(good, MOST_MESSAGES, MOST_BYTES, ({ body }) => body.byteLength);
    // All are written at once; each is answered by itself.
    const told = (await unlessAborted(Promise.all(parts.map((part) => this.#publishPart(part, signal))), signal)).flat();
    let next = 0;
    return refusals.map((refused) => refused ?? told[next++] ?? { status: 'failed', error: new CaveError('internal', 'The Redis config bus gave no result for a change.') });
  }

  async subscribe(subscriber: BusSubscriber, signal?: AbortSignal): Promise<BusSubscription> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    const queue = new BusQueue(subscriber, this.options['queue-length'], this.context.logger);
    const end = await unlessAborted(this.#end(signal), signal);
    this.#gate.ensureOpen();
    this.#queues.add(queue);
    this.#reader.readFrom(end);
    return {
      unsubscribe: () => {
        this.#queues.delete(queue);
        return queue.end();
      },
    };
  }

  async health(): Promise<Health> {
    const gate = this.#gate.health();
    if (!gate.healthy) return gate;
    const link = await this.#link.health();
    if (!link.healthy || this.#queues.size === 0 || this.#reader.isReading) return link;
    return { healthy: false, detail: `The reading connection to Redis at ${this.#link.place} is being restored; changes arrive late.` };
  }

  /** Waits for the calls that run, at most until the signal fires: a handler cannot be interrupted. */
  async close(signal?: AbortSignal): Promise<void> {
    const closed = this.#gate.close();
    this.#closing.abort();
    const ended = Promise.all([...this.#queues].map((queue) => queue.end()));
    this.#queues.clear();
    await closed;
    await this.#reader.close();
    await this.#link.close(signal);
    await unlessAborted(ended, signal).catch(() => undefined); // the caller's patience has ended
  }

  async #open(signal: AbortSignal): Promise<void> {
    try {
      await this.#link.open(signal);
      await this.#blocking.open(signal);
      await this.#end(signal); // proves that the key is a stream
    } catch (error) {
      await Promise.all([this.#link.abandon(), this.#blocking.abandon()]);
      throw error;
    }
  }

  /** The stream's last entry. */
  async #end(signal: AbortSignal | undefined): Promise<Reply> {
    await this.#link.whenReady(this.options['connection-timeout-ms'], signal);
    return this.#link.call('XREVRANGE', [this.#keys[0], '+', '-', 'COUNT', 1]);
  }

  #refusal(message: BusMessage): BusPublishResult | null {
    const size = message.body.byteLength;
    const limit = this.capabilities.maxMessageBytes;
    if (size <= limit) return null;
    return { status: 'failed', error: new CaveError('too_large', `The change of ${message.key} has ${String(size)} bytes; the config bus takes ${String(limit)}.`) };
  }

  async #publishPart(messages: readonly BusMessage[], signal: AbortSignal | undefined): Promise<readonly BusPublishResult[]> {
    const args: Argument[] = [this.options['stream-length']];
    for (const { key, version, body } of messages) args.push(key, version, Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    try {
      const wait = this.#link.whenReady(this.options['connection-timeout-ms'], signal);
      if (wait !== undefined) await wait;
      throwIfAborted(signal);
      await this.#link.run(PUBLISH, this.#keys, args);
      return messages.map(() => ({ status: 'published' }));
    } catch (error) {
      return messages.map(() => ({ status: 'failed', error: toCaveError(error) }));
    }
  }
}

export default defineAdapter<'config-bus', RedisConfigBusOptions>({
  port: 'config-bus',
  name: 'redis',
  capabilities: { maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES, crossesProcesses: true },
  options: {
    type: 'object',
    properties: {
      ...connectionProperties,
      stream: { type: 'string', minLength: 1, default: 'configuration-changes', description: 'Name of the stream of changes, a part of its keys.' },
      'stream-length': { type: 'integer', minimum: 100, default: DEFAULT_LENGTH, description: 'Changes that the server keeps for readers that are a little behind; who is further behind reloads everything.' },
      'queue-length': { type: 'integer', minimum: 1, default: DEFAULT_LENGTH, description: 'Changes that wait for one slow subscriber before it reloads everything instead.' },
      'max-message-bytes': { type: 'integer', minimum: 1_024, maximum: 8_388_608, default: DEFAULT_MAX_MESSAGE_BYTES, description: 'Largest body of one change, in bytes.' },
    },
  },
  create(options, context) {
    checkConnection(options);
    checkName('stream', options.stream);
    checkWhole('stream-length', options['stream-length'], 100, 10_000_000);
    checkWhole('queue-length', options['queue-length'], 1, 10_000_000);
    checkWhole('max-message-bytes', options['max-message-bytes'], 1_024, 8_388_608);
    return new RedisConfigBus(options, context);
  },
});
