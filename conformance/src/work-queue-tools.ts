import assert from 'node:assert/strict';
import type { Job, LeasedJob, WorkQueue } from '@cave/core';
import type { Case, CaseContext } from './kit.js';
import type { WorkQueueHarness, WorkQueueSettings } from './work-queue-harness.js';

export type WorkQueueCase = Case<WorkQueue, WorkQueueSettings, WorkQueueHarness>;
export type At = CaseContext<WorkQueue, WorkQueueSettings, WorkQueueHarness>;

export const THREE: WorkQueueSettings = { maxAttempts: 3 };
export const MANY: WorkQueueSettings = { maxAttempts: 1_000 };

export const jobs = (name: string, count: number): Job[] => Array.from({ length: count }, (_, i) => ({ id: `${name}-${i}`, body: Buffer.from(`${name}/${i}`) }));

export const ids = (list: readonly Job[]): string[] => list.map(({ id }) => id).sort();

/** A lease that outlasts the case. */
export const longLease = (at: At): number => at.patienceMs * 10;

export async function publish(queue: WorkQueue, list: readonly Job[]): Promise<void> {
  assert.deepEqual((await queue.publish(list)).map(({ status }) => status), list.map(() => 'accepted'));
}

/** Receives until `count` jobs came, and no longer. */
export async function receive(at: At, queue: WorkQueue, count: number, leaseMs: number): Promise<LeasedJob[]> {
  const received: LeasedJob[] = [];
  await at.eventually(`${count} jobs are received`, async () => {
    received.push(...(await queue.receive({ maxJobs: count - received.length, waitMs: at.tickMs, leaseMs })));
    if (received.length < count) throw new Error(`${received.length} so far`);
    return true;
  });
  return received;
}

export async function receiveOne(at: At, queue: WorkQueue, leaseMs: number = longLease(at)): Promise<LeasedJob> {
  const [job] = await receive(at, queue, 1, leaseMs);
  assert.ok(job);
  return job;
}

/** Nothing is to be had, now and for a few ticks. */
export async function nothingComes(at: At, queue: WorkQueue, ticks = 3): Promise<void> {
  assert.deepEqual(ids(await queue.receive({ maxJobs: 10, waitMs: ticks * at.tickMs, leaseMs: longLease(at) })), []);
}

export const acked = async (queue: WorkQueue, list: readonly LeasedJob[]): Promise<void> =>
  assert.deepEqual(await queue.ack(list.map(({ lease }) => lease)), list.map(() => 'ok'));
