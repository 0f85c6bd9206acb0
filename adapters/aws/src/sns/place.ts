import { SubscribeCommand, UnsubscribeCommand, type SNSClient } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { CaveError, errorCode, pause } from '@cave/core';
import { newQueueName, queueNameOf, queuePolicy, tagsOf } from './queue-facts.js';
import type { BusTopic } from './topic.js';
import { toAwsError } from '../errors.js';

/** How long a queue keeps a change. An instance that has been away for longer reloads everything. */
export const RETENTION_SECONDS = 3_600;
const MOST_MESSAGES = 10;
/** A new queue can be used "at least one second after" it was created (SQS API Reference, CreateQueue). */
const USABLE_WITHIN_MS = 10_000;
const USABLE_POLL_MS = 500;
const TOPIC_MISSING = 'topic_missing';

export interface BusClients {
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  /** For requests that SQS holds until there is a message. */
  readonly polls: SQSClient;
}

export interface PlaceSettings {
  readonly prefix: string;
  readonly instanceId: string;
  readonly heartbeatMs: number;
  /** Names of this instance's queues, from before they are there until they are given up. */
  readonly own: Set<string>;
}

/** What one subscriber has at AWS: a queue, and the queue's subscription to the topic. */
export class BusPlace {
  #heartbeat = 0;

  private constructor(
    private readonly clients: BusClients,
    private readonly topic: BusTopic,
    private readonly settings: PlaceSettings,
    readonly url: string,
    readonly queueArn: string,
    private subscriptionArn: string,
  ) {}

  /** Live when it resolves, but for what AWS takes to hear of it everywhere. When it rejects, nothing is left behind as far as AWS can be told so. */
  static async take(clients: BusClients, topic: BusTopic, settings: PlaceSettings, signal: AbortSignal): Promise<BusPlace> {
    const name = newQueueName(settings.prefix, settings.instanceId);
    settings.own.add(name);
    let url: string | null = null;
    let mayBeSubscribed = false;
    try {
      url = await createQueue(clients.sqs, name, tagsOf({ topic: topic.name, heartbeat: 0, periodMs: settings.heartbeatMs, subscriptionArn: null }), signal);
      const queueArn = await usableQueueArn(clients.sqs, url, signal);
      const topicArn = await topic.arn(queueArn, signal);
      const Policy = queuePolicy(queueArn, topicArn);
      await told(`SQS SetQueueAttributes on "${name}"`, clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }), { abortSignal: signal }));
      mayBeSubscribed = true;
      const place = new BusPlace(clients, topic, settings, url, queueArn, await subscribe(clients.sns, topic, queueArn, signal));
      await place.renew(signal);
      return place;
    } catch (error) {
      // Who may not subscribe has not subscribed.
      const removing = url === null ? null : mayBeSubscribed && errorCode(error) !== 'forbidden' ? removeFromAws(clients, topic, url, null, signal) : removeQueue(clients.sqs, url, signal);
      await removing?.catch(() => undefined); // its marks never count up, so that others remove it
      settings.own.delete(name);
      throw error;
    }
  }

  get name(): string {
    return queueNameOf(this.url);
  }

  /** Up to ten messages, as soon as there is one; none when `waitSeconds` are over. `not_found` when the queue is gone. */
  async receive(waitSeconds: number, signal: AbortSignal): Promise<readonly Message[]> {
    const request = new ReceiveMessageCommand({ QueueUrl: this.url, MaxNumberOfMessages: MOST_MESSAGES, WaitTimeSeconds: waitSeconds });
    const { Messages = [] } = await told(`SQS ReceiveMessage on "${this.name}"`, this.clients.polls.send(request, { abortSignal: signal }));
    return Messages;
  }

  /** What is not deleted comes again, which a subscriber bears. */
  async discard(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await told(`SQS DeleteMessageBatch on "${this.name}"`, this.clients.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries }), { abortSignal: signal }));
  }

  /** Says to the other instances that this one lives, and what its subscription is. */
  async renew(signal: AbortSignal): Promise<void> {
    const Tags = tagsOf({ topic: this.topic.name, heartbeat: ++this.#heartbeat, periodMs: this.settings.heartbeatMs, subscriptionArn: this.subscriptionArn });
    await told(`SQS TagQueue on "${this.name}"`, this.clients.sqs.send(new TagQueueCommand({ QueueUrl: this.url, Tags }), { abortSignal: signal }));
  }

  /**
   * True when the subscription had gone; there is one again. Subscribing is the question: AWS
   * answers the subscription that is there, or makes one. It needs no further right, and unlike
   * GetSubscriptionAttributes its answer does not lag behind.
   */
  async resubscribe(signal: AbortSignal): Promise<boolean> {
    try {
      const arn = await subscribe(this.clients.sns, this.topic, this.queueArn, signal);
      const wasGone = arn !== this.subscriptionArn;
      this.subscriptionArn = arn;
      return wasGone;
    } catch (error) {
      // The same request was good before: the subscription is there, and somebody has changed its attributes.
      if (errorCode(error) === 'invalid_argument') return false;
      throw error;
    }
  }

  /** A cheap question about the queue. */
  async look(signal: AbortSignal): Promise<void> {
    await readQueueArn(this.clients.sqs, this.url, signal);
  }

  /** What cannot be removed is from now on looked at like the queue of another instance. */
  async remove(signal: AbortSignal): Promise<void> {
    try {
      await removeFromAws(this.clients, this.topic, this.url, this.subscriptionArn, signal);
    } finally {
      this.settings.own.delete(this.name);
    }
  }
}

/**
 * The subscription first: as long as the queue is there, its tags say to others what is left to
 * remove. Without a known subscription (its owner died too early) AWS is asked for the queue's.
 */
export async function removeFromAws({ sns, sqs }: BusClients, topic: BusTopic, url: string, subscriptionArn: string | null, signal: AbortSignal): Promise<void> {
  const name = queueNameOf(url);
  await unlessGone(async () => {
    const SubscriptionArn = subscriptionArn ?? (await subscribe(sns, topic, await readQueueArn(sqs, url, signal), signal));
    await told(`SNS Unsubscribe of "${name}"`, sns.send(new UnsubscribeCommand({ SubscriptionArn }), { abortSignal: signal }));
  });
  await removeQueue(sqs, url, signal);
}

async function removeQueue(sqs: SQSClient, url: string, signal: AbortSignal): Promise<void> {
  await unlessGone(() => told(`SQS DeleteQueue "${queueNameOf(url)}"`, sqs.send(new DeleteQueueCommand({ QueueUrl: url }), { abortSignal: signal })));
}

async function createQueue(sqs: SQSClient, name: string, tags: Record<string, string>, signal: AbortSignal): Promise<string> {
  const request = new CreateQueueCommand({ QueueName: name, Attributes: { MessageRetentionPeriod: String(RETENTION_SECONDS) }, tags });
  const { QueueUrl } = await told(`SQS CreateQueue "${name}"`, sqs.send(request, { abortSignal: signal }));
  if (QueueUrl === undefined) throw new CaveError('unavailable', `SQS answered CreateQueue "${name}" without a URL.`);
  return QueueUrl;
}

async function usableQueueArn(sqs: SQSClient, url: string, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + USABLE_WITHIN_MS;
  for (;;) {
    try {
      return await readQueueArn(sqs, url, signal);
    } catch (error) {
      if (errorCode(error) !== 'not_found' || performance.now() > deadline) throw error;
      await pause(USABLE_POLL_MS, signal);
    }
  }
}

async function readQueueArn(sqs: SQSClient, url: string, signal: AbortSignal): Promise<string> {
  const what = `SQS GetQueueAttributes of "${queueNameOf(url)}"`;
  const { Attributes } = await told(what, sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }), { abortSignal: signal }));
  const arn = Attributes?.['QueueArn'];
  if (arn === undefined) throw new CaveError('unavailable', `${what} was answered without an ARN.`);
  return arn;
}

async function subscribe(sns: SNSClient, topic: BusTopic, queueArn: string, signal: AbortSignal): Promise<string> {
  const what = `SNS Subscribe to "${topic.name}"`;
  const request = new SubscribeCommand({ TopicArn: await topic.arn(queueArn, signal), Protocol: 'sqs', Endpoint: queueArn, Attributes: { RawMessageDelivery: 'true' }, ReturnSubscriptionArn: true });
  try {
    const { SubscriptionArn } = await told(what, sns.send(request, { abortSignal: signal }));
    if (SubscriptionArn === undefined) throw new CaveError('unavailable', `${what} was answered without an ARN.`);
    return SubscriptionArn;
  } catch (error) {
    if (errorCode(error) !== 'not_found') throw error;
    topic.forget();
    throw new CaveError('unavailable', `The SNS topic "${topic.name}" is not there: the api makes it when it starts.`, { cause: error, reason: TOPIC_MISSING });
  }
}

/** All of these calls may be repeated without a difference, so that a lost answer leaves nothing unknown. */
async function told<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw toAwsError(error, what, 'reads');
  }
}

async function unlessGone(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (errorCode(error) !== 'not_found' && !(error instanceof CaveError && error.reason === TOPIC_MISSING)) throw error;
  }
}
