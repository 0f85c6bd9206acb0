import { CaveError, type Logger } from '@cave/core';

const HOUR_MS = 3_600_000;
/** A shard whose oldest record is this much younger than what expires now was silent for a while: probably before, too. */
const SILENCE_MS = HOUR_MS;

export interface TrimFacts {
  readonly stream: string;
  readonly shard: string;
  /** Of the group's leases in their table. */
  readonly scope: string;
  /** Where reading was to go on. */
  readonly position: bigint;
  /** The first that is there instead; beyond the position. */
  readonly oldest: bigint;
  readonly oldestArrivedMs: number | null;
  /** Everything appended until then had been read; null: nobody knows. */
  readonly readUpToMs: number | null;
  readonly nowMs: number;
  /** How long the stream keeps records, and since when there is one. Null: nobody knows. */
  readonly retentionHours: number | null;
  readonly createdMs: number | null;
  readonly logger: Logger;
}

/**
 * Whether records have expired unread where the one at the position is gone. Kinesis does not
 * say, and gaps between sequence numbers say nothing. What is certain: whatever came within the
 * retention is there, so who had read everything until some time within it has lost nothing, and
 * a stream younger than that has lost nothing to anybody.
 * Beyond that it is a loss, and told as one, unless the shard was silent when records would
 * have had to be appended to be lost: then it is told in the log only.
 */
export function judgeTrim({ stream, shard, scope, position, oldest, oldestArrivedMs, readUpToMs, nowMs, retentionHours, createdMs, logger }: TrimFacts): CaveError | null {
  const horizonMs = nowMs - (retentionHours ?? 0) * HOUR_MS;
  if (Math.max(readUpToMs ?? 0, createdMs ?? 0) >= horizonMs) return null;
  const until = readUpToMs === null ? 'an unknown time' : new Date(readUpToMs).toISOString();
  const facts = { partition: shard, offset: position.toString(), oldest: oldest.toString() };
  if (oldestArrivedMs !== null && oldestArrivedMs - horizonMs > SILENCE_MS) {
    logger.warn('position_expired', { ...facts, message: `Shard ${shard} was read until ${until}. Whatever came after that and before ${new Date(horizonMs).toISOString()} has expired; the shard was silent later on, so perhaps nothing did.` });
    return null;
  }
  return new CaveError(
    'data_loss',
    `Shard ${shard} of the stream "${stream}" was read until ${until}, and what came next has expired: it keeps records for ${retentionHours ?? 'an unknown number of'} hours. To go on without it, delete the item "${shard}" of the scope "${scope}" from the table of leases and start again; to be safe from it, raise retention-hours.`,
    { details: facts },
  );
}
