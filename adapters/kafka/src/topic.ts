import { CaveError, sleep, type Logger } from '@cave/core';
import kafka from 'kafkajs/src/protocol/requests/index.js';
import { API_KEY, type KafkaClient } from './client.js';
import { brokerError, codeText, KAFKA, mustSucceed } from './errors.js';
import type { TopicMetadata } from './protocol.js';

const TOPIC_RESOURCE = 2;
const CREATE_TIMEOUT_MS = 10_000;
const SETTLE_MS = 15_000;
const LOOK_AGAIN_MS = 50;
const INVALID_REPLICATION_FACTOR = 38;
const CHECKED = ['cleanup.policy', 'retention.ms', 'retention.bytes', 'max.message.bytes', 'min.insync.replicas', 'flush.messages', 'unclean.leader.election.enable'] as const;

/** What a topic is to be. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** 0: as many as there are brokers, at most 3. */
  readonly replicationFactor: number;
  readonly retentionMs: number;
  /** Largest batch of records that it must take. */
  readonly maxMessageBytes: number;
  /** Which option says how long; for messages. */
  readonly retentionOption: string;
}

/** A topic as the brokers last told it: its id and who leads which partition. */
export class TopicView {
  #leaders: ReadonlyMap<number, number> = new Map();
  #id: string | null = null;
  #refreshing: Promise<void> | null = null;

  constructor(private readonly client: KafkaClient, readonly name: string) {}

  /** Its incarnation: minted by Kafka when the topic was made. */
  get id(): string {
    if (this.#id === null) throw new CaveError('internal', `The topic "${this.name}" was used before it was looked up.`);
    return this.#id;
  }

  get partitions(): readonly number[] {
    return [...this.#leaders.keys()];
  }

  /** -1 when nobody leads it now. */
  leader(partition: number): number {
    return this.#leaders.get(partition) ?? -1;
  }

  /** Looks again; callers at the same time share one look. */
  refresh(lane?: string): Promise<void> {
    if (lane !== undefined) return this.#look(lane);
    this.#refreshing ??= this.#look().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #look(lane?: string): Promise<void> {
    const { topics } = await this.client.metadata([this.name], lane);
    const topic = topics[0];
    if (topic === undefined || topic.errorCode === KAFKA.UNKNOWN_TOPIC_OR_PARTITION) {
      throw new CaveError('unavailable', `Kafka at ${this.client.place} has no topic "${this.name}"; it was there at the start and is made again by the next start.`);
    }
    mustSucceed(topic.errorCode === KAFKA.LEADER_NOT_AVAILABLE ? KAFKA.NONE : topic.errorCode, `describe the topic "${this.name}"`, this.client.place);
    this.take(topic);
  }

  take(topic: TopicMetadata): void {
    if (topic.id === null) {
      throw new CaveError('configuration', `Kafka at ${this.client.place} gives the topic "${this.name}" no id, without which a topic made anew cannot be told from the one before; raise the cluster's metadata version to 3.1 or later.`);
    }
    this.#id = topic.id;
    this.#leaders = new Map(topic.partitions.map(({ partition, leader }) => [partition, leader]));
  }
}

/**
 * Makes the topic when it is missing, and throws `configuration` for one that would lose
 * records or not take them. The signal ends the waiting.
 */
export async function ensureTopic(client: KafkaClient, view: TopicView, spec: TopicSpec, logger: Logger, signal: AbortSignal): Promise<void> {
  let topic = await lookUp(client, spec.name);
  if (topic === null && (await create(client, spec))) logger.info('kafka_topic_created', { topic: spec.name, partitions: spec.partitions });
  const end = performance.now() + SETTLE_MS;
  while (topic === null || topic.partitions.length === 0 || topic.partitions.some(({ leader }) => leader < 0)) {
    if (performance.now() > end) throw new CaveError('unavailable', `The topic "${spec.name}" of Kafka at ${client.place} has partitions that no broker leads.`);
    await sleep(LOOK_AGAIN_MS, signal);
    topic = await lookUp(client, spec.name);
  }
  view.take(topic);
  const count = topic.partitions.length;
  refuse(client, spec, count < spec.partitions, `has ${count} partition(s), and the option "partitions" asks for ${spec.partitions}`, `add partitions to the topic, or set partitions to ${count}`);
  await checkConfiguration(client, spec, logger);
}

async function lookUp(client: KafkaClient, name: string): Promise<TopicMetadata | null> {
  const { topics } = await client.metadata([name]);
  const topic = topics[0];
  if (topic === undefined || topic.errorCode === KAFKA.UNKNOWN_TOPIC_OR_PARTITION) return null;
  if (topic.errorCode !== KAFKA.NONE && topic.errorCode !== KAFKA.LEADER_NOT_AVAILABLE) throw brokerError(topic.errorCode, `describe the topic "${name}"`, client.place);
  return topic;
}

/** False when somebody else was faster. */
async function create(client: KafkaClient, spec: TopicSpec): Promise<boolean> {
  const replicationFactor = spec.replicationFactor === 0 ? Math.min(3, client.brokerCount) : spec.replicationFactor;
  const configEntries = [
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'retention.ms', value: String(spec.retentionMs) },
    { name: 'max.message.bytes', value: String(spec.maxMessageBytes) },
    // What is acknowledged is held by two brokers, or on the disk of one.
    ...(replicationFactor >= 3 ? [{ name: 'min.insync.replicas', value: '2' }] : [{ name: 'min.insync.replicas', value: '1' }, { name: 'flush.messages', value: '1' }]),
  ];
  const { topicErrors } = await client.controller().call(API_KEY.createTopics, kafka.requests.CreateTopics, {
    topics: [{ topic: spec.name, numPartitions: spec.partitions, replicationFactor, configEntries }],
    timeout: CREATE_TIMEOUT_MS,
    validateOnly: false,
  });
  const failed = topicErrors.find(({ errorCode }) => errorCode !== KAFKA.NONE);
  if (failed === undefined) return true;
  if (failed.errorCode === KAFKA.TOPIC_ALREADY_EXISTS) return false;
  const reason = failed.errorMessage ?? codeText(failed.errorCode);
  if (failed.errorCode === KAFKA.POLICY_VIOLATION || failed.errorCode === INVALID_REPLICATION_FACTOR) {
    throw new CaveError('configuration', `Kafka at ${client.place} does not make the topic "${spec.name}" with ${replicationFactor} replica(s) (${reason}); correct replication-factor, or make the topic yourself.`);
  }
  throw brokerError(failed.errorCode, `make the topic "${spec.name}"`, client.place);
}

async function checkConfiguration(client: KafkaClient, spec: TopicSpec, logger: Logger): Promise<void> {
  const { resources } = await client.callAny(API_KEY.describeConfigs, kafka.requests.DescribeConfigs, {
    resources: [{ type: TOPIC_RESOURCE, name: spec.name, configNames: CHECKED }],
    includeSynonyms: false,
  });
  const resource = resources[0];
  if (resource === undefined || resource.errorCode !== KAFKA.NONE) {
    // A user who may not look at settings may still use the topic.
    logger.warn('kafka_topic_not_checked', { topic: spec.name, reason: codeText(resource?.errorCode ?? -1) });
    return;
  }
  const value = (name: (typeof CHECKED)[number]): string => resource.configEntries.find((entry) => entry.configName === name)?.configValue ?? '';
  refuse(client, spec, value('cleanup.policy') !== 'delete', `has cleanup.policy=${value('cleanup.policy')}, which drops all records of a key but the newest`, 'set cleanup.policy=delete');
  const retention = Number(value('retention.ms'));
  refuse(client, spec, retention >= 0 && retention < spec.retentionMs, `keeps records for ${retention} ms, and the option "${spec.retentionOption}" asks for ${spec.retentionMs} ms`, `raise its retention.ms, or lower ${spec.retentionOption}`);
  const bytes = Number(value('max.message.bytes'));
  refuse(client, spec, bytes < spec.maxMessageBytes, `takes messages of ${bytes} bytes, and the largest here have ${spec.maxMessageBytes}`, `set max.message.bytes=${spec.maxMessageBytes}`);
  const isDurable = Number(value('min.insync.replicas')) >= 2 || value('flush.messages') === '1';
  refuse(client, spec, value('unclean.leader.election.enable') === 'true', 'may be led by a broker that lacks acknowledged records', 'set unclean.leader.election.enable=false');
  if (Number(value('retention.bytes')) >= 0) logger.warn('kafka_topic_bounded', { topic: spec.name, message: `Its retention.bytes=${value('retention.bytes')} may delete records before ${spec.retentionOption} is over.` });
  refuse(client, spec, !isDurable, 'acknowledges a record that a single broker has and has not flushed', 'set min.insync.replicas=2 where it has three replicas or more, else flush.messages=1');
}

function refuse(client: KafkaClient, spec: TopicSpec, isWrong: boolean, what: string, remedy: string): void {
  if (isWrong) throw new CaveError('configuration', `The topic "${spec.name}" of Kafka at ${client.place} ${what}; ${remedy}.`);
}
