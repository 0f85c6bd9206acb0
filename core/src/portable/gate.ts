import { CaveError, throwIfAborted } from '../errors.js';
import type { Health } from '../ports/lifecycle.js';

/*
 *   new ──start──▶ starting ──opened──▶ open
 *    ▲                │ failed            │
 *    └────────────────┘                   │
 *   any ──close──▶ closed ◀───────────────┘
 */
type State = 'new' | 'starting' | 'open' | 'closed';

/** The part of Lifecycle that is the same for every adapter: who may call what, when. */
export class Gate {
  #state: State = 'new';
  #starting: Promise<void> = Promise.resolve();

  /** `what` names the adapter in messages, such as `embedded config bus`. */
  constructor(readonly what: string) {}

  /** Runs `open` once. Rejects with `closed` when `close` came before or meanwhile, `internal` when called twice. */
  async start(open: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    if (this.#state === 'closed') throw this.#closed();
    if (this.#state !== 'new') throw new CaveError('internal', `The ${this.what} was started twice.`);
    throwIfAborted(signal);
    this.#state = 'starting';
    const opening = open();
    this.#starting = opening.catch(() => undefined); // start itself tells what went wrong
    try {
      await opening;
    } catch (error) {
      if (this.#current() === 'starting') this.#state = 'new';
      throw error;
    }
    if (this.#current() === 'closed') throw this.#closed();
    this.#state = 'open';
  }

  /** Throws `closed` unless started. */
  ensureOpen(): void {
    if (this.#state !== 'open') throw this.#closed();
  }

  /** From now on nothing new is taken. Resolves when a start that runs has ended. */
  async close(): Promise<void> {
    this.#state = 'closed';
    await this.#starting;
  }

  /** Says only whether it is open; an adapter with a connection looks at that too. */
  health(): Health {
    return this.#state === 'open' ? { healthy: true } : { healthy: false, detail: this.#closed().message };
  }

  #closed(): CaveError {
    return new CaveError('closed', `The ${this.what} is ${this.#state === 'closed' ? 'closed' : 'not started'}.`);
  }

  /** The state as it is by now: TypeScript does not see that it changes while something is awaited. */
  #current(): State {
    return this.#state;
  }
}
