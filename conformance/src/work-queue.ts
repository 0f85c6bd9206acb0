import type { WorkQueue } from '@cave/core';
import type { TestFrame } from './harness.js';
import { declareKit, type Kit } from './kit.js';
import { lifecycleCases } from './lifecycle.js';
import { workQueueDeliveryCases } from './work-queue-delivery.js';
import type { WorkQueueHarness, WorkQueueSettings } from './work-queue-harness.js';
import { workQueueLeaseCases } from './work-queue-leases.js';
import { workQueueOutageCases } from './work-queue-outages.js';

/** Every case of the work queue's contract. */
export const workQueueKit: Kit<WorkQueue, WorkQueueSettings, WorkQueueHarness> = {
  port: 'work-queue',
  prefix: 'WQ',
  cases: [
    ...lifecycleCases<WorkQueue, WorkQueueSettings, WorkQueueHarness>('WQ', {
      settings: { maxAttempts: 3 },
      calls: [
        { name: 'publish', use: (queue) => queue.publish([{ id: 'lifecycle', body: Buffer.from('b') }]) },
        { name: 'receive', use: (queue) => queue.receive({ maxJobs: 1, waitMs: 0, leaseMs: 60_000 }) },
        { name: 'ack', use: (queue) => queue.ack([]) },
        { name: 'nack', use: (queue) => queue.nack([], { reason: 'r' }) },
        { name: 'depth', use: (queue) => queue.depth() },
        { name: 'deadLetters', use: (queue) => queue.deadLetters(1) },
      ],
      blocks: (queue, signal) => queue.receive({ maxJobs: 1, waitMs: 600_000, leaseMs: 60_000 }, signal),
    }),
    ...workQueueDeliveryCases,
    ...workQueueLeaseCases,
    ...workQueueOutageCases,
  ],
};

export function runWorkQueueConformance(frame: TestFrame, harness: WorkQueueHarness): void {
  declareKit(frame, workQueueKit, harness);
}
