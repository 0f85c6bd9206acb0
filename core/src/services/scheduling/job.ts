import { CaveError } from '../../errors.js';
import type { Job } from '../../ports/work-queue.js';
import type { OwedJob } from './schedule.js';

/**
 * The work queue's form of an owed job. The id lets a queue drop a second copy; a job that an
 * edit owes is no copy of the tick's, which may be done already.
 */
export function encodeJob(job: OwedJob): Job {
  const edit = job.version === undefined ? '' : `v${job.version}`;
  return { id: `${job.alertId}@${job.tick}${edit}`, body: Buffer.from(JSON.stringify({ alert: job.alertId, tick: job.tick })) };
}

/** Throws `invalid_argument` for a body that `encodeJob` did not write. */
export function decodeJob(body: Uint8Array): OwedJob {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (cause) {
    throw new CaveError('invalid_argument', 'The job is not JSON.', { cause });
  }
  const { alert, tick } = (parsed ?? {}) as { alert?: unknown; tick?: unknown };
  if (typeof alert !== 'string' || !/^[0-9]{1,16}$/.test(alert) || typeof tick !== 'number' || !Number.isSafeInteger(tick)) {
    throw new CaveError('invalid_argument', 'The job names no alert and tick.');
  }
  return { alertId: alert, tick };
}
