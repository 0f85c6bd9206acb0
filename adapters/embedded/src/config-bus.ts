import { resolve } from 'node:path';
import {
  BusQueue,
  CaveError,
  defineAdapter,
  Gate,
  throwIfAborted,
  type BusMessage,
  type BusPublishResult,
  type BusSubscriber,
  type BusSubscription,
  type ConfigBus,
  type ConfigBusCapabilities,
  type Health,
  type Logger,
} from '@cave/core';

export interface EmbeddedConfigBusOptions {
  /** Buses of one process with the same directory reach each other. */
  readonly 'data-dir': string;
  /** Messages that wait for one subscriber before it is told to reload instead. */
  readonly 'queue-length': number;
  readonly 'max-message-bytes': number;
}

const DEFAULT_QUEUE_LENGTH = 10_000;
const DEFAULT_MAX_MESSAGE_BYTES = 256 * 1024;

/** Subscribers of each data directory, in this process. */
const hubs = new Map<string, Set<BusQueue>>();

/**
 * Fan-out within one process. Each subscriber has a queue of its own, so a slow one holds up
 * neither the publisher nor the others; when its queue is full it loses the queue and is told
 * to reload. Nothing is kept for later: who was not subscribed reads the config store.
 */
class EmbeddedConfigBus implements ConfigBus {
  readonly capabilities: ConfigBusCapabilities;
  readonly #gate = new Gate('embedded config bus');
  readonly #hubKey: string;
  readonly #own = new Set<BusQueue>();

  constructor(
    private readonly options: EmbeddedConfigBusOptions,
    private readonly logger: Logger,
  ) {
    this.#hubKey = resolve(options['data-dir']);
    this.capabilities = { maxMessageBytes: options['max-message-bytes'], crossesProcesses: false };
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#gate.start(() => Promise.resolve(), signal);
  }

  async publish(messages: readonly BusMessage[], signal?: AbortSignal): Promise<readonly BusPublishResult[]> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    return messages.map((message) => this.#publishOne(message));
  }

  async subscribe(subscriber: BusSubscriber, signal?: AbortSignal): Promise<BusSubscription> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    const queue = new BusQueue(subscriber, this.options['queue-length'], this.logger);
    let hub = hubs.get(this.#hubKey);
    if (hub === undefined) hubs.set(this.#hubKey, (hub = new Set()));
    hub.add(queue);
    this.#own.add(queue);
    return { unsubscribe: () => this.#remove(queue) };
  }

  async health(): Promise<Health> {
    return this.#gate.health();
  }

  /** Waits for the calls that run, at most until the signal fires: a handler cannot be interrupted. */
  async close(signal?: AbortSignal): Promise<void> {
    await this.#gate.close();
    const ended = Promise.all([...this.#own].map((queue) => this.#remove(queue)));
    if (signal === undefined) {
      await ended;
      return;
    }
    if (signal.aborted) return;
    await new Promise<void>((settle) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        settle();
      };
      signal.addEventListener('abort', done);
      void ended.then(done);
    });
  }

  #publishOne(message: BusMessage): BusPublishResult {
    const size = message.body.byteLength;
    const limit = this.capabilities.maxMessageBytes;
    if (size > limit) {
      return { status: 'failed', error: new CaveError('too_large', `The change of ${message.key} has ${String(size)} bytes; the config bus takes ${String(limit)}.`) };
    }
    // A copy: the caller may use its buffer again before a slow subscriber has read it.
    const copy: BusMessage = { key: message.key, version: message.version, body: Uint8Array.from(message.body) };
    for (const queue of hubs.get(this.#hubKey) ?? []) queue.push(copy);
    return { status: 'published' };
  }

  async #remove(queue: BusQueue): Promise<void> {
    const hub = hubs.get(this.#hubKey);
    hub?.delete(queue);
    if (hub?.size === 0) hubs.delete(this.#hubKey);
    this.#own.delete(queue);
    await queue.end();
  }
}

export default defineAdapter<'config-bus', EmbeddedConfigBusOptions>({
  port: 'config-bus',
  name: 'embedded',
  capabilities: { maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES, crossesProcesses: false },
  options: {
    type: 'object',
    properties: {
      'data-dir': { type: 'string', minLength: 1, default: './data', description: 'Directory of everything that embedded adapters keep; buses of one process that share it reach each other.' },
      'queue-length': { type: 'integer', minimum: 1, default: DEFAULT_QUEUE_LENGTH, description: 'Changes that wait for one slow subscriber before it reloads everything instead.' },
      'max-message-bytes': { type: 'integer', minimum: 1024, default: DEFAULT_MAX_MESSAGE_BYTES, description: 'Largest body of one change, in bytes.' },
    },
  },
  create: (options, context) => new EmbeddedConfigBus(options, context.logger),
});
