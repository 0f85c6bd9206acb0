/**
 * Lets one loop sleep until there is work. A wake that comes while nobody waits is kept, so
 * that no work is slept over.
 */
export class Wake {
  #pending = false;
  #resolve: (() => void) | null = null;

  now(): void {
    this.#pending = true;
    this.#resolve?.();
  }

  /** Until `now` is called, the time is over or the signal fires, whichever is first. */
  async wait(maxMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#pending && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, maxMs);
        this.#resolve = end;
        signal.addEventListener('abort', end, { once: true });
      });
      this.#resolve = null;
    }
    this.#pending = false;
  }
}
