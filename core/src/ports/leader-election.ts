import type { Lifecycle } from './lifecycle.js';

export interface LeaderElectionCapabilities {
  /** Candidates in other processes take part. Default true; false for the embedded adapter. */
  readonly crossesProcesses: boolean;
  /** Lease length: nobody else is elected sooner after the holder fell silent. */
  readonly leaseMs: number;
}

/** An office that is held. */
export interface Tenure {
  readonly office: string;
  /**
   * Fires in a running process before anyone else can be elected. A process that was frozen
   * may learn late: what protects the data is the config store's epoch, not this.
   */
  readonly lost: AbortSignal;
  /** Hands over at once. Idempotent; resolves when another candidate may win. */
  resign(): Promise<void>;
}

/**
 * Chooses one candidate among many for a named office, under a lease. Any number of offices.
 * When the lease's store cannot be reached, the holder steps down within the lease.
 */
export interface LeaderElection extends Lifecycle {
  readonly capabilities: LeaderElectionCapabilities;
  /** Waits until elected. Aborting withdraws the candidature. */
  campaign(office: string, candidate: string, signal?: AbortSignal): Promise<Tenure>;
}
