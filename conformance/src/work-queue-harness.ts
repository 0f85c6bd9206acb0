import type { WorkQueue } from '@cave/core';
import type { Harness } from './harness.js';

export interface WorkQueueSettings {
  readonly maxAttempts: number;
}

export interface WorkQueueHarness extends Harness<WorkQueue, WorkQueueSettings> {
  /** Puts something that is no envelope of CAVE into the queue. Called while no driver has the place open. */
  injectGarbage?(place: string): Promise<void>;
}
