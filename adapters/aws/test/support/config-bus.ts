import { ListSubscriptionsByTopicCommand, SNSClient, type Subscription } from '@aws-sdk/client-sns';
import { DeleteQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AwsGateway, type TestServer } from '@cave/test-servers';
import type { SnsConfigBusOptions } from '../../src/config-bus-options.js';

const REGION = 'eu-west-1';
const ACCOUNT = '000000000000'; // the emulator's
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

export const topicArn = (topic: string): string => `arn:aws:sns:${REGION}:${ACCOUNT}:${topic}`;
export const queueArn = (queue: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}`;

/** A topic, and a prefix of queues, both of this name. */
export function busOptions(url: string, place: string, changes: Partial<SnsConfigBusOptions> = {}): SnsConfigBusOptions {
  return {
    region: REGION,
    endpoint: url,
    'access-key': credentials.accessKeyId,
    'secret-key': credentials.secretAccessKey,
    'connection-timeout-ms': 2_000,
    'request-timeout-ms': 5_000,
    topic: place,
    'create-topic': 'auto',
    queue: place,
    'queue-region': '',
    'queue-endpoint': url,
    'long-poll-seconds': 20,
    'queue-length': 10_000,
    'heartbeat-ms': 30_000,
    'settle-ms': 60_000,
    ...changes,
  };
}

/** The emulator behind a gateway that notes each call and injects faults. */
export const gatewayTo = ({ url }: TestServer): Promise<AwsGateway> => AwsGateway.start({ sns: url, sqs: url });

/** Plain clients beside the adapter. */
export class Aws {
  readonly sns: SNSClient;
  readonly sqs: SQSClient;

  constructor({ url }: TestServer) {
    const settings = { region: REGION, endpoint: url, credentials };
    this.sns = new SNSClient(settings);
    this.sqs = new SQSClient(settings);
  }

  /** URLs of queues whose names begin so. */
  async queues(prefix: string): Promise<readonly string[]> {
    return (await this.sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix }))).QueueUrls ?? [];
  }

  async subscriptions(topic: string): Promise<readonly Subscription[]> {
    return (await this.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn(topic) }))).Subscriptions ?? [];
  }

  async removeQueues(prefix: string): Promise<void> {
    for (const QueueUrl of await this.queues(prefix)) await this.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  }

  close(): void {
    this.sns.destroy();
    this.sqs.destroy();
  }
}

/** Uses plain clients, and closes them. */
export async function withAws<T>(server: TestServer, use: (aws: Aws) => Promise<T>): Promise<T> {
  const aws = new Aws(server);
  try {
    return await use(aws);
  } finally {
    aws.close();
  }
}
