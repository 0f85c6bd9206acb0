import { errorCode, toCaveError, type Clock, type Logger } from '@cave/core';

/** Being pushed back is a part of normal work, unless it lasts. */
const PUSHED_BACK_MS = 10_000;

interface Trouble {
  readonly message: string;
  readonly sinceMs: number;
  readonly told: boolean;
}

/** What does not work just now, by what it is that does not. Each is told in one line when it begins and in one when it is over. */
export class Troubles {
  readonly #all = new Map<string, Trouble>();

  constructor(
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {}

  sick(what: string, error: unknown): void {
    const { message } = toCaveError(error);
    const before = this.#all.get(what);
    const sinceMs = before?.sinceMs ?? this.clock.monotonicMs();
    const lasts = errorCode(error) !== 'resource_exhausted' || this.clock.monotonicMs() - sinceMs >= PUSHED_BACK_MS;
    const told = before?.told ?? false;
    if (lasts && !told) this.logger.warn('raw_stream_troubled', { what, code: errorCode(error), message });
    this.#all.set(what, { message, sinceMs, told: told || lasts });
  }

  well(what: string): void {
    const before = this.#all.get(what);
    if (before === undefined) return;
    this.#all.delete(what);
    if (before.told) this.logger.info('raw_stream_recovered', { what, seconds: Math.round((this.clock.monotonicMs() - before.sinceMs) / 1000) });
  }

  /** It is no concern of this process any more. */
  forget(what: string): void {
    this.#all.delete(what);
  }

  /** The oldest that was told; null when all is well. */
  get first(): string | null {
    for (const { message, told } of this.#all.values()) if (told) return message;
    return null;
  }
}
