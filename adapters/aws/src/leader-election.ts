import { defineAdapter, Gate, Offices, toCaveError, type AdapterContext, type Health, type LeaderElection, type LeaderElectionCapabilities, type Tenure } from '@cave/core';
import { Candidacy } from './dynamodb/candidacy.js';
import { checkOptions, DEFAULT_LEASE_MS, optionsSchema, type DynamoLeaderElectionOptions } from './leader-election-options.js';
import { OfficeTable } from './dynamodb/office-table.js';

const WHAT = 'DynamoDB leader election';
/** Of the lease: given up so much earlier than anybody else may take it. */
const MARGIN = 0.1;

/**
 * One holder for each office among the candidates of all processes, by a lease that is an item
 * of a DynamoDB table: one that nobody extends for as long as its holder said may be taken.
 *
 * It chooses; it does not fence. A holder that was frozen learns late, and so does one whose
 * table was deleted when somebody starts anew. What protects the data is the config store's
 * epoch.
 */
class DynamoLeaderElection implements LeaderElection {
  readonly capabilities: LeaderElectionCapabilities;
  readonly #gate = new Gate(WHAT);
  readonly #table: OfficeTable;
  readonly #offices: Offices;

  constructor(
    private readonly options: DynamoLeaderElectionOptions,
    private readonly context: AdapterContext,
  ) {
    const leaseMs = options['lease-ms'];
    this.capabilities = { crossesProcesses: true, leaseMs };
    this.#table = new OfficeTable(options, context.logger);
    // A holder without an answer asks again in time for a second and a third attempt.
    const retryMs = Math.min(options['poll-interval-ms'], leaseMs / 10);
    this.#offices = new Offices(WHAT, { leaseMs, marginMs: Math.ceil(leaseMs * MARGIN), retryMs }, context.clock, context.logger);
  }

  start(signal?: AbortSignal): Promise<void> {
    const { closing } = this.#offices;
    return this.#gate.start(() => this.#table.open(signal === undefined ? closing : AbortSignal.any([signal, closing])), signal);
  }

  async campaign(office: string, candidate: string, signal?: AbortSignal): Promise<Tenure> {
    this.#gate.ensureOpen();
    const { clock, logger, instanceId } = this.context;
    const candidacy = new Candidacy(office, `${candidate} (instance ${instanceId})`, {
      table: this.#table,
      offices: this.#offices,
      clock,
      logger,
      leaseMs: this.options['lease-ms'],
      pollMs: this.options['poll-interval-ms'],
    });
    return this.#offices.campaign(office, candidate, candidacy, signal);
  }

  async health(): Promise<Health> {
    const gate = this.#gate.health();
    if (!gate.healthy) return gate;
    try {
      await this.#table.probe();
      return { healthy: true };
    } catch (error) {
      return { healthy: false, detail: toCaveError(error).message };
    }
  }

  /** Withdraws every candidature and hands over every office, as far as the table answers. */
  async close(signal?: AbortSignal): Promise<void> {
    const closed = this.#gate.close();
    const handedOver = this.#offices.close(signal);
    await closed;
    await handedOver;
    this.#table.close();
  }
}

export default defineAdapter<'leader-election', DynamoLeaderElectionOptions>({
  port: 'leader-election',
  name: 'dynamodb',
  capabilities: { crossesProcesses: true, leaseMs: DEFAULT_LEASE_MS },
  options: optionsSchema,
  create(options, context) {
    checkOptions(options);
    return new DynamoLeaderElection(options, context);
  },
});
