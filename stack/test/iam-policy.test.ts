import type { AwsCall, AwsService } from '@cave/test-servers';
import { expect } from 'chai';
import { permissionsOf } from './support/iam/permissions.js';
import { compare, tooWide, type Policy } from './support/iam/policy.js';

const ACCOUNT = 'eu-west-1:000000000000';
const QUEUE = `arn:aws:sqs:${ACCOUNT}:alarm-schedule`;

const call = (service: AwsService, action: string, input: AwsCall['input']): AwsCall => ({ service, action, accessKey: 'worker', input });
const asked = (...calls: AwsCall[]): readonly string[] => (permissionsOf(calls).get('worker') ?? []).map(({ action, resource }) => `${action} ${resource}`);
const allowing = (action: string, resource: string): Policy => ({ Version: '2012-10-17', Statement: [{ Sid: 'One', Effect: 'Allow', Action: [action], Resource: [resource] }] });

describe('what IAM is asked about a call', () => {
  it('is the action that covers the operation, on the resource that the call names', () => {
    const QueueUrl = 'http://127.0.0.1:4566/000000000000/alarm-schedule';
    expect(asked(call('sqs', 'SendMessageBatch', { QueueUrl }))).to.deep.equal([`sqs:SendMessage ${QUEUE}`]);
    expect(asked(call('dynamodb', 'Query', { TableName: 'leases' }))).to.deep.equal([`dynamodb:Query arn:aws:dynamodb:${ACCOUNT}:table/leases`]);
    expect(asked(call('sqs', 'ListQueues', { QueueNamePrefix: 'a' }))).to.deep.equal(['sqs:ListQueues *']);
  });

  it('has a second action where a new resource is given tags', () => {
    expect(asked(call('sqs', 'CreateQueue', { QueueName: 'alarm-schedule', tags: { a: 'b' } }))).to.deep.equal([`sqs:CreateQueue ${QUEUE}`, `sqs:TagQueue ${QUEUE}`]);
  });

  it('is about the stream that an iterator came from', () => {
    const stream = `arn:aws:kinesis:${ACCOUNT}:stream/raw`;
    expect(asked(call('kinesis', 'GetShardIterator', { StreamName: 'raw' }), call('kinesis', 'GetRecords', { ShardIterator: 'AAA' }))).to.deep.equal([`kinesis:GetShardIterator ${stream}`, `kinesis:GetRecords ${stream}`]);
  });

  it('may be about a subscription or its topic', () => {
    const topic = `arn:aws:sns:${ACCOUNT}:changes`;
    expect(asked(call('sns', 'Unsubscribe', { SubscriptionArn: `${topic}:0b5f` }))).to.deep.equal([`sns:Unsubscribe ${topic}`, `sns:Unsubscribe ${topic}:*`]);
  });

  it('is not guessed where a call names nothing', () => {
    expect(() => asked(call('sqs', 'ReceiveMessage', {}))).to.throw('sqs:ReceiveMessage').with.property('message').that.includes('names no resource');
  });
});

describe('a policy beside what is needed', () => {
  const needed = [{ action: 'sqs:SendMessage', resource: QUEUE }];

  it('is exact, denies, or allows what nobody needs', () => {
    expect(compare(allowing('sqs:SendMessage', QUEUE), needed)).to.deep.equal({ denied: [], unused: [] });
    expect(compare(allowing('sqs:SendMessage', `arn:aws:sqs:${ACCOUNT}:alarm-*`), needed)).to.deep.equal({ denied: [], unused: [] });
    expect(compare(allowing('sqs:SendMessage', `${QUEUE}-dead`), needed)).to.deep.equal({ denied: [`sqs:SendMessage on ${QUEUE}`], unused: [`sqs:SendMessage on ${QUEUE}-dead`] });
    expect(compare(allowing('sqs:PurgeQueue', QUEUE), needed)).to.deep.equal({ denied: [`sqs:SendMessage on ${QUEUE}`], unused: [`sqs:PurgeQueue on ${QUEUE}`] });
  });

  it('is too wide where it names nothing', () => {
    for (const resource of ['*', `arn:aws:sqs:${ACCOUNT}:*`, 'arn:aws:sqs:*:000000000000:alarm-schedule', 'arn:aws:sqs:eu-west-1:*:alarm-schedule', `arn:aws:kinesis:${ACCOUNT}:stream/*`, `arn:aws:logs:${ACCOUNT}:log-group:*`]) {
      expect(tooWide(allowing('sqs:SendMessage', resource)), resource).to.have.length(1);
    }
    expect(tooWide(allowing('sqs:*', QUEUE))).to.have.length(1);
    expect(tooWide(allowing('sqs:ListQueues', QUEUE)), 'an action that knows no resource').to.have.length(1);
    expect(tooWide(allowing('sqs:ListQueues', '*'))).to.deep.equal([]);
    expect(tooWide(allowing('sqs:DeleteQueue', `arn:aws:sqs:${ACCOUNT}:configuration-changes-*`))).to.deep.equal([]);
  });
});
