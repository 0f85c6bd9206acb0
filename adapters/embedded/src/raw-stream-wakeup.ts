import { CaveError, throwIfAborted } from '@cave/core';
import { MAX_TIMER_MS } from './timer.js';

/** Lets callers wait for "something changed", without polling. */
export class Wakeup {
  readonly #waiting = new Set<() => void>();

  /** Everybody who waits now goes on. */
  wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const go of waiting) go();
  }

  /** Resolves at the next `wake` or after `ms`; rejects with `aborted` when the signal fires. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', onAbort);
      };
      const done = (): void => {
        leave();
        resolve();
      };
      const onAbort = (): void => {
        leave();
        reject(new CaveError('aborted', 'The wait was aborted.', { cause: signal?.reason }));
      };
      const timer = setTimeout(done, Math.min(ms, MAX_TIMER_MS));
      this.#waiting.add(done);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
