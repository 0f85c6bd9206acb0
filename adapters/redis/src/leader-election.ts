import {
  CaveError,
  defineAdapter,
  Gate,
  Offices,
  type AdapterContext,
  type Candidature,
  type Health,
  type LeaderElection,
  type LeaderElectionCapabilities,
  type LeasedTenure,
  type LeaseTimes,
  type Tenure,
} from '@cave/core';
import { OfficeLock, type Ballot } from './ballot.js';
import { RedisConnection } from './connection.js';
import { checkConnection, checkServers, checkWhole, connectionProperties, type RedisConnectionOptions } from './options.js';
import { LockLease } from './lock-lease.js';

export interface RedisLeaderElectionOptions extends RedisConnectionOptions {
  /** `host:port`, several separated by commas; empty: the one by `host` and `port`. */
  readonly servers: string;
  readonly 'lease-ms': number;
  readonly 'poll-interval-ms': number;
}

const DEFAULT_LEASE_MS = 10_000;
/** Of the lease: given up so much earlier than the servers do. */
const MARGIN = 0.1;
/** Redis expires keys on the millisecond, and both ends round. */
const ROUNDING_MS = 2;

/** What waiting does not mend, so that a candidate is told instead. */
const HOPELESS = ['configuration', 'forbidden', 'internal'];

/**
 * One holder for each office among the candidates of all processes, by a lock with a lease on
 * a majority of independent Redis servers (or on the only one).
 *
 * It chooses; it does not fence. A server that was killed and forgot lets a second one be
 * elected while the first learns of it only at its next extension, a third of the lease later
 * at most. What protects the data is the config store's epoch.
 */
class RedisLeaderElection implements LeaderElection {
  readonly capabilities: LeaderElectionCapabilities;
  readonly #gate = new Gate('Redis leader election');
  readonly #servers: readonly RedisConnection[];
  readonly #times: LeaseTimes;
  readonly #offices: Offices;

  constructor(
    private readonly options: RedisLeaderElectionOptions,
    private readonly context: AdapterContext,
  ) {
    const leaseMs = options['lease-ms'];
    this.capabilities = { crossesProcesses: true, leaseMs };
    this.#times = { leaseMs, marginMs: Math.ceil(leaseMs * MARGIN) + ROUNDING_MS, retryMs: options['poll-interval-ms'] };
    this.#offices = new Offices('Redis leader election', this.#times, context.clock, context.logger);
    // An answer that comes later is of no use: the next extension must still fit into the lease.
    const replyWithinMs = Math.min(options['command-timeout-ms'], Math.floor(leaseMs / 5));
    const settings = { name: 'cave-leader-election', replyWithinMs };
    this.#servers = checkServers(options.servers, options).map((address) => new RedisConnection(address, options, settings, context.logger));
  }

  start(signal?: AbortSignal): Promise<void> {
    const { closing } = this.#offices;
    return this.#gate.start(() => this.#open(signal === undefined ? closing : AbortSignal.any([signal, closing])), signal);
  }

  async campaign(office: string, candidate: string, signal?: AbortSignal): Promise<Tenure> {
    this.#gate.ensureOpen();
    const candidature: Candidature = {
      attempt: () => this.#attempt(office),
      pauseMs: () => this.options['poll-interval-ms'],
      // A lock that was not acquired was given up on every server that could be reached.
      withdraw: () => Promise.resolve(),
    };
    return this.#offices.campaign(office, candidate, candidature, signal);
  }

  async health(): Promise<Health> {
    const gate = this.#gate.health();
    if (!gate.healthy) return gate;
    const answers = await Promise.all(this.#servers.map((server) => server.health()));
    const sick = answers.filter(({ healthy }) => !healthy);
    if (sick.length < answers.length / 2) return { healthy: true };
    return { healthy: false, detail: sick.map(({ detail }) => detail ?? '').join(' ') };
  }

  /** Withdraws every candidature and hands over every office, as far as the servers answer. */
  async close(signal?: AbortSignal): Promise<void> {
    const closed = this.#gate.close();
    const handedOver = this.#offices.close(signal);
    await closed;
    await handedOver;
    await Promise.all(this.#servers.map((server) => server.close(signal)));
  }

  /** With several servers, a majority is enough to begin with; the others are tried on. */
  async #open(signal: AbortSignal): Promise<void> {
    const isAlone = this.#servers.length === 1;
    const outcomes = await Promise.allSettled(this.#servers.map((server) => server.open(signal, !isAlone)));
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as CaveError] : []));
    const wrong = failures.find(({ code }) => code !== 'unavailable');
    if (wrong === undefined && failures.length < this.#servers.length / 2) return;
    await Promise.all(this.#servers.map((server) => server.abandon()));
    throw wrong ?? failures[0] ?? new CaveError('internal', 'No Redis server was given.');
  }

  /** The tenure when it was won, null when another holds the office or too few servers answer. */
  async #attempt(office: string): Promise<LeasedTenure | null> {
    const lock = new OfficeLock(this.#servers, `${this.options['key-prefix']}office:${office}`, this.#times.leaseMs);
    const askedAt = this.context.clock.monotonicMs();
    const { acquired, ballot } = await lock.acquire();
    if (acquired) return this.#offices.hold(office, askedAt, new LockLease(lock));
    refuseHopeless(ballot);
    return null;
  }
}

/** Throws what no waiting mends, such as a password that was changed. */
function refuseHopeless(ballot: Ballot): void {
  const failure = ballot.failures.find(({ code }) => HOPELESS.includes(code));
  if (failure !== undefined) throw failure;
}

export default defineAdapter<'leader-election', RedisLeaderElectionOptions>({
  port: 'leader-election',
  name: 'redis',
  capabilities: { crossesProcesses: true, leaseMs: DEFAULT_LEASE_MS },
  options: {
    type: 'object',
    properties: {
      ...connectionProperties,
      servers: {
        type: 'string',
        default: '',
        description: 'An odd number of independent Redis servers that vote, host:port, separated by commas, all with the same user, password and database; empty for the one by host and port. Replicas of one another are not independent.',
      },
      'lease-ms': {
        type: 'integer',
        minimum: 1_000,
        default: DEFAULT_LEASE_MS,
        description: 'After a holder fell silent nobody else is elected for this long, in milliseconds. It is extended every third of it; a request is given up after a fifth of it, and a holder without extension steps down a tenth before its end.',
      },
      'poll-interval-ms': { type: 'integer', minimum: 10, default: 200, description: 'How often a waiting candidate asks, in milliseconds: how long a handover takes.' },
    },
  },
  create(options, context) {
    checkConnection(options);
    checkServers(options.servers, options);
    checkWhole('lease-ms', options['lease-ms'], 1_000, 3_600_000);
    checkWhole('poll-interval-ms', options['poll-interval-ms'], 10, options['lease-ms']);
    return new RedisLeaderElection(options, context);
  },
});
