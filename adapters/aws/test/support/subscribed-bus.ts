/* A config bus with one subscriber, in a form whose calls can come from another process. */
import { defineAdapter, type AdapterContext, type ConfigBus, type Lifecycle } from '@cave/core';
import configBus from '../../src/config-bus.js';
import type { SnsConfigBusOptions } from '../../src/config-bus-options.js';
import { Listener } from './listener.js';

export interface SubscribedBus extends Lifecycle {
  subscribe(): Promise<void>;
  /** What its subscriber was told so far. */
  told(): Promise<{ readonly versions: readonly number[]; readonly resyncs: readonly string[] }>;
}

class Subscribed implements SubscribedBus {
  readonly #listener = new Listener();
  readonly #bus: ConfigBus;

  constructor(options: SnsConfigBusOptions, context: AdapterContext) {
    this.#bus = configBus.create(options, context);
  }
  start(signal?: AbortSignal): Promise<void> {
    return this.#bus.start(signal);
  }
  close(signal?: AbortSignal): Promise<void> {
    return this.#bus.close(signal);
  }
  health(): ReturnType<ConfigBus['health']> {
    return this.#bus.health();
  }
  async subscribe(): Promise<void> {
    await this.#bus.subscribe(this.#listener);
  }
  told(): ReturnType<SubscribedBus['told']> {
    return Promise.resolve({ versions: this.#listener.messages.map(({ version }) => version), resyncs: [...this.#listener.resyncs] });
  }
}

export default defineAdapter<'config-bus', SnsConfigBusOptions>({
  ...configBus,
  create: (options, context) => new Subscribed(options, context) as unknown as ConfigBus,
});
