import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import {
  Background,
  defineAdapter,
  errorCode,
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
import { MAX_MESSAGE_BYTES } from './sns/envelope.js';
import { BusPlace, type BusClients, type PlaceSettings } from './sns/place.js';
import { BusPublisher } from './sns/publisher.js';
import { BusReader } from './sns/reader.js';
import { BusSweep } from './sns/sweep.js';
import { BusTopic } from './sns/topic.js';
import { clientSettings } from './client.js';
import { checkConfigBus, configBusOptions, queueConnection, type SnsConfigBusOptions } from './config-bus-options.js';

const CAPABILITIES: ConfigBusCapabilities = { maxMessageBytes: MAX_MESSAGE_BYTES, crossesProcesses: true };
const ONLY_SUBSCRIBES = 'scheduler';
/** Below the 2 s that a health check may take. */
const HEALTH_PATIENCE_MS = 1_900;

/**
 * The config bus on SNS and SQS: what is published goes to one topic, and SNS copies it to a
 * queue for each subscriber, so that a slow one holds up no other. A subscriber's queue and
 * subscription go with it; those of an instance that was killed are removed by the others.
 */
class SnsConfigBus implements ConfigBus {
  readonly capabilities = CAPABILITIES;
  readonly #gate = new Gate('SNS config bus');
  readonly #clients: BusClients;
  readonly #topic: BusTopic;
  readonly #publisher: BusPublisher;
  readonly #places: PlaceSettings;
  readonly #sweep: BusSweep;
  readonly #readers = new Set<BusReader>();
  readonly #calls = new Background();
  readonly #closing = new AbortController();
  readonly #impatient = new AbortController();
  /** Taken at start by who may not make the topic, for the first who subscribes. Nobody renews its mark until then: should others remove it, that subscriber takes another. */
  #spare: BusPlace | null = null;
  /** Of any queue; tells the account. */
  #queueArn: string | null = null;
  #closed: Promise<void> | null = null;

  constructor(
    private readonly options: SnsConfigBusOptions,
    private readonly context: AdapterContext,
  ) {
    const queues = queueConnection(options);
    const held = { ...queues, 'request-timeout-ms': queues['request-timeout-ms'] + options['long-poll-seconds'] * 1000 };
    this.#clients = { sns: new SNSClient(clientSettings(options)), sqs: new SQSClient(clientSettings(queues)), polls: new SQSClient(clientSettings(held)) };
    const makes = options['create-topic'] === 'yes' || (options['create-topic'] === 'auto' && context.service !== ONLY_SUBSCRIBES);
    this.#topic = new BusTopic(this.#clients.sns, options.topic, makes);
    this.#publisher = new BusPublisher(this.#clients.sns, this.#topic);
    this.#places = { prefix: options.queue, instanceId: context.instanceId, heartbeatMs: options['heartbeat-ms'], own: new Set() };
    this.#sweep = new BusSweep(this.#clients, this.#topic, this.#places, context.clock, context.logger);
  }

  /**
   * Makes the topic, or, where that is not this process's to do, takes a place for the first
   * subscriber: only so it learns whether the topic is there, which the caller may wait for.
   */
  start(signal?: AbortSignal): Promise<void> {
    const either = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    return this.#gate.start(async () => {
      if (this.#topic.makes) await this.#topic.arn(null, either);
      else this.#spare = await this.#orRemoved(this.#take(), either);
    }, signal);
  }

  async publish(messages: readonly BusMessage[], signal?: AbortSignal): Promise<readonly BusPublishResult[]> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    const either = signal === undefined ? this.#impatient.signal : AbortSignal.any([signal, this.#impatient.signal]);
    return this.#calls.run(this.#publisher.publish(messages, this.#queueArn, either));
  }

  async subscribe(subscriber: BusSubscriber, signal?: AbortSignal): Promise<BusSubscription> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    const { 'queue-length': queueLength, 'long-poll-seconds': longPollSeconds, 'heartbeat-ms': heartbeatMs, 'settle-ms': settleMs } = this.options;
    const spare = this.#spare;
    this.#spare = null;
    const either = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    const place = spare ?? (await this.#orRemoved(this.#take(), either));
    if (either.aborted) this.#calls.add(this.#remove(place));
    throwIfAborted(either);
    const reader = new BusReader(place, () => this.#take(), subscriber, { queueLength, longPollSeconds, heartbeatMs, settleMs }, this.context, this.#impatient.signal);
    this.#readers.add(reader);
    reader.start();
    this.#sweep.start();
    return {
      unsubscribe: async () => {
        await reader.end();
        this.#readers.delete(reader);
      },
    };
  }

  async health(): Promise<Health> {
    const gate = this.#gate.health();
    if (!gate.healthy) return gate;
    for (const { trouble } of this.#readers) if (trouble !== null) return { healthy: false, detail: trouble };
    return this.#look();
  }

  /** Waits for what runs, at most until the signal fires: a handler cannot be interrupted. */
  close(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) this.#impatient.abort();
    else signal?.addEventListener('abort', () => this.#impatient.abort(), { once: true });
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const { signal } = this.#impatient;
    this.#closing.abort();
    await this.#gate.close();
    const spare = this.#spare;
    this.#spare = null;
    if (spare !== null) this.#calls.add(this.#remove(spare));
    await unlessAborted(Promise.all([this.#sweep.end(), ...[...this.#readers].map((reader) => reader.end())]), signal).catch(() => undefined);
    await this.#calls.ended(signal);
    for (const client of Object.values(this.#clients) as (SNSClient | SQSClient)[]) client.destroy();
  }

  async #take(): Promise<BusPlace> {
    const place = await this.#calls.run(BusPlace.take(this.#clients, this.#topic, this.#places, this.#impatient.signal));
    this.#queueArn = place.queueArn;
    return place;
  }

  /** The place, unless the signal fires first: one that is taken nevertheless is removed. */
  async #orRemoved(taking: Promise<BusPlace>, signal: AbortSignal): Promise<BusPlace> {
    try {
      return await unlessAborted(taking, signal);
    } catch (error) {
      if (signal.aborted) this.#calls.add(taking.then((place) => this.#remove(place), () => undefined));
      throw error;
    }
  }

  async #remove(place: BusPlace): Promise<void> {
    try {
      await place.remove(this.#impatient.signal);
    } catch (error) {
      this.context.logger.warn('config_bus_queue_left', { queue: place.name, code: errorCode(error), message: toCaveError(error).message });
    }
  }

  /** Asks both services, each by a call that this process makes anyway. */
  async #look(): Promise<Health> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), HEALTH_PATIENCE_MS);
    const place = [...this.#readers].find(({ current }) => current !== null)?.current ?? this.#spare;
    try {
      await unlessAborted(Promise.all([this.#topic.makes ? this.#topic.make(late.signal) : null, place?.look(late.signal)]), late.signal);
      return { healthy: true };
    } catch (error) {
      // Throttled: it is there, and answers.
      if (errorCode(error) === 'resource_exhausted') return { healthy: true };
      return { healthy: false, detail: late.signal.aborted ? `AWS did not answer within ${HEALTH_PATIENCE_MS} ms.` : toCaveError(error).message };
    } finally {
      clearTimeout(timer);
    }
  }
}

export default defineAdapter<'config-bus', SnsConfigBusOptions>({
  port: 'config-bus',
  name: 'sns',
  capabilities: CAPABILITIES,
  options: configBusOptions,
  create(options, context) {
    checkConfigBus(options);
    return new SnsConfigBus(options, context);
  },
});
