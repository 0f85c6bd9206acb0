import { backoffMs, CaveError, pause, toCaveError, Wake, type Logger } from '@cave/core';
import assigner from 'kafkajs/src/consumer/assignerProtocol.js';
import kafka from 'kafkajs/src/protocol/requests/index.js';
import { assign } from './assignment.js';
import type { BrokerLink } from './broker-link.js';
import { API_KEY, MOVED, type KafkaClient } from './client.js';
import { brokerCode, brokerError, KAFKA, messageOf, mustSucceed } from './errors.js';
import type { Address } from './options.js';
import { settledWithin } from './patience.js';
import type { TopicView } from './topic.js';

const PROTOCOL = 'cave-sticky';
const HEARTBEAT_MS = 500;
const BACKOFF = { firstMs: 100, maxMs: 3_000 };
const LEAVE_PATIENCE_MS = 2_000;
const INCONSISTENT_GROUP_PROTOCOL = 23;
const INVALID_SESSION_TIMEOUT = 26;
const COMMIT_ATTEMPTS = 3;

type Joined = { readonly generationId: number; readonly leaderId: string; readonly memberId: string; readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[] };

export interface GroupMemberOptions {
  readonly group: string;
  readonly sessionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Of this member's connections, unique within the client. */
  readonly lane: string;
}

export interface GroupEvents {
  /** Holds exactly these from now on. `kept`: nobody else can have held what it held before, so that it goes on where it was. */
  assigned(partitions: readonly number[], kept: boolean): void;
  /** Holds nothing any more. */
  lost(): void;
  held(): readonly number[];
}

/**
 * A member of a consumer group, by the protocol that Kafka's consumers speak ("classic").
 *
 * ```
 *   joining ──JoinGroup, SyncGroup──▶ stable ──heartbeat: rebalance──▶ joining, keeps what it holds
 *      ▲                                │
 *      └──expired, or heartbeats failed for a session's time: holds nothing──┘
 * ```
 *
 * While the coordinator cannot be reached, heartbeats go on with bounded back-off, and what is
 * held is held until the session's time is over: by then somebody else may hold it. Rejoining
 * waits for nobody here, so a slow caller never holds up a rebalance; its checkpoint is `lost`
 * when the partition moved meanwhile.
 */
export class GroupMember {
  readonly #stop = new AbortController();
  readonly #changed = new Wake();
  #coordinator: Address | null = null;
  #memberId = '';
  #generation = -1;
  #isLeader = false;
  #assignedTotal = 0;
  #running: Promise<void> = Promise.resolve();
  /** Why it is not a stable member, once that is more than a rebalance. */
  trouble: string | null = null;

  constructor(
    private readonly client: KafkaClient,
    private readonly topic: TopicView,
    private readonly options: GroupMemberOptions,
    private readonly events: GroupEvents,
    private readonly logger: Logger,
  ) {}

  /** Asks for membership, and throws what keeps it from joining at all; the joining itself goes on by itself. */
  async start(): Promise<void> {
    try {
      await this.#askToJoin(); // without a member id this is answered at once
    } catch (error) {
      // A coordinator that has just moved: the joining finds the new one.
      if (!MOVED.includes(brokerCode(error))) throw error;
      this.#coordinator = null;
    }
    this.#running = this.#run();
  }

  /** Leaves the group. Idempotent, never rejects. */
  async close(): Promise<void> {
    const first = !this.#stop.signal.aborted;
    this.#stop.abort();
    this.#changed.now();
    if (first) {
      await this.#leave();
      this.client.closeLane(this.options.lane);
    }
    await this.#running;
  }

  /**
   * Moves the group's checkpoint, as long as `holds` says that the partition is still held.
   * The topic's incarnation goes with it: a checkpoint in a topic that was deleted is none in its
   * successor. The coordinator refuses a member of an older generation: if that is because of a
   * rebalance in which the partition stayed here, once more with the new one.
   */
  async commit(partition: number, offset: bigint, incarnation: string, holds: () => boolean): Promise<'ok' | 'lost'> {
    for (let attempt = 1; ; attempt++) {
      if (!holds()) return 'lost';
      const generation = this.#generation;
      const code = await this.#commitOnce(partition, offset, incarnation, generation);
      if (code === KAFKA.NONE) return 'ok';
      const stale = code === KAFKA.REBALANCE_IN_PROGRESS || code === KAFKA.ILLEGAL_GENERATION || code === KAFKA.UNKNOWN_MEMBER_ID;
      if (!stale || attempt === COMMIT_ATTEMPTS) throw brokerError(code, `checkpoint the group "${this.options.group}"`, this.client.place);
      const end = performance.now() + this.options.sessionTimeoutMs * 2;
      while (holds() && this.#generation === generation && !this.#stop.signal.aborted) {
        if (performance.now() > end) throw brokerError(code, `checkpoint the group "${this.options.group}"`, this.client.place);
        await this.#changed.wait(end - performance.now());
      }
    }
  }

  async #commitOnce(partition: number, offset: bigint, incarnation: string, generation: number): Promise<number> {
    this.#coordinator ??= await this.client.coordinator(this.options.group);
    const place = this.#coordinator;
    // Not by the member's own connection, on which a JoinGroup may wait for the other members.
    const { responses } = await this.client.link(place).call(API_KEY.offsetCommit, kafka.requests.OffsetCommit, {
      groupId: this.options.group,
      groupGenerationId: generation,
      memberId: this.#memberId,
      topics: [{ topic: this.topic.name, partitions: [{ partition, offset: offset.toString(), metadata: incarnation }] }],
    });
    const code = responses[0]?.partitions[0]?.errorCode ?? -1;
    if (code === KAFKA.NOT_COORDINATOR || code === KAFKA.COORDINATOR_NOT_AVAILABLE) this.#coordinator = null;
    return code;
  }

  async #run(): Promise<void> {
    let failures = 0;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#join();
        failures = 0;
        if (this.trouble !== null) this.logger.info('kafka_group_joined_again', { group: this.options.group });
        this.trouble = null;
        await this.#beat();
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.#note(error, failures);
        this.#coordinator = null;
        this.#forget();
        await pause(backoffMs(failures, BACKOFF), signal);
      }
    }
  }

  #note(error: unknown, failures: number): void {
    this.trouble = messageOf(error);
    if (failures === 1) this.logger.warn('kafka_group_trouble', { group: this.options.group, code: toCaveError(error).code, message: this.trouble });
  }

  /** Null when it has to ask again, by now with a member id or without. */
  async #askToJoin(): Promise<(Joined & { readonly link: BrokerLink }) | null> {
    const { group, sessionTimeoutMs, requestTimeoutMs, lane } = this.options;
    this.#coordinator ??= await this.client.coordinator(group);
    const link = this.client.link(this.#coordinator, lane);
    const metadata = assigner.MemberMetadata.encode({ version: 0, topics: [this.topic.name], userData: Buffer.from(JSON.stringify(this.events.held())) });
    const joined = await link.call(
      API_KEY.joinGroup,
      kafka.requests.JoinGroup,
      { groupId: group, sessionTimeout: sessionTimeoutMs, rebalanceTimeout: sessionTimeoutMs, memberId: this.#memberId, protocolType: 'consumer', groupProtocols: [{ name: PROTOCOL, metadata }] },
      sessionTimeoutMs + requestTimeoutMs,
    );
    if (joined.errorCode === KAFKA.MEMBER_ID_REQUIRED) {
      this.#memberId = joined.memberId;
      return null;
    }
    if (this.#mustBeginAgain(joined.errorCode)) return null;
    if (joined.errorCode === INCONSISTENT_GROUP_PROTOCOL) {
      throw new CaveError('configuration', `The consumer group "${group}" of Kafka at ${this.client.place} is used by another program; give CAVE a group of its own.`);
    }
    if (joined.errorCode === INVALID_SESSION_TIMEOUT) {
      throw new CaveError('configuration', `The option "session-timeout-ms" of the Kafka adapter is ${sessionTimeoutMs}; Kafka at ${this.client.place} takes only what lies within its group.min.session.timeout.ms and group.max.session.timeout.ms.`);
    }
    mustSucceed(joined.errorCode, `let a member into the group "${group}"`, this.client.place);
    this.#memberId = joined.memberId;
    return { ...joined, link };
  }

  /** JoinGroup and SyncGroup, until this member has its part of a generation. */
  async #join(): Promise<void> {
    const { group, sessionTimeoutMs, requestTimeoutMs } = this.options;
    while (!this.#stop.signal.aborted) {
      const joined = await this.#askToJoin();
      if (joined === null) continue;
      this.#isLeader = joined.leaderId === joined.memberId;
      const synced = await joined.link.call(
        API_KEY.syncGroup,
        kafka.requests.SyncGroup,
        { groupId: group, generationId: joined.generationId, memberId: joined.memberId, groupAssignment: this.#isLeader ? await this.#share(joined.members) : [] },
        sessionTimeoutMs + requestTimeoutMs,
      );
      if (synced.errorCode === KAFKA.REBALANCE_IN_PROGRESS || this.#mustBeginAgain(synced.errorCode)) continue;
      mustSucceed(synced.errorCode, `share out the partitions of the group "${group}"`, this.client.place);
      const mine = synced.memberAssignment === null || synced.memberAssignment.length === 0 ? [] : (assigner.MemberAssignment.decode(synced.memberAssignment)?.assignment[this.topic.name] ?? []);
      this.events.assigned(mine, joined.generationId === this.#generation + 1);
      this.#generation = joined.generationId;
      this.#changed.now();
      return;
    }
  }

  /** The group does not know this member any more, or not in this generation. */
  #mustBeginAgain(code: number): boolean {
    if (code !== KAFKA.UNKNOWN_MEMBER_ID && code !== KAFKA.ILLEGAL_GENERATION) return false;
    if (code === KAFKA.UNKNOWN_MEMBER_ID) this.#memberId = '';
    this.#forget();
    return true;
  }

  #forget(): void {
    this.#generation = -1;
    this.events.lost();
    this.#changed.now();
  }

  /** The leader's office. */
  async #share(members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
    // What is known will do: the next look finds what was added.
    await this.topic.refresh().catch((error: unknown) => this.logger.debug('kafka_metadata_failed', { reason: messageOf(error) }));
    const { partitions } = this.topic;
    this.#assignedTotal = partitions.length;
    const shares = assign(partitions, members.map(({ memberId, memberMetadata }) => ({ memberId, held: heldBefore(memberMetadata) })));
    return [...shares].map(([memberId, share]) => ({ memberId, memberAssignment: assigner.MemberAssignment.encode({ version: 0, assignment: { [this.topic.name]: share } }) }));
  }

  /** Returns when there is to be a rebalance; throws when membership is over, or may be. */
  async #beat(): Promise<void> {
    const { group, sessionTimeoutMs, lane } = this.options;
    const { signal } = this.#stop;
    let heardAt = performance.now();
    let failures = 0;
    while (!signal.aborted) {
      await pause(failures === 0 ? HEARTBEAT_MS : backoffMs(failures, BACKOFF), signal);
      if (signal.aborted) return;
      try {
        this.#coordinator ??= await this.client.coordinator(group);
        const sentAt = performance.now();
        const { errorCode } = await this.client.link(this.#coordinator, lane).call(API_KEY.heartbeat, kafka.requests.Heartbeat, { groupId: group, groupGenerationId: this.#generation, memberId: this.#memberId });
        if (errorCode === KAFKA.REBALANCE_IN_PROGRESS || this.#mustBeginAgain(errorCode)) return;
        mustSucceed(errorCode, `hear from a member of the group "${group}"`, this.client.place);
        heardAt = sentAt;
        failures = 0;
        this.trouble = null;
      } catch (error) {
        failures += 1;
        this.#note(error, failures);
        this.#coordinator = null;
        if (performance.now() - heardAt > sessionTimeoutMs) throw error;
        continue;
      }
      if (this.#isLeader && this.topic.partitions.length !== this.#assignedTotal) return;
    }
  }

  async #leave(): Promise<void> {
    const memberId = this.#memberId;
    if (memberId === '' || this.#coordinator === null) return;
    const left = this.client.link(this.#coordinator).call(API_KEY.leaveGroup, kafka.requests.LeaveGroup, { groupId: this.options.group, memberId });
    await settledWithin(
      LEAVE_PATIENCE_MS,
      left.catch((error: unknown) => this.logger.debug('kafka_group_not_left', { group: this.options.group, reason: messageOf(error) })), // it expires
    );
  }
}

function heldBefore(memberMetadata: Buffer): readonly number[] {
  const { userData } = assigner.MemberMetadata.decode(memberMetadata);
  const held: unknown = userData === null || userData.length === 0 ? [] : JSON.parse(userData.toString());
  return Array.isArray(held) ? held.filter((partition) => typeof partition === 'number') : [];
}
