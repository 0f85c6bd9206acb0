import type { CaveError } from '../errors.js';
import type { Lifecycle } from './lifecycle.js';

export interface ConfigBusCapabilities {
  /** Largest body, in bytes; one byte more is `too_large`. */
  readonly maxMessageBytes: number;
  /** Reaches subscribers in other processes. Default true; false for the embedded bus. */
  readonly crossesProcesses: boolean;
}

/** A change of one entity. Order is not promised and repetition is allowed: `version` decides. */
export interface BusMessage {
  /** The entity, such as `alert:42`. */
  readonly key: string;
  /** Grows with every change of the entity. */
  readonly version: number;
  readonly body: Uint8Array;
}

export type BusPublishResult =
  | { readonly status: 'published' }
  | { readonly status: 'failed'; readonly error: CaveError };

export interface BusSubscriber {
  /** Called one at a time for a subscriber. A rejection is logged and the message is not repeated. */
  onMessage(message: BusMessage): Promise<void> | void;
  /**
   * Messages may have been missed (disconnect, retention, overflow of a slow subscriber):
   * reload the snapshot. Also called one at a time, in turn with `onMessage`.
   */
  onResync(reason: string): Promise<void> | void;
}

export interface BusSubscription {
  /** Ends it and removes what the broker kept for it. Idempotent. No call arrives after it resolved. */
  unsubscribe(): Promise<void>;
}

/**
 * Fan-out of configuration changes: every live subscriber gets every message at least once.
 * `subscribe` resolves once the subscription is live: what is published afterwards arrives.
 * A slow subscriber stalls no other. An instance's resources disappear with the instance.
 */
export interface ConfigBus extends Lifecycle {
  readonly capabilities: ConfigBusCapabilities;
  publish(messages: readonly BusMessage[], signal?: AbortSignal): Promise<readonly BusPublishResult[]>;
  subscribe(subscriber: BusSubscriber, signal?: AbortSignal): Promise<BusSubscription>;
}
