import { CaveError } from '../errors.js';

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Injected in tests; uniform in [0, 1). */
  readonly random?: () => number;
}

/**
 * Exponential back-off with full jitter (source: AWS Architecture Blog, "Exponential Backoff
 * And Jitter", 2015), never below half of the step so that a first retry is not immediate.
 * `attempt` is 1 for the first retry. Milliseconds.
 */
export function backoffMs(attempt: number, options: BackoffOptions): number {
  const step = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt - 1, 30));
  const random = options.random ?? Math.random;
  return Math.round(step / 2 + (step / 2) * random());
}

/** Resolves after `ms`; rejects with `aborted` at once when the signal fires. Leaves no timer behind. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new CaveError('aborted', 'The wait was aborted.', { cause: signal.reason }));
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(new CaveError('aborted', 'The wait was aborted.', { cause: signal?.reason }));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Like `sleep`, but simply ends when the signal fires: for loops that look at the signal themselves. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
