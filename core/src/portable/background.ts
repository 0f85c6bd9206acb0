import { CaveError } from '../errors.js';

/** The outcome of `work`, or `aborted` as soon as the signal fires; the work then goes on unwatched. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new CaveError('aborted', 'The call was aborted.', { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const end = (): void => signal.removeEventListener('abort', onAbort);
    work.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}

/** Work that is under way, for whoever wants to know that all of it has ended, such as a close that lets it. */
export class Background {
  readonly #running = new Set<Promise<void>>();

  /** Answers the work itself, for the caller to wait for. */
  run<T>(work: Promise<T>): Promise<T> {
    this.add(work);
    return work;
  }

  /** Work that nobody waits for. What fails there is the caller's to say in `work`; here nobody is left to be told. */
  add(work: Promise<unknown>): void {
    const tracked: Promise<void> = work.then(
      () => undefined,
      () => undefined,
    );
    this.#running.add(tracked);
    void tracked.then(() => this.#running.delete(tracked));
  }

  /** Resolves when nothing runs, at the latest when the signal fires. */
  async ended(signal?: AbortSignal): Promise<void> {
    while (this.#running.size > 0 && !signal?.aborted) {
      await unlessAborted(Promise.all(this.#running), signal).catch(() => undefined); // the loop looks at the signal
    }
  }
}
