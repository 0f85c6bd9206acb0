/** Calls that have begun and not ended, for a close that lets them. */
export class InFlight {
  readonly #calls = new Set<Promise<unknown>>();

  run<T>(call: Promise<T>): Promise<T> {
    this.#calls.add(call);
    const done = (): void => void this.#calls.delete(call);
    call.then(done, done);
    return call;
  }

  /** Resolves when none is left, or when the signal fires. */
  async settled(signal: AbortSignal | undefined): Promise<void> {
    await this.orAborted(Promise.allSettled(this.#calls), signal);
  }

  /** Resolves when `work` has ended, either way, or when the signal fires. */
  orAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const end = (): void => {
        signal?.removeEventListener('abort', end);
        resolve();
      };
      signal?.addEventListener('abort', end, { once: true });
      work.then(end, end);
    });
  }
}
