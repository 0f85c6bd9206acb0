import { once } from 'node:events';
import { testContext, within } from '@cave/conformance';
import type { AdapterContext, LeaderElection, Tenure } from '@cave/core';
import type { DynamoLeaderElectionOptions } from '../../src/leader-election-options.js';
import leaderElection from '../../src/leader-election.js';

export const PATIENCE_MS = 20_000;

/** Opens elections and closes them behind each test. */
export function elections(): (options: DynamoLeaderElectionOptions, context?: AdapterContext) => Promise<LeaderElection> {
  const opened: LeaderElection[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((election) => election.close()));
  });
  return async (options, context = testContext()) => {
    const election = leaderElection.create(options, context);
    opened.push(election);
    await election.start();
    return election;
  };
}

export async function lost(tenure: Tenure): Promise<void> {
  if (!tenure.lost.aborted) await within('lost', PATIENCE_MS, once(tenure.lost, 'abort'));
}

export const elected = (campaign: Promise<Tenure>): Promise<Tenure> => within('the election', PATIENCE_MS, campaign);

/** Whether the tenure was still held once the time was over. */
export async function heldFor(tenure: Tenure, ms: number): Promise<boolean> {
  const ended = new AbortController();
  const outcome = await Promise.race([
    once(tenure.lost, 'abort', { signal: ended.signal }).then(
      () => false,
      () => true,
    ),
    new Promise<boolean>((resolve) => setTimeout(resolve, ms, true)),
  ]);
  ended.abort();
  return outcome && !tenure.lost.aborted;
}

/** What happened, in order: when the first one lost its office, and when somebody was elected. */
export function orderOf(first: Tenure, second: Promise<Tenure>): string[] {
  const order: string[] = [];
  first.lost.addEventListener('abort', () => order.push('lost'));
  second.then(
    () => order.push('elected'),
    () => order.push('failed'),
  );
  return order;
}
