import { pause, type Extension, type OfficeLease } from '@cave/core';
import type { OfficeLock } from './ballot.js';

/** A lock that was acquired, as core's tenure keeps it. */
export class LockLease implements OfficeLease {
  constructor(private readonly lock: OfficeLock) {}

  async extend(): Promise<Extension> {
    const { extended, ballot } = await this.lock.extend();
    if (extended) return { outcome: 'extended' };
    // Somebody else has it there, or the server forgot: the others cannot be trusted to keep it for us.
    if (ballot.refusals > 0) return { outcome: 'gone', reason: 'The lock is no longer there, or is held by another.' };
    return { outcome: 'unanswered', reason: ballot.failures.map(({ message }) => message).join(' ') };
  }

  async release(leftMs: () => number, closing: AbortSignal): Promise<void> {
    if (await this.#release()) return;
    await this.lock.whenReachable(leftMs(), closing);
    if (!closing.aborted && !(await this.#release())) await pause(leftMs(), closing);
  }

  async #release(): Promise<boolean> {
    return (await this.lock.release()).hasMajorityAnswered;
  }
}
