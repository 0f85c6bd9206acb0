import type { Channel } from 'amqplib';
import {
  Background,
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
  type Logger,
} from '@cave/core';
import { encodeChange, MAX_KEY_CHARACTERS } from './bus-envelope.js';
import { Subscription } from './bus-subscription.js';
import { channelError } from './errors.js';
import { withinHealthPatience } from './health.js';
import { Link, type Line } from './link.js';
import { checkConnection, checkName, checkWhole, configBusOptions, type RabbitConfigBusOptions } from './options.js';
import { Publisher } from './publisher.js';

const CAPABILITIES: ConfigBusCapabilities = { maxMessageBytes: 262_144, crossesProcesses: true };

interface Session {
  readonly line: Line;
  readonly control: Channel;
}

/**
 * The config bus on a fan-out exchange. What a subscriber has on the server lives as long as
 * its connection; a new connection makes it anew and tells the subscriber to reload.
 */
class RabbitConfigBus implements ConfigBus {
  readonly capabilities: ConfigBusCapabilities;
  readonly #gate = new Gate('RabbitMQ config bus');
  readonly #publisher: Publisher;
  readonly #subscribing: Link<Session>;
  readonly #subscriptions = new Set<Subscription>();
  readonly #calls = new Background();
  readonly #closing = new AbortController();
  readonly #logger: Logger;

  constructor(
    private readonly options: RabbitConfigBusOptions,
    { logger, service, instanceId }: AdapterContext,
  ) {
    this.#logger = logger;
    this.capabilities = { ...CAPABILITIES, maxMessageBytes: options['max-message-bytes'] };
    const name = `cave ${service} ${instanceId}`;
    this.#publisher = new Publisher(options, `${name} publishing changes`, logger, (channel) => this.#declare(channel));
    this.#subscribing = new Link(
      options,
      {
        name: `${name} subscribed to changes`,
        open: (line) => this.#open(line),
        onDown: () => {
          for (const subscription of this.#subscriptions) subscription.detach();
        },
      },
      logger,
    );
  }

  start(signal?: AbortSignal): Promise<void> {
    const either = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    return this.#gate.start(async () => {
      await this.#publisher.start(either);
      try {
        await this.#subscribing.start(either);
      } catch (error) {
        await this.#publisher.close();
        throw error;
      }
    }, signal);
  }

  /** Waits for the calls that run, at most until the signal fires: a handler cannot be interrupted. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#closing.abort();
    await this.#gate.close();
    await this.#calls.ended(signal);
    await unlessAborted(Promise.all([...this.#subscriptions].map((one) => one.end())), signal).catch(() => undefined); // what fails there ends with the connection
    this.#subscriptions.clear();
    await Promise.all([this.#publisher.close(), this.#subscribing.close()]);
  }

  async health(): Promise<Health> {
    const gate = this.#gate.health();
    if (!gate.healthy) return gate;
    return withinHealthPatience(this.options, async () => {
      const publishing = await this.#publisher.health();
      if (!publishing.healthy) return publishing;
      const subscribing = this.#subscribing.health();
      if (!subscribing.healthy) return subscribing;
      await this.#subscribing.use().control.checkExchange(this.options.exchange);
      return { healthy: true };
    });
  }

  async publish(messages: readonly BusMessage[], signal?: AbortSignal): Promise<readonly BusPublishResult[]> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    const refusals = messages.map((message) => this.#refusal(message));
    const good = messages.filter((_, index) => refusals[index] === null);
    const outgoing = good.map((message) => ({ exchange: this.options.exchange, routingKey: '', body: message.body, properties: encodeChange(message) }));
    const outcomes = await this.#calls.run(this.#publisher.publish(outgoing, signal));
    let next = 0;
    return refusals.map((refusal): BusPublishResult => {
      const error = refusal ?? outcomes[next++];
      return error ? { status: 'failed', error } : { status: 'published' };
    });
  }

  async subscribe(subscriber: BusSubscriber, signal?: AbortSignal): Promise<BusSubscription> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    const { line } = this.#subscribing.use();
    const { exchange, 'queue-length': queueLength } = this.options;
    const subscription = new Subscription({ exchange, queueLength }, subscriber, this.#logger);
    const remove = async (): Promise<void> => {
      this.#subscriptions.delete(subscription);
      await subscription.end();
    };
    // Before it is attached: a connection that ends in between is made anew with it.
    this.#subscriptions.add(subscription);
    try {
      const attached = subscription.attach(line, null);
      await this.#calls.run(unlessAborted(attached, signal));
    } catch (error) {
      this.#calls.add(remove()); // it waits for what was begun, which an abort does not
      throw channelError(error, this.options);
    }
    return { unsubscribe: remove };
  }

  #refusal({ key, body }: BusMessage): CaveError | null {
    const limit = this.capabilities.maxMessageBytes;
    if (body.byteLength > limit) return new CaveError('too_large', `The change of ${key} has ${body.byteLength} bytes; the config bus takes ${limit}.`);
    if (key.length > MAX_KEY_CHARACTERS) return new CaveError('invalid_argument', `The key of a change has at most ${MAX_KEY_CHARACTERS} characters.`);
    return null;
  }

  async #declare(channel: Channel): Promise<void> {
    await channel.assertExchange(this.options.exchange, 'fanout', { durable: true });
  }

  /** The connection counts as made once every subscriber is live on it again. */
  async #open(line: Line): Promise<Session> {
    const control = await line.channel();
    await this.#declare(control);
    for (const subscription of this.#subscriptions) await subscription.attach(line, 'The connection to RabbitMQ was lost; changes may have been missed.');
    return { line, control };
  }
}

export default defineAdapter<'config-bus', RabbitConfigBusOptions>({
  port: 'config-bus',
  name: 'rabbitmq',
  capabilities: CAPABILITIES,
  options: configBusOptions,
  create(options, context) {
    checkConnection(options);
    checkName('exchange', options.exchange);
    checkWhole('queue-length', options['queue-length'], 1, 10_000_000);
    checkWhole('max-message-bytes', options['max-message-bytes'], 1_024, 16_777_216);
    return new RabbitConfigBus(options, context);
  },
});
