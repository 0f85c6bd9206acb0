import { CaveError, throwIfAborted } from '@cave/core';
import type { SmtpOptions } from './options.js';
import { SmtpSession } from './session.js';

/** How long a server may take to answer a goodbye. */
const QUIT_PATIENCE_MS = 500;

/**
 * Sessions that are used one mail at a time and kept for the next. nodemailer's own pool is not
 * used because it sends again by itself what a broken connection left open; here a break is the
 * caller's to know.
 *
 * At most `max-connections` are handed out at once. One that was idle is asked for a sign of
 * life before it gets a mail, so that a server which dropped it meanwhile costs a new
 * connection and not a mail. There is nothing to reconnect in the background: the next mail
 * connects, and an outage lasts exactly as long as it lasts.
 */
export class SmtpPool {
  readonly #idle = new Map<SmtpSession, NodeJS.Timeout>();
  readonly #waiting: (() => void)[] = [];
  readonly #goodbyes = new Set<Promise<void>>();
  #used = 0;

  constructor(private readonly options: SmtpOptions) {}

  /** A session for the caller alone, who must give it back by `release`. */
  async acquire(signal: AbortSignal): Promise<SmtpSession> {
    await this.#slot(signal);
    try {
      const kept = await this.#takeLiving(signal);
      return kept ?? (await SmtpSession.open(this.options, signal));
    } catch (error) {
      this.#free();
      throw error;
    }
  }

  release(session: SmtpSession): void {
    this.#keep(session);
    this.#free();
  }

  /** Asks the server for a sign of life, on an idle session or a new one. */
  async check(signal: AbortSignal): Promise<void> {
    const session = (await this.#takeLiving(signal)) ?? (await SmtpSession.open(this.options, signal));
    // All places taken: this one was for the question only.
    if (this.#used + this.#idle.size >= this.options['max-connections']) this.#dismiss(session);
    else this.#keep(session);
  }

  /** Ends what is idle. Whoever holds a session has given it back before. */
  async close(): Promise<void> {
    for (const session of [...this.#idle.keys()]) {
      this.#take(session);
      this.#dismiss(session);
    }
    await Promise.all(this.#goodbyes);
  }

  /** An idle session that still answers; the one that does not is gone, and a new one is due. */
  async #takeLiving(signal: AbortSignal): Promise<SmtpSession | null> {
    const session = [...this.#idle.keys()].at(-1);
    if (session === undefined) return null;
    this.#take(session);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.options['connection-timeout-ms']);
    try {
      await session.check(AbortSignal.any([signal, late.signal]));
      return session;
    } catch {
      throwIfAborted(signal);
      return null; // opening a new one tells what is wrong with the server, if anything is
    } finally {
      clearTimeout(timer);
    }
  }

  #take(session: SmtpSession): void {
    clearTimeout(this.#idle.get(session));
    this.#idle.delete(session);
  }

  #keep(session: SmtpSession): void {
    if (session.ended) return;
    const timer = setTimeout(() => {
      this.#take(session);
      this.#dismiss(session);
    }, this.options['idle-timeout-ms']);
    this.#idle.set(session, timer);
    session.onEnd(() => this.#take(session));
  }

  #dismiss(session: SmtpSession): void {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), QUIT_PATIENCE_MS);
    const goodbye = session.quit(patience.signal).finally(() => {
      clearTimeout(timer);
      this.#goodbyes.delete(goodbye);
    });
    this.#goodbyes.add(goodbye);
  }

  /** Resolves once one of the places is the caller's; first come, first served. */
  #slot(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.#used < this.options['max-connections']) {
      this.#used += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(handOver), 1);
        reject(new CaveError('aborted', 'The wait for a connection to the mail server was aborted.', { cause: signal.reason }));
      };
      const handOver = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      this.#waiting.push(handOver);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** The place goes to whoever has waited longest, or becomes free. */
  #free(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#used -= 1;
    else next();
  }
}
