import { CaveError, throwIfAborted } from '@cave/core';

/** Work that has begun and not ended, for a close that lets it. */
export class InFlight {
  readonly #work = new Set<Promise<unknown>>();

  run<T>(work: Promise<T>): Promise<T> {
    this.#work.add(work);
    const done = (): void => void this.#work.delete(work);
    work.then(done, done);
    return work;
  }

  /** Resolves when none is left, or when the signal fires. */
  async settled(signal: AbortSignal): Promise<void> {
    while (this.#work.size > 0 && !signal.aborted) {
      await unlessAborted(Promise.allSettled(this.#work), signal).catch(() => undefined); // the loop looks at the signal
    }
  }
}

/** The outcome of `work`, or `aborted` as soon as the signal fires; the work then goes on unwatched. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  if (signal.aborted) work.catch(() => undefined); // nobody waits for it any more
  throwIfAborted(signal);
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new CaveError('aborted', 'The call was aborted.', { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
