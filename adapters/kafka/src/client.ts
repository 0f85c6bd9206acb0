import { CaveError, sleep, toCaveError, type Logger } from '@cave/core';
import kafka, { type Definition } from 'kafkajs/src/protocol/requests/index.js';
import { BrokerLink } from './broker-link.js';
import { asUnavailable, brokerCode, KAFKA, mustSucceed } from './errors.js';
import { checkConnection, type Address, type KafkaConnectionOptions } from './options.js';
import { metadataRequest, type ClusterMetadata } from './protocol.js';

export const API_KEY = {
  listOffsets: 2,
  offsetCommit: 8,
  offsetFetch: 9,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  leaveGroup: 13,
  syncGroup: 14,
  createTopics: 19,
  initProducerId: 22,
  describeConfigs: 32,
} as const;

const GROUP_COORDINATOR = 0;
const CONTROL_LANE = 'control';
const ASK_AGAIN_MS = 100;

/**
 * The cluster: which brokers there are, and links to them. A broker answers the requests of one
 * connection one after the other, so whatever may take long (a fetch that waits for records, a
 * rebalance) has links of its own, in a *lane*. Lanes are closed apart from each other.
 */
export class KafkaClient {
  readonly #seeds: readonly Address[];
  /** Lane and address → link. */
  readonly #links = new Map<string, BrokerLink>();
  readonly #brokers = new Map<number, Address>();
  #controllerId = -1;
  readonly #closing = new AbortController();
  /** The addresses from the options, for messages. */
  readonly place: string;

  constructor(private readonly options: KafkaConnectionOptions, private readonly logger: Logger) {
    this.#seeds = checkConnection(options);
    this.place = this.#seeds.map(({ host, port }) => `${host}:${port}`).join(', ');
  }

  /** Asks whichever broker answers first, the known ones before those of the options. */
  async metadata(topics: readonly string[], lane = CONTROL_LANE): Promise<ClusterMetadata> {
    let failure: CaveError | null = null;
    for (const address of new Map([...this.#brokers.values(), ...this.#seeds].map((one) => [`${one.host}:${one.port}`, one])).values()) {
      try {
        const metadata = await this.link(address, lane).send(metadataRequest(topics));
        if (metadata.brokers.length === 0) throw new CaveError('unavailable', `Kafka at ${address.host}:${address.port} knows no broker yet.`);
        this.#remember(metadata);
        return metadata;
      } catch (error) {
        failure = toCaveError(error);
        if (failure.code === 'configuration') throw failure;
      }
    }
    throw new CaveError('unavailable', `Kafka at ${this.place} cannot be reached: ${failure?.message ?? 'there is no address'}`, { cause: failure });
  }

  get brokerCount(): number {
    return this.#brokers.size;
  }

  /** `unavailable` for a broker that the last metadata did not name. */
  broker(nodeId: number, lane = CONTROL_LANE): BrokerLink {
    const address = this.#brokers.get(nodeId);
    if (address === undefined) throw new CaveError('unavailable', `Kafka at ${this.place} has no broker ${nodeId} now.`);
    return this.link(address, lane);
  }

  controller(): BrokerLink {
    return this.broker(this.#controllerId, CONTROL_LANE);
  }

  /** The broker that keeps a group's members and offsets. */
  async coordinator(group: string): Promise<Address> {
    return this.patiently(async () => {
      const { errorCode, coordinator } = await this.callAny(API_KEY.findCoordinator, kafka.requests.GroupCoordinator, { groupId: group, coordinatorType: GROUP_COORDINATOR });
      mustSucceed(errorCode, `name the coordinator of the group "${group}"`, this.place);
      return coordinator;
    });
  }

  /**
   * For questions, which change nothing: asks again while brokers answer that leader or coordinator
   * is on the move, for as long as one request may take. The first group of a new cluster waits for
   * the topic of all groups to be made.
   */
  async patiently<T>(ask: () => Promise<T>): Promise<T> {
    const end = performance.now() + this.options['request-timeout-ms'];
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!MOVED.includes(brokerCode(error)) || performance.now() > end) throw asUnavailable(error);
      }
      await sleep(ASK_AGAIN_MS, this.#closing.signal);
    }
  }

  /** Asks any broker. */
  async callAny<A, T>(apiKey: number, definition: Definition<A, T>, argument: A): Promise<T> {
    let failure: unknown = new CaveError('unavailable', `Kafka at ${this.place} cannot be reached.`);
    for (const address of [...this.#brokers.values()]) {
      try {
        return await this.link(address, CONTROL_LANE).call(apiKey, definition, argument);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  closeLane(lane: string): void {
    for (const [key, link] of this.#links) {
      if (!key.startsWith(`${lane}|`)) continue;
      link.close();
      this.#links.delete(key);
    }
  }

  close(): void {
    this.#closing.abort();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  #remember({ brokers, controllerId }: ClusterMetadata): void {
    this.#brokers.clear();
    for (const { nodeId, host, port } of brokers) this.#brokers.set(nodeId, { host, port });
    this.#controllerId = controllerId;
  }

  link({ host, port }: Address, lane = CONTROL_LANE): BrokerLink {
    if (this.#closing.signal.aborted) throw new CaveError('closed', 'The connection to Kafka is closed.');
    const key = `${lane}|${host}:${port}`;
    let link = this.#links.get(key);
    if (link === undefined) this.#links.set(key, (link = new BrokerLink({ host, port }, this.options, this.logger)));
    return link;
  }
}

/** Codes after which the same question to another broker may be answered: leaders and coordinators move. */
export const MOVED: readonly number[] = [
  KAFKA.UNKNOWN_TOPIC_OR_PARTITION,
  KAFKA.LEADER_NOT_AVAILABLE,
  KAFKA.NOT_LEADER_OR_FOLLOWER,
  KAFKA.COORDINATOR_LOAD_IN_PROGRESS,
  KAFKA.COORDINATOR_NOT_AVAILABLE,
  KAFKA.NOT_COORDINATOR,
  KAFKA.FENCED_LEADER_EPOCH,
  KAFKA.UNKNOWN_LEADER_EPOCH,
];
