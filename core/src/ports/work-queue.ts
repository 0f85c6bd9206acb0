import type { CaveError } from '../errors.js';
import type { Lifecycle } from './lifecycle.js';

export interface WorkQueueCapabilities {
  readonly maxBodyBytes: number;
  /** A lease can be extended while a job runs. Default true. */
  readonly extendsLeases: boolean;
  /** `nack` can hide the job for a while. Default true. */
  readonly delaysNack: boolean;
  /** Within this many milliseconds a second publish of one id is dropped; 0: the queue itself does not. */
  readonly deduplicationWindowMs: number;
}

export interface Job {
  /** For de-duplication and logs, 1 to 200 characters. */
  readonly id: string;
  readonly body: Uint8Array;
}

export type JobPublishResult =
  | { readonly status: 'accepted' }
  /** Same id within the window; the earlier one stands. */
  | { readonly status: 'duplicate' }
  | { readonly status: 'failed'; readonly error: CaveError };

export interface LeasedJob extends Job {
  /** 1 at first delivery; survives restarts of everything. */
  readonly attempt: number;
  /** Names this lease, not the job: after a redelivery the old one is `lost`. */
  readonly lease: string;
}

export interface ReceiveOptions {
  readonly maxJobs: number;
  /** Long polling: resolve with an empty list after this time. */
  readonly waitMs: number;
  /** Visibility time-out. */
  readonly leaseMs: number;
}

export interface DeadJob extends Job {
  readonly attempts: number;
  readonly reason: string;
}

export interface QueueDepth {
  readonly ready: number;
  readonly leased: number;
  readonly delayed: number;
  readonly dead: number;
}

/**
 * Competing consumers with a lease per job.
 *
 * - `publish`: `accepted` means durable: it survives SIGKILL of broker and publisher.
 * - A job is leased to one receiver at a time; when the lease expires it is delivered again
 *   with `attempt + 1`. After `maxAttempts` (an option of the adapter) deliveries that ended
 *   in nack or expiry it goes to the dead-letter place with body and reason.
 * - An envelope that cannot be parsed goes to the dead-letter place at once.
 * - `ack`, `nack`, `extend` answer for each lease; `lost` means that it expired and somebody
 *   else has, or will get, the job. That is a value, never an exception.
 * - A slow job starves no other. Roughly oldest first; order is not promised.
 */
export interface WorkQueue extends Lifecycle {
  readonly capabilities: WorkQueueCapabilities;
  publish(jobs: readonly Job[], signal?: AbortSignal): Promise<readonly JobPublishResult[]>;
  receive(options: ReceiveOptions, signal?: AbortSignal): Promise<readonly LeasedJob[]>;
  ack(leases: readonly string[]): Promise<readonly ('ok' | 'lost')[]>;
  /** `delayMs` hides the jobs for that long. `reason` is kept for the dead-letter place. */
  nack(leases: readonly string[], options: { readonly delayMs?: number; readonly reason: string }): Promise<readonly ('ok' | 'lost')[]>;
  extend(leases: readonly string[], leaseMs: number): Promise<readonly ('ok' | 'lost')[]>;
  depth(): Promise<QueueDepth>;
  deadLetters(limit: number): Promise<readonly DeadJob[]>;
}
