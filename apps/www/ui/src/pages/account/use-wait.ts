import { useMemo } from 'react';
import { ApiError } from '../../api/api-error.js';
import { useNow } from '../../parts/use-now.js';
import { secondsLeft } from './countdown.js';

const TICK_MS = 250;

/** Seconds until the next attempt is let in, after one that was refused as one too many; null: nothing says to wait. */
export function useWait(error: Error | null): number | null {
  const now = useNow(TICK_MS);
  const until = useMemo(() => (error instanceof ApiError && error.kind === 'busy' && error.retryAfterSeconds !== null ? new Date(Date.now() + error.retryAfterSeconds * 1000) : null), [error]);
  return until === null ? null : secondsLeft(until, now);
}
