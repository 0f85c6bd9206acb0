import { CaveError, throwIfAborted } from '@cave/core';
import { stopOfMany } from './stop-signals.js';

/**
 * `call` with a signal that fires when `signal` does, or when the time is over: then it ends
 * as `unavailable`. Leaves no timer and no listener behind.
 */
export async function withinTime<T>(limitMs: number, signal: AbortSignal, call: (stop: AbortSignal) => Promise<T>): Promise<T> {
  throwIfAborted(signal);
  const stop = stopOfMany();
  let late = false;
  const end = (): void => stop.abort();
  const timer = setTimeout(() => {
    late = true;
    end();
  }, limitMs);
  signal.addEventListener('abort', end, { once: true });
  try {
    return await call(stop.signal);
  } catch (error) {
    if (late) throw new CaveError('unavailable', `AWS has not answered within ${Math.round(limitMs)} ms.`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
