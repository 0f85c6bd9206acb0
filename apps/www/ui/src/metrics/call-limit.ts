/**
 * Lets so many calls go on at the same time; the others wait in the order in which they came.
 * A browser opens six connections to one host: calls of which a page has many must leave some
 * for what a person asks for meanwhile.
 */
export class CallLimit {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly most: number) {
    if (!Number.isInteger(most) || most < 1) throw new RangeError(`At least one call has to be allowed, not ${most}.`);
  }

  /** Runs the call once it is its turn. Rejects with the signal's reason when that ends the wait. */
  async run<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await call();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.most) {
      this.#running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        this.#running += 1;
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal.reason as Error);
      };
      this.#waiting.push(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
