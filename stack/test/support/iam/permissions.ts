import type { AwsCall, AwsService } from '@cave/test-servers';

/*
 * What IAM is asked about a call. Source for every rule here: AWS Service Authorization
 * Reference, "Actions, resources, and condition keys" for Amazon Kinesis Data Streams,
 * DynamoDB, SQS, SNS and CloudWatch Logs.
 */

/** What the placeholders of the policies stand for in these tests. */
export const ACCOUNT = { Partition: 'aws', Region: 'eu-west-1', Account: '000000000000' } as const;

export interface Permission {
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  /** ARN, or `*` for an action that has none. */
  readonly resource: string;
}

/** Operations that are allowed by the action of another name. */
const ACTION_OF: Readonly<Record<string, string>> = {
  'sqs:SendMessageBatch': 'sqs:SendMessage',
  'sqs:DeleteMessageBatch': 'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibilityBatch': 'sqs:ChangeMessageVisibility',
  'sns:PublishBatch': 'sns:Publish',
};

/** Actions that know no resource, and what they are about instead. */
export const WITHOUT_RESOURCE: Readonly<Record<string, string>> = {
  'kinesis:ListStreams': 'the streams of the account',
  'dynamodb:ListTables': 'the tables of the account',
  'sqs:ListQueues': 'the queues of the account, whose names may be asked for by their first letters',
  'sns:ListTopics': 'the topics of the account',
  'sns:ListSubscriptions': 'the subscriptions of the account',
};

/** Operations that need a second action where they are given tags, in `Tags` or `tags`. */
const TAGGING: Readonly<Record<string, string>> = {
  'kinesis:CreateStream': 'kinesis:AddTagsToStream',
  'dynamodb:CreateTable': 'dynamodb:TagResource',
  'sqs:CreateQueue': 'sqs:TagQueue',
  'sns:CreateTopic': 'sns:TagResource',
};

/** What IAM is asked about calls, in their order. */
export class Questions {
  /** By access key: a shard iterator and a token of a list stand for the stream that they came from. */
  readonly #streams = new Map<string, string>();

  /** All of them must be allowed. */
  about(call: AwsCall): readonly Permission[] {
    const named = streamOf(call);
    if (named !== undefined) this.#streams.set(call.accessKey, named);
    const operation = `${call.service}:${call.action}`;
    const action = ACTION_OF[operation] ?? operation;
    if (action in WITHOUT_RESOURCE) return [{ action, resource: '*' }];
    const isTagged = ['Tags', 'tags', 'Tags.member.1.Key'].some((name) => name in call.input);
    const actions = [action, ...(isTagged && TAGGING[operation] !== undefined ? [TAGGING[operation]] : [])];
    const resources = resourcesOf(call, this.#streams.get(call.accessKey));
    if (resources.length === 0) throw new Error(`${operation} was called with ${JSON.stringify(call.input).slice(0, 300)}, which names no resource that this test knows.`);
    return resources.flatMap((resource) => actions.map((one) => ({ action: one, resource: arn(call.service, resource) })));
  }
}

/** What each caller needs, by access key. */
export function permissionsOf(calls: readonly AwsCall[]): ReadonlyMap<string, readonly Permission[]> {
  const questions = new Questions();
  const byKey = new Map<string, Map<string, Permission>>();
  for (const call of calls) {
    const found = byKey.get(call.accessKey) ?? new Map<string, Permission>();
    byKey.set(call.accessKey, found);
    for (const permission of questions.about(call)) found.set(`${permission.action} ${permission.resource}`, permission);
  }
  return new Map([...byKey].map(([key, found]) => [key, [...found.values()]]));
}

function resourcesOf(call: AwsCall, stream: string | undefined): readonly string[] {
  const text = (name: string): string | undefined => (typeof call.input[name] === 'string' ? call.input[name] : undefined);
  switch (call.service) {
    case 'kinesis':
      return stream === undefined ? [] : [`stream/${stream}`];
    case 'dynamodb': {
      const tables = text('TableName') === undefined ? Object.keys((call.input['RequestItems'] ?? {})) : [text('TableName') ?? ''];
      return tables.map((table) => `table/${table}`);
    }
    case 'sqs':
      return [lastPart(text('QueueUrl') ?? text('QueueName') ?? '', '/')].filter((queue) => queue !== '');
    case 'sns': {
      const subscription = text('SubscriptionArn');
      // The reference names the topic; older editions named nothing, and the request has the
      // subscription's ARN, which begins with the topic's. Whichever is asked about is allowed.
      if (subscription !== undefined) return [topicOf(subscription), `${topicOf(subscription)}:*`];
      return [topicOf(text('TopicArn') ?? text('TargetArn') ?? `:::::${text('Name') ?? ''}`)].filter((topic) => topic !== '');
    }
    case 'logs':
      return [`log-group:${text('logGroupName') ?? ''}:log-stream:${text('logStreamName') ?? ''}`];
  }
}

function streamOf({ service, input }: AwsCall): string | undefined {
  if (service !== 'kinesis') return undefined;
  if (typeof input['StreamName'] === 'string') return input['StreamName'];
  return typeof input['StreamARN'] === 'string' ? lastPart(input['StreamARN'], '/') : undefined;
}

/** The sixth part of an ARN: of a subscription's too it is the topic. */
function topicOf(arnOrName: string): string {
  return arnOrName.split(':')[5] ?? '';
}

function lastPart(text: string, separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}

function arn(service: AwsService, resource: string): string {
  return `arn:${ACCOUNT.Partition}:${service}:${ACCOUNT.Region}:${ACCOUNT.Account}:${resource}`;
}
