import { resolve } from 'node:path';
import { CaveError, defineAdapter, Gate, throwIfAborted, type Health, type LeaderElection, type LeaderElectionCapabilities, type Tenure } from '@cave/core';
import { checkDirectory } from './check-directory.js';

export interface EmbeddedLeaderElectionOptions {
  /** Candidates of one process with the same directory compete. */
  readonly 'data-dir': string;
}

/** Who waits for an office. `elect` is called at most once and takes the office at once, so that no close can come in between. */
interface Candidature {
  elect(): void;
}

/** An office exists while somebody holds it; the others wait in the order in which they came. */
const offices = new Map<string, Candidature[]>();

/** Gives the office to whoever waits longest, or to the next one who comes. */
function vacate(key: string): void {
  const next = offices.get(key)?.shift();
  if (next === undefined) offices.delete(key);
  else next.elect();
}

/*
 * A holder falls silent only when its process ends, and then the data directory is free for
 * the next process at once: there is no lease to wait for.
 */
const CAPABILITIES: LeaderElectionCapabilities = { crossesProcesses: false, leaseMs: 0 };

/** One holder for each office among the candidates of this process. */
class EmbeddedLeaderElection implements LeaderElection {
  readonly capabilities = CAPABILITIES;
  readonly #gate = new Gate('embedded leader election');
  readonly #directory: string;
  readonly #tenures = new Set<Tenure>();
  readonly #closing = new AbortController();

  constructor(options: EmbeddedLeaderElectionOptions) {
    checkDirectory(options['data-dir'], 'embedded leader election');
    this.#directory = resolve(options['data-dir']);
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#gate.start(() => Promise.resolve(), signal);
  }

  async campaign(office: string, candidate: string, signal?: AbortSignal): Promise<Tenure> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    if (office === '' || candidate === '') throw new CaveError('invalid_argument', 'An office and its candidate need a name.');
    const key = `${this.#directory}\0${office}`;
    const waiting = offices.get(key);
    if (waiting !== undefined) return this.#elected(waiting, () => this.#tenure(key, office), signal);
    offices.set(key, []);
    return this.#tenure(key, office);
  }

  async health(): Promise<Health> {
    return this.#gate.health();
  }

  /** Withdraws every candidature and hands over every office; nothing to wait for. */
  async close(): Promise<void> {
    await this.#gate.close();
    this.#closing.abort();
    await Promise.all([...this.#tenures].map((tenure) => tenure.resign()));
  }

  /** Until this candidate's turn comes. Withdraws it when the signal fires or the adapter closes. */
  #elected(waiting: Candidature[], takeOffice: () => Tenure, signal: AbortSignal | undefined): Promise<Tenure> {
    const closing = this.#closing.signal;
    return new Promise((settle, reject) => {
      const candidature: Candidature = {
        elect: () => {
          forget();
          settle(takeOffice());
        },
      };
      const withdraw = (error: CaveError): void => {
        forget();
        waiting.splice(waiting.indexOf(candidature), 1);
        reject(error);
      };
      const onAbort = (): void => withdraw(new CaveError('aborted', 'The candidature was withdrawn.', { cause: signal?.reason }));
      const onClose = (): void => withdraw(new CaveError('closed', 'The embedded leader election was closed.'));
      const forget = (): void => {
        signal?.removeEventListener('abort', onAbort);
        closing.removeEventListener('abort', onClose);
      };
      signal?.addEventListener('abort', onAbort);
      closing.addEventListener('abort', onClose);
      waiting.push(candidature);
    });
  }

  #tenure(key: string, office: string): Tenure {
    const lost = new AbortController();
    const tenure: Tenure = {
      office,
      lost: lost.signal,
      resign: async () => {
        if (!this.#tenures.delete(tenure)) return;
        lost.abort(); // its listeners run now, before anybody else is elected
        vacate(key);
      },
    };
    this.#tenures.add(tenure);
    return tenure;
  }
}

export default defineAdapter<'leader-election', EmbeddedLeaderElectionOptions>({
  port: 'leader-election',
  name: 'embedded',
  capabilities: CAPABILITIES,
  options: {
    type: 'object',
    properties: {
      'data-dir': { type: 'string', minLength: 1, default: './data', description: 'Directory of everything that embedded adapters keep; candidates of one process that share it compete.' },
    },
  },
  create: (options) => new EmbeddedLeaderElection(options),
});
