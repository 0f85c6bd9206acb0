import { CreateTopicCommand, type SNSClient } from '@aws-sdk/client-sns';
import { CaveError } from '@cave/core';
import { toAwsError } from '../errors.js';

/**
 * The topic's ARN. Who publishes makes the topic: CreateTopic answers the ARN of one that is
 * there already. Who only subscribes may not, and needs no call and no right to know the ARN: it
 * differs from that of its queue in the service, the region and the name. Whether the topic is
 * there then shows at Subscribe.
 */
export class BusTopic {
  #arn: string | null = null;

  constructor(
    private readonly sns: SNSClient,
    readonly name: string,
    readonly makes: boolean,
  ) {}

  /** Makes sure of the topic where this process may. `queueArn`: any queue of the account, for who may not. */
  async arn(queueArn: string | null, signal?: AbortSignal): Promise<string> {
    this.#arn ??= this.makes ? await this.make(signal) : await this.#beside(queueArn);
    return this.#arn;
  }

  /** Repeating it changes nothing, so that a lost answer leaves nothing unknown. */
  async make(signal?: AbortSignal): Promise<string> {
    try {
      const { TopicArn } = await this.sns.send(new CreateTopicCommand({ Name: this.name }), { ...(signal && { abortSignal: signal }) });
      if (TopicArn === undefined) throw new CaveError('unavailable', `SNS answered CreateTopic "${this.name}" without an ARN.`);
      return TopicArn;
    } catch (error) {
      throw toAwsError(error, `SNS CreateTopic "${this.name}"`, 'reads');
    }
  }

  /** It is not there any more: the next who asks makes it again. */
  forget(): void {
    this.#arn = null;
  }

  async #beside(queueArn: string | null): Promise<string> {
    if (queueArn === null) throw new CaveError('internal', 'The ARN of the topic was asked for before there was a queue.');
    // arn:partition:sqs:region:account:name
    const [, partition = '', , , account = ''] = queueArn.split(':');
    return `arn:${partition}:sns:${await this.sns.config.region()}:${account}:${this.name}`;
  }
}
