import { CaveError, throwIfAborted } from '../errors.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { Background, unlessAborted } from './background.js';
import { pause } from './backoff.js';
import { LeasedTenure, type LeaseTimes, type OfficeLease } from './tenure.js';

/** One candidate for one office: how a store is asked for it. */
export interface Candidature {
  /**
   * Asks once, in bounded time. The tenure when it was won, null when another holds the office or the
   * store does not answer; throws what waiting does not mend.
   */
  attempt(): Promise<LeasedTenure | null>;
  /** Until the next attempt, in milliseconds. */
  pauseMs(): number;
  /**
   * Called once it has ended without a tenure and no attempt runs: gives up what may have been
   * won without its knowing. Never rejects.
   */
  withdraw(): Promise<void>;
}

/** Of a pause: candidates that lost at once do not come again at once. */
const LEAST_PAUSE = 0.75;

/**
 * The candidates that wait in this process and the offices it holds: what a leader election by
 * leases needs whatever keeps the leases. Who waits asks again after a pause; stores do not
 * tell when a lease ends.
 */
export class Offices {
  readonly #closing = new AbortController();
  readonly #tenures = new Set<LeasedTenure>();
  /** Attempts and releases that nobody waits for any more; what fails there is over with the lease. */
  readonly #background = new Background();

  /** `what` names the adapter in messages, such as `Redis leader election`. */
  constructor(
    private readonly what: string,
    private readonly times: LeaseTimes,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Resolves when elected; rejects with `aborted` or `closed`, or with what an attempt throws. */
  async campaign(office: string, candidate: string, candidature: Candidature, signal?: AbortSignal): Promise<LeasedTenure> {
    throwIfAborted(signal);
    if (office === '' || candidate === '') throw new CaveError('invalid_argument', 'An office and its candidate need a name.');
    const ended = signal === undefined ? this.closing : AbortSignal.any([signal, this.closing]);
    if (!ended.aborted) {
      const running = this.#run(candidature, ended);
      this.#background.add(running);
      const tenure = await unlessAborted(running, ended).catch((error: unknown) => {
        if (!ended.aborted) throw error;
        return null;
      });
      if (tenure !== null && !ended.aborted) return tenure;
      // Won in the moment in which it ended.
      this.#background.add(running.then((late) => late?.resign()));
    }
    throwIfAborted(signal);
    throw new CaveError('closed', `The ${this.what} was closed.`);
  }

  /**
   * The tenure of a lease that was acquired; null when it is over already, because the process
   * stood still meanwhile or the answer was too slow. `askedAt`: on the monotonic clock, before
   * the lease was asked for.
   */
  hold(office: string, askedAt: number, lease: OfficeLease): LeasedTenure | null {
    const { clock, logger, closing } = this;
    const tenure = new LeasedTenure(office, askedAt, lease, this.times, { clock, logger, closing, onEnd: (ended) => this.#tenures.delete(ended) });
    this.#tenures.add(tenure);
    if (!tenure.isOver()) return tenure;
    this.#background.add(tenure.resign());
    return null;
  }

  /** Withdraws every candidature and hands over every office, as far as the store answers before the signal fires. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#closing.abort();
    // What cannot be released ends with its lease; `lost` has fired in any case.
    for (const tenure of this.#tenures) this.#background.add(tenure.resign());
    await this.#background.ended(signal);
  }

  /** The tenure, or null once the candidature has ended and nothing of it is left. The caller does not wait for the latter. */
  async #run(candidature: Candidature, ended: AbortSignal): Promise<LeasedTenure | null> {
    for (;;) {
      const tenure = await this.#attempt(candidature);
      if (!ended.aborted) {
        if (tenure !== null) return tenure;
        await pause(candidature.pauseMs() * (LEAST_PAUSE + Math.random() * (1 - LEAST_PAUSE)), ended);
        if (!ended.aborted) continue;
      }
      await (tenure === null ? candidature.withdraw() : tenure.resign());
      return null;
    }
  }

  async #attempt(candidature: Candidature): Promise<LeasedTenure | null> {
    try {
      return await candidature.attempt();
    } catch (error) {
      await candidature.withdraw();
      throw error;
    }
  }
}
