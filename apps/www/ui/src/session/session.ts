/**
 * Whether somebody is logged in, as far as this page knows. The token itself is in a cookie
 * that no script can read.
 *
 *   unknown ──▶ out ◀──────────────┐
 *      │         │ signedIn        │ signedOut
 *      └─────▶ in ────────lost──▶ ended
 *               ▲──────signedIn────┘
 *
 * `ended` is an `in` whose session ran out under the person's hands: the page stays as it is,
 * under a dialog that asks for the password.
 */
export type SessionState = 'unknown' | 'out' | 'in' | 'ended';

class Session {
  #state: SessionState = 'unknown';
  readonly #listeners = new Set<() => void>();

  get state(): SessionState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  signedIn(): void {
    this.#become('in');
  }

  signedOut(): void {
    this.#become('out');
  }

  /** The api did not know the session. False: nobody was logged in, so that there is nothing to wait for. */
  lost(): boolean {
    if (this.#state === 'in') this.#become('ended');
    return this.#state === 'ended';
  }

  /** Resolves once the person has logged in again; rejects when they gave up, or with the signal's reason. */
  renewed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        if (this.#state === 'ended' && !signal.aborted) return;
        leave();
        signal.removeEventListener('abort', settle);
        if (this.#state === 'in') resolve();
        else reject(signal.aborted ? (signal.reason as Error) : new Error('You have logged out.'));
      };
      const leave = this.subscribe(settle);
      signal.addEventListener('abort', settle);
      settle();
    });
  }

  #become(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** One page has one session. */
export const session = new Session();
