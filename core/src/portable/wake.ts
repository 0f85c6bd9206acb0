import { MAX_TIMER_MS } from './timer.js';

/**
 * Lets loops sleep until there is work. Everybody who waits goes on at a wake; one that comes
 * while nobody waits is kept for whoever waits next, so that no work is slept over.
 */
export class Wake {
  readonly #waiting = new Set<() => void>();
  #pending = false;

  now(): void {
    this.#pending = this.#waiting.size === 0;
    for (const end of [...this.#waiting]) end();
  }

  /** Until `now` is called, the time is over or the signal fires, whichever is first. */
  async wait(maxMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#pending || signal?.aborted === true) {
      this.#pending = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(maxMs, MAX_TIMER_MS));
      this.#waiting.add(end);
      signal?.addEventListener('abort', end, { once: true });
    });
  }
}
