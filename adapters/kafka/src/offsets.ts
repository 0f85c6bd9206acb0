import { CaveError } from '@cave/core';
import kafka from 'kafkajs/src/protocol/requests/index.js';
import { API_KEY, type KafkaClient } from './client.js';
import { mustSucceed } from './errors.js';
import type { TopicView } from './topic.js';

export type Offsets = ReadonlyMap<number, bigint>;

const CLIENT = -1;
const TIMESTAMP = { earliest: '-2', latest: '-1' } as const;
const NO_OFFSET = -1n;

/**
 * Offset of the oldest record (`earliest`), or of the next one to be appended (`latest`), in each
 * partition. A leader that took office just now answers only once it knows the true end (KIP-207).
 */
export async function boundaries(client: KafkaClient, topic: TopicView, partitions: readonly number[], which: keyof typeof TIMESTAMP, lane?: string): Promise<Offsets> {
  return client.patiently(async () => {
    const byLeader = new Map<number, number[]>();
    for (const partition of partitions) {
      const leader = topic.leader(partition);
      const list = byLeader.get(leader);
      if (list === undefined) byLeader.set(leader, [partition]);
      else list.push(partition);
    }
    const found = await Promise.all([...byLeader].map(([leader, list]) => ask(client, topic, leader, list, which, lane)));
    return new Map(found.flat());
  });
}

async function ask(client: KafkaClient, topic: TopicView, leader: number, partitions: readonly number[], which: keyof typeof TIMESTAMP, lane?: string): Promise<[number, bigint][]> {
  const link = client.broker(leader, lane);
  const { responses } = await link.call(API_KEY.listOffsets, kafka.requests.ListOffsets, {
    replicaId: CLIENT,
    isolationLevel: 0,
    topics: [{ topic: topic.name, partitions: partitions.map((partition) => ({ partition, timestamp: TIMESTAMP[which] })) }],
  });
  const answers = responses.flatMap((response) => response.partitions);
  const failed = answers.find(({ errorCode }) => errorCode !== 0);
  if (failed !== undefined) {
    await topic.refresh();
    mustSucceed(failed.errorCode, `tell the offsets of partition ${failed.partition} of the topic "${topic.name}"`, link.place);
  }
  return answers.map(({ partition, offset }) => [partition, BigInt(offset)]);
}

/** The group's checkpoint in each partition that has one in this incarnation of the topic: the next offset to be read. */
export async function checkpoints(client: KafkaClient, topic: TopicView, group: string, partitions: readonly number[]): Promise<Offsets> {
  const incarnation = topic.id;
  const what = `tell the checkpoints of the group "${group}"`;
  const answers = await client.patiently(async () => {
    const coordinator = await client.coordinator(group);
    const { errorCode = 0, responses } = await client.link(coordinator).call(API_KEY.offsetFetch, kafka.requests.OffsetFetch, {
      groupId: group,
      topics: [{ topic: topic.name, partitions: partitions.map((partition) => ({ partition })) }],
    });
    mustSucceed(errorCode, what, client.place);
    return responses.flatMap((response) => response.partitions);
  });
  const found = new Map<number, bigint>();
  for (const { partition, offset, metadata, errorCode } of answers) {
    mustSucceed(errorCode, what, client.place);
    // Whoever commits without an incarnation is a tool of Kafka, by which an operator moves the group.
    const isHere = metadata === incarnation || metadata === null || metadata === '';
    if (BigInt(offset) !== NO_OFFSET && isHere) found.set(partition, BigInt(offset));
  }
  return found;
}

/** The value that must be there because it was asked for. */
export function offsetOf(offsets: Offsets, partition: number): bigint {
  const offset = offsets.get(partition);
  if (offset === undefined) throw new CaveError('unavailable', `Kafka did not tell the offset of partition ${partition}.`);
  return offset;
}
