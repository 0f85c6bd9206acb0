import { pause } from '@cave/core';
import type { RedisConnection } from './connection.js';

/** Longest blocking read: after a server lost its data, a wait for a later entry than it has must end. */
const BLOCK_MS = 1_000;
const AFTER_FAILURE_MS = 200;

/** What a connection for `Arrivals` must wait for beyond its usual patience. */
export const ARRIVALS_BLOCK_MS = BLOCK_MS;

/**
 * Wakes receivers when something has come into the queue, by one blocking read on a connection
 * of its own, so that no other call waits behind it. It reads only while somebody waits. A
 * wake may come in vain, and one that is lost costs a second: receivers look by themselves too.
 */
export class Arrivals {
  readonly #waiting = new Set<() => void>();
  readonly #closing = new AbortController();
  #at = '0-0';
  #reading: Promise<void> | null = null;

  constructor(
    private readonly connection: RedisConnection,
    private readonly key: string,
  ) {}

  /** Until something came after the entry `seen`, the time is over or the signal fires. */
  async wait(seen: string, ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#closing.signal.aborted) return;
    if (this.#reading !== null && seen !== this.#at) {
      this.#at = seen; // the reader was further, or the server forgot: looking again settles it
      return;
    }
    this.#at = seen;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(ms, BLOCK_MS));
      signal.addEventListener('abort', end, { once: true });
      this.#waiting.add(end);
      this.#reading ??= this.#read();
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const wake of [...this.#waiting]) wake();
    await this.connection.close(AbortSignal.abort());
    await this.#reading;
  }

  async #read(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#closing.signal.aborted) {
      try {
        const reply = await this.connection.call('XREAD', ['BLOCK', BLOCK_MS, 'STREAMS', this.key, this.#at]);
        const last = lastEntry(reply);
        if (last === null) continue;
        this.#at = last;
        for (const wake of [...this.#waiting]) wake();
      } catch {
        // Receivers meet the same trouble on their own connection and tell it.
        await pause(AFTER_FAILURE_MS, this.#closing.signal);
      }
    }
    this.#reading = null;
  }
}

/** The number of the last entry in an answer of XREAD for one stream. */
function lastEntry(reply: unknown): string | null {
  const entries = (reply as readonly (readonly [Buffer, readonly (readonly [Buffer, unknown])[]])[] | null)?.[0]?.[1];
  return entries?.at(-1)?.[0].toString() ?? null;
}
