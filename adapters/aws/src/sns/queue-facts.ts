import { randomBytes } from 'node:crypto';

/*
 * What CAVE says of a subscriber's queue: its name, its policy, and the tags by which other
 * instances know whose it is and whether that one lives. Tags, because a queue can be given them
 * by the call that creates it: there is no moment in which it is nobody's.
 */

/** The topic it belongs to. A queue without it is not CAVE's, whatever its name. */
const TOPIC_TAG = 'cave-topic';
/** Counts up as long as the owner lives. A count, because clocks of two machines say nothing about each other. */
const HEARTBEAT_TAG = 'cave-heartbeat';
/** How often the owner means to count, in milliseconds. */
const PERIOD_TAG = 'cave-heartbeat-ms';
/** Kept here because finding it at the topic is slow and needs more rights. */
const SUBSCRIPTION_TAG = 'cave-subscription';

const INSTANCE_CHARACTERS = 24;
const RANDOM_BYTES = 6;
const POLICY_VERSION = '2012-10-17';

export interface QueueMarks {
  readonly topic: string;
  readonly heartbeat: number;
  readonly periodMs: number;
  /** Null until there is one. */
  readonly subscriptionArn: string | null;
}

export function tagsOf({ topic, heartbeat, periodMs, subscriptionArn }: QueueMarks): Record<string, string> {
  return { [TOPIC_TAG]: topic, [HEARTBEAT_TAG]: String(heartbeat), [PERIOD_TAG]: String(periodMs), ...(subscriptionArn !== null && { [SUBSCRIPTION_TAG]: subscriptionArn }) };
}

/** Null for a queue that is not CAVE's. */
export function marksOf(tags: Readonly<Record<string, string>>): QueueMarks | null {
  const { [TOPIC_TAG]: topic, [HEARTBEAT_TAG]: heartbeat, [PERIOD_TAG]: period } = tags;
  if (topic === undefined || heartbeat === undefined || !(Number(period) > 0)) return null;
  return { topic, heartbeat: Number(heartbeat), periodMs: Number(period), subscriptionArn: tags[SUBSCRIPTION_TAG] ?? null };
}

/** Names that begin so may be queues of CAVE. */
export const listedPrefix = (prefix: string): string => `${prefix}-`;

/**
 * A name that no queue has had: AWS refuses one that was deleted within the last minute. The
 * instance in it is for people; what makes it unique is the random part.
 */
export function newQueueName(prefix: string, instanceId: string): string {
  const instance = instanceId.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, INSTANCE_CHARACTERS);
  return `${listedPrefix(prefix)}${instance}-${randomBytes(RANDOM_BYTES).toString('hex')}`;
}

/** URLs end in the name. */
export const queueNameOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** Only SNS may send to the queue, and only for this topic. */
export function queuePolicy(queueArn: string, topicArn: string): string {
  return JSON.stringify({
    Version: POLICY_VERSION,
    Statement: [
      {
        Sid: 'OnlyTheTopicSends',
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
      },
    ],
  });
}
