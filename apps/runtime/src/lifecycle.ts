import { throwIfAborted, type Logger } from '@cave/core';
import { EXIT } from './process-end.js';

type Closing = (signal: AbortSignal) => Promise<void>;

/**
 * How a process ends.
 *
 *   starting ──started──▶ running ──SIGTERM/SIGINT──▶ stopping ──all closed──▶ exit 0
 *      │                     │                           │
 *      └── fault ────────────┴── uncaught exception ─────┤ second signal: patience ends
 *                                                        └──▶ exit 69, 70 or 78
 *
 * What was opened is closed in the reverse order. When the patience ends, the signal handed
 * to everything that closes fires, and what is in flight is aborted.
 */
export class Lifecycle {
  readonly #logger: Logger;
  readonly #shutdownMs: number;
  #afterLastLine: () => Promise<void> = () => Promise.resolve();
  readonly #closings: { readonly name: string; readonly close: Closing }[] = [];
  readonly #starting = new AbortController();
  readonly #patience = new AbortController();
  #ending: Promise<boolean> | undefined;
  #stopRequested = false;
  #running = false;

  constructor(logger: Logger, shutdownMs: number) {
    this.#logger = logger;
    this.#shutdownMs = shutdownMs;
  }

  /** Fires when the process is told to stop while it starts. */
  get starting(): AbortSignal {
    return this.#starting.signal;
  }

  get stopping(): boolean {
    return this.#ending !== undefined || this.#stopRequested;
  }

  /** A signal asked for the stop, so that an interrupted start is no fault. */
  get stopRequested(): boolean {
    return this.#stopRequested;
  }

  /** Throws `aborted` when the stop was asked for while starting. Called between the steps of a start. */
  step(): void {
    throwIfAborted(this.#starting.signal);
  }

  /** The start is complete: from here on a signal closes everything. */
  started(): void {
    this.step();
    this.#running = true;
  }

  /** Registers what is to be closed; the last registered is closed first. */
  onEnd(name: string, close: Closing): void {
    this.#closings.push({ name, close });
  }

  /** What still takes lines while everything closes, and is waited for after the last of them. It bounds itself and never rejects. */
  onLastLine(close: () => Promise<void>): void {
    this.#afterLastLine = close;
  }

  /** Listens to signals and to errors that nobody caught. */
  install(): void {
    const onSignal = (signal: NodeJS.Signals): void => {
      if (this.#stopRequested && !this.#running && this.#ending === undefined) this.#abandon(`second ${signal} while starting`);
      if (this.#stopRequested) {
        this.#logger.warn('stop_forced', { signal });
        this.#patience.abort(new Error(`second ${signal}`));
        return;
      }
      this.#stopRequested = true;
      this.#logger.info('stopping', { signal });
      // A start that is under way gives up at its next step and then closes what it opened;
      // closing beside it would miss what it opens meanwhile.
      this.#starting.abort(new Error(signal));
      if (this.#running) this.#finish(EXIT.ok);
      else this.#boundStart();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    const onFault = (error: unknown): void => {
      this.#logger.error('uncaught_error', { error });
      this.#finish(EXIT.software);
    };
    process.on('uncaughtException', onFault);
    process.on('unhandledRejection', onFault);
  }

  /** Closes everything once; answers whether all of it closed cleanly. Never throws. */
  end(code: number): Promise<boolean> {
    this.#ending ??= this.#closeAll(code);
    return this.#ending;
  }

  /** A part whose start does not heed the signal must not keep the process. */
  #boundStart(): void {
    setTimeout(() => {
      if (this.#ending === undefined) this.#abandon('a start did not heed the stop');
    }, this.#shutdownMs).unref();
  }

  #abandon(reason: string): never {
    this.#logger.error('start_abandoned', { reason });
    process.exit(EXIT.software);
  }

  #finish(code: number): void {
    void this.end(code).then((clean) => process.exit(clean ? code : code === EXIT.ok ? EXIT.software : code));
  }

  async #closeAll(code: number): Promise<boolean> {
    let waitingFor = '';
    const timer = setTimeout(() => this.#patience.abort(new Error('shutdown-seconds have passed')), this.#shutdownMs);
    // Whatever ignores the signal must not keep the process for ever.
    const last = setTimeout(() => {
      this.#logger.error('stop_hangs', { waiting_for: waitingFor });
      process.exit(EXIT.software);
    }, this.#shutdownMs + 10_000);
    let clean = true;
    for (let closing = this.#closings.pop(); closing !== undefined; closing = this.#closings.pop()) {
      waitingFor = closing.name;
      try {
        await closing.close(this.#patience.signal);
      } catch (error) {
        clean = false;
        this.#logger.error('close_failed', { part: closing.name, error });
      }
    }
    clearTimeout(timer);
    this.#logger.info('stopped', { exit_code: code });
    waitingFor = 'the last log lines';
    await this.#afterLastLine();
    clearTimeout(last);
    return clean;
  }
}
