import { CaveError } from '../../errors.js';
import type { ConfigBus } from '../../ports/config-bus.js';
import type { ConfigStore } from '../../ports/config-store.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { Telemetry } from '../../ports/telemetry.js';
import { toBusMessage } from './change-message.js';
import { OutboxLoop, type OutboxRound } from '../../portable/outbox-loop.js';

export interface ChangeRelayDependencies {
  readonly store: ConfigStore;
  readonly bus: ConfigBus;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

export interface ChangeRelayOptions {
  readonly intervalMs: number;
  readonly batch: number;
  /** The rows are locked while the bus is asked, so it has to answer within this time. */
  readonly publishTimeoutMs: number;
}

export const CHANGE_RELAY_DEFAULTS: ChangeRelayOptions = { intervalMs: 1_000, batch: 200, publishTimeoutMs: 10_000 };

/**
 * Brings configuration changes from the outbox to the config bus. It takes any unsent rows
 * that no other relay holds, never "ids above a cursor": a transaction with a lower id may
 * commit later. A row is deleted only after the bus confirmed it, in the transaction that
 * locked it; dying in between repeats a message, which subscribers recognise by its version.
 */
export class ChangeRelay {
  readonly #deps: ChangeRelayDependencies;
  readonly #options: ChangeRelayOptions;
  readonly #loop: OutboxLoop;

  constructor(deps: ChangeRelayDependencies, options: Partial<ChangeRelayOptions> = {}) {
    this.#deps = deps;
    this.#options = { ...CHANGE_RELAY_DEFAULTS, ...options };
    this.#loop = new OutboxLoop('configuration_changes', () => this.relayOnce(), deps.logger, this.#options.intervalMs);
  }

  start(): void {
    this.#loop.start();
  }

  /** Called after a local commit, so that its changes need not wait for the interval. */
  wake(): void {
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  health(): Health {
    return this.#loop.health();
  }

  /** One transaction: take, publish, delete what was confirmed. */
  async relayOnce(): Promise<OutboxRound> {
    const { store, bus, telemetry } = this.#deps;
    return store.transaction(async ({ changeOutbox }) => {
      const rows = await changeOutbox.take(this.#options.batch);
      if (rows.length === 0) return { done: 0, more: false, failure: null };
      const results = await bus.publish(rows.map(({ change }) => toBusMessage(change)), AbortSignal.timeout(this.#options.publishTimeoutMs));
      if (results.length !== rows.length) {
        throw new CaveError('internal', `The config bus answered for ${results.length} of ${rows.length} messages.`);
      }
      const confirmed = rows.filter((_, i) => results[i]?.status === 'published').map(({ id }) => id);
      if (confirmed.length > 0) await changeOutbox.delete(confirmed);
      telemetry.count('cave_api_changes_relayed_total', confirmed.length);
      const failed = results.find((result) => result.status === 'failed');
      return { done: confirmed.length, more: failed === undefined && rows.length === this.#options.batch, failure: failed?.error.message ?? null };
    });
  }
}
