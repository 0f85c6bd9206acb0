import { CaveError } from '@cave/core';
import Redlock from 'redlock';
import type { RedisConnection } from './connection.js';

type Callback = (error: Error | null, result?: unknown) => void;

/** What redlock asks of a client. Its types know `eval` only. */
interface Voter {
  evalsha(hash: string, args: Redlock.EvalArg[], callback: Callback): void;
  eval(args: Redlock.EvalArg[], callback?: Callback): void;
}

/**
 * One request to all servers, and how each of them answered it. Redlock itself tells only
 * whether a majority said yes, but a holder must tell "another has it" from "nobody answers".
 */
export class Ballot {
  refusals = 0;
  /** From servers that did not answer, or answered with an error. */
  readonly failures: CaveError[] = [];

  constructor(private readonly servers: readonly RedisConnection[]) {}

  get answers(): number {
    return this.servers.length - this.failures.length;
  }

  get hasMajorityAnswered(): boolean {
    return this.answers > this.servers.length / 2;
  }

  /** Only the first answer of each server is the vote; what follows is redlock clearing up behind a lost one. */
  voters(): Voter[] {
    return this.servers.map((server) => {
      let voted = false;
      const ask = (command: string, args: readonly Redlock.EvalArg[], callback: Callback | undefined): void => {
        server.call(command, args).then(
          (result) => {
            if (!voted && result === 0) this.refusals += 1;
            voted = true;
            callback?.(null, result);
          },
          (error: CaveError) => {
            const reply = error.cause instanceof Error && error.cause.message.startsWith('NOSCRIPT') ? error.cause : error;
            // Redlock sends the script itself next: not a vote yet.
            if (!voted && reply === error) {
              this.failures.push(error);
              voted = true;
            }
            callback?.(reply);
          },
        );
      };
      return {
        evalsha: (hash, args, callback) => ask('EVALSHA', [hash, ...args], callback),
        eval: (args, callback) => ask('EVAL', args, callback),
      };
    });
  }
}

/** Redlock measures by the wall clock; see `OfficeLock`, which measures for it. */
const NEVER = Number.MAX_SAFE_INTEGER;
const ONCE = { retryCount: 0 };

/**
 * A named lock on a majority of servers by redlock 4 (source of the algorithm: redis.io,
 * "Distributed Locks with Redis"). Each call asks every server once and never again. Who holds
 * must measure the time by itself, on a clock that does not step, from before it asked:
 * redlock's own measure is the wall clock, and is told to hold its tongue.
 */
export class OfficeLock {
  #lock: Redlock.Lock | null = null;

  constructor(
    private readonly servers: readonly RedisConnection[],
    private readonly key: string,
    private readonly leaseMs: number,
  ) {}

  /** Whether it is ours now. When it is not, nothing of the attempt is left where the servers could be reached. */
  async acquire(): Promise<{ readonly acquired: boolean; readonly ballot: Ballot }> {
    const ballot = new Ballot(this.servers);
    try {
      this.#lock = await new Redlock(ballot.voters(), ONCE).lock(this.key, this.leaseMs);
      return { acquired: true, ballot };
    } catch (error) {
      mustBeLockError(error);
      return { acquired: false, ballot };
    }
  }

  /**
   * Whether a majority has extended it. Redlock unlocks what it could not extend before it
   * says so; then another could win while the holder still believes in the rest of its lease.
   * So the script by which this one unlocks does nothing: the holder decides.
   */
  async extend(): Promise<{ readonly extended: boolean; readonly ballot: Ballot }> {
    const ballot = new Ballot(this.servers);
    const lock = this.#held();
    lock.expiration = NEVER;
    try {
      await new Redlock(ballot.voters(), { ...ONCE, unlockScript: () => 'return 0' }).extend(lock, this.leaseMs);
      return { extended: true, ballot };
    } catch (error) {
      mustBeLockError(error);
      return { extended: false, ballot };
    }
  }

  /** Gives it up where it is still ours. */
  async release(): Promise<Ballot> {
    const ballot = new Ballot(this.servers);
    try {
      await new Redlock(ballot.voters(), ONCE).unlock(this.#held());
    } catch (error) {
      mustBeLockError(error); // it was no longer ours on a majority, or they did not answer: the ballot tells
    }
    return ballot;
  }

  /** Resolves once all servers can be reached, at the latest when `ms` are over or the signal fires. */
  async whenReachable(ms: number, signal: AbortSignal): Promise<void> {
    await Promise.all(this.servers.map(async (server) => server.whenReady(ms, signal)));
  }

  #held(): Redlock.Lock {
    if (this.#lock === null) throw new CaveError('internal', `The lock ${this.key} is used before it was acquired.`);
    return this.#lock;
  }
}

function mustBeLockError(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'LockError') throw error;
}
