/** Largest timestamp that is taken for seconds (about the year 5000); above, it is in finer units. */
export const MAX_SECONDS_TIMESTAMP = 95_617_584_000;

const DAY_SECONDS = 86_400;

/** Whole seconds since the epoch of a timestamp in seconds, milli-, micro- or nanoseconds; NaN of an infinite one. */
export function normalizeTimestamp(timestamp: number): number {
  if (!Number.isFinite(timestamp)) return NaN;
  let seconds = timestamp;
  while (seconds > MAX_SECONDS_TIMESTAMP) seconds /= 1_000;
  return Math.floor(seconds);
}

/** What points may be about: not older than the retention, not more than a day ahead. */
export interface TimeBounds {
  readonly oldest: number;
  readonly newest: number;
}

export function timeBounds(nowSeconds: number, retentionSeconds: number): TimeBounds {
  return { oldest: nowSeconds - retentionSeconds, newest: nowSeconds + DAY_SECONDS };
}
