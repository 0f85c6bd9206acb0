import { pause } from '@cave/core';

/** The promise's value, or undefined once the time is over. Rejects as the promise does. Leaves no timer. */
export async function settledWithin<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const stop = new AbortController();
  try {
    return await Promise.race([promise, pause(ms, stop.signal).then(() => undefined)]);
  } finally {
    stop.abort();
  }
}
