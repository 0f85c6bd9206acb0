import { errorCode, toCaveError, type Health } from '@cave/core';
import { anyOf } from './stop-signals.js';
import type { KinesisStream } from './stream.js';

/** Health must be told within 2 s. */
const PATIENCE_MS = 1_500;
/** An answer so young is told again: AWS allows an account 20 looks at its streams a second, and every balancer asks every instance. */
const FRESH_MS = 1_000;

/** Whether the stream is there and answers, without asking more often than AWS allows. */
export class StreamHealth {
  #last: Promise<Health> | null = null;
  #freshUntil = 0;

  constructor(
    private readonly stream: KinesisStream,
    /** Ends questions that are under way. */
    private readonly closing: AbortSignal,
  ) {}

  tell(): Promise<Health> {
    if (this.#last === null || performance.now() > this.#freshUntil) {
      this.#freshUntil = Infinity; // who asks meanwhile waits for the same answer
      this.#last = this.#ask().finally(() => {
        this.#freshUntil = performance.now() + FRESH_MS;
      });
    }
    return this.#last;
  }

  async #ask(): Promise<Health> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      await this.stream.look(anyOf(patience.signal, this.closing));
      return { healthy: true };
    } catch (error) {
      // Kinesis answered: it is the looks that there were too many of.
      if (errorCode(error) === 'resource_exhausted') return { healthy: true };
      return { healthy: false, detail: patience.signal.aborted ? `Kinesis has not answered within ${PATIENCE_MS} ms for the stream "${this.stream.name}".` : toCaveError(error).message };
    } finally {
      clearTimeout(timer);
    }
  }
}
