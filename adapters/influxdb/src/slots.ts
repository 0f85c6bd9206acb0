import { setMaxListeners } from 'node:events';
import { CaveError, throwIfAborted } from '@cave/core';

/** Lets at most so many tasks run at once; the others wait in order. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#take(signal);
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  /** All tasks, each when there is room. Rejects with the first failure once none runs any more. */
  async all<T>(tasks: readonly (() => Promise<T>)[], signal?: AbortSignal): Promise<T[]> {
    let failed = false;
    const outcomes = await Promise.allSettled(
      tasks.map((task) =>
        this.run(async () => {
          if (failed) throw new CaveError('aborted', 'An earlier part of the call failed.');
          try {
            return await task();
          } catch (error) {
            failed = true;
            throw error;
          }
        }, signal),
      ),
    );
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome): unknown => outcome.reason);
    throwIfAborted(signal);
    if (failures.length > 0) throw failures[0];
    return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<T>).value);
  }

  #take(signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal);
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(new CaveError('aborted', 'The call was aborted.', { cause: signal?.reason }));
      };
      const go = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      this.#waiting.push(go);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/**
 * A signal of one call's own, which as many requests as there are may listen to. It fires with
 * the caller's, or when `stop` is called.
 */
export class CallSignal {
  readonly #control = new AbortController();
  readonly #forward = (): void => this.stop();

  constructor(private readonly caller: AbortSignal | undefined) {
    setMaxListeners(0, this.#control.signal);
    caller?.addEventListener('abort', this.#forward, { once: true });
    if (caller?.aborted === true) this.stop();
  }

  get signal(): AbortSignal {
    return this.#control.signal;
  }

  stop(): void {
    this.#control.abort(this.caller?.reason);
  }

  /** The call is over: the caller's signal may live on. */
  release(): void {
    this.caller?.removeEventListener('abort', this.#forward);
  }
}
