import { PublishCommand, SetSubscriptionAttributesCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, ListQueueTagsCommand } from '@aws-sdk/client-sqs';
import { eventually, failsWith, testContext } from '@cave/conformance';
import type { BusMessage, ConfigBus } from '@cave/core';
import { awsError, describeOnServer, type AwsGateway } from '@cave/test-servers';
import { expect } from 'chai';
import configBus from '../src/config-bus.js';
import type { SnsConfigBusOptions } from '../src/config-bus-options.js';
import { Aws, busOptions, gatewayTo, queueArn, topicArn } from './support/config-bus.js';
import { Complaints, Listener } from './support/listener.js';

const PATIENCE_MS = 15_000;
const BEAT_MS = 150;

const change = (version: number): BusMessage => ({ key: 'alert:1', version, body: Buffer.from('b') });
const nameOf = (url: string | undefined): string => url?.split('/').at(-1) ?? '';

describeOnServer('sns-sqs', 'SNS config bus: what it has at AWS', (server) => {
  let aws: Aws;
  let gateway: AwsGateway;
  let complaints: Complaints;
  const opened: ConfigBus[] = [];
  before(async () => {
    aws = new Aws(server());
    gateway = await gatewayTo(server());
  });
  beforeEach(() => (complaints = new Complaints()));
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  });
  after(async () => {
    aws.close();
    await gateway.close();
  });
  const open = async (place: string, changes: Partial<SnsConfigBusOptions> = {}): Promise<ConfigBus> => {
    const bus = configBus.create(busOptions(gateway.url, place, changes), { ...testContext(), logger: complaints });
    opened.push(bus);
    await bus.start();
    return bus;
  };
  const arrives = (listener: Listener, version: number): Promise<unknown> => eventually(`${version} arrives`, PATIENCE_MS, () => listener.has(version));

  it('only SNS, and only for this topic, may send to a queue, which keeps changes for an hour', async () => {
    const bus = await open('policy');
    await bus.subscribe(new Listener());
    const [url] = await aws.queues('policy-');
    const { Attributes } = await aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    expect(JSON.parse(Attributes?.['Policy'] ?? 'null')).to.deep.equal({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'OnlyTheTopicSends',
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: queueArn(nameOf(url)),
          Condition: { ArnEquals: { 'aws:SourceArn': topicArn('policy') } },
        },
      ],
    });
    expect(Attributes?.['MessageRetentionPeriod']).to.equal('3600');
  });

  it('tags say whose a queue is from the moment it is there, and its subscription once there is one', async () => {
    const bus = await open('tags');
    const from = gateway.calls.length;
    await bus.subscribe(new Listener());
    const created = gateway.calls.slice(from).find(({ action }) => action === 'CreateQueue');
    expect(created?.input['tags']).to.deep.equal({ 'cave-topic': 'tags', 'cave-heartbeat': '0', 'cave-heartbeat-ms': '30000' });
    const [url] = await aws.queues('tags-');
    const { Tags } = await aws.sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
    const [subscription] = await aws.subscriptions('tags');
    expect(Tags).to.deep.equal({ 'cave-topic': 'tags', 'cave-heartbeat': '1', 'cave-heartbeat-ms': '30000', 'cave-subscription': subscription?.SubscriptionArn });
  });

  it('changes are understood raw and as SNS wraps them, and switching that by hand is no gap', async () => {
    const bus = await open('raw', { 'heartbeat-ms': BEAT_MS });
    const listener = new Listener();
    await bus.subscribe(listener);
    await bus.publish([change(1)]);
    await arrives(listener, 1);
    const [subscription] = await aws.subscriptions('raw');
    await aws.sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn: subscription?.SubscriptionArn, AttributeName: 'RawMessageDelivery', AttributeValue: 'false' }));
    const from = gateway.calls.length;
    await bus.publish([change(2)]);
    await arrives(listener, 2);
    await eventually('the subscription is made sure of', PATIENCE_MS, () => gateway.calls.slice(from).filter(({ action }) => action === 'Subscribe').length > 1);
    expect(listener.resyncs).to.deep.equal([]);
    expect((await bus.health()).healthy).to.equal(true);
    expect(await aws.subscriptions('raw')).to.have.length(1);
  });

  it('unsubscribing leaves no queue and no subscription, and removes the subscription first', async () => {
    const bus = await open('left');
    const subscription = await bus.subscribe(new Listener());
    const from = gateway.calls.length;
    await subscription.unsubscribe();
    expect(await aws.queues('left-')).to.deep.equal([]);
    expect(await aws.subscriptions('left')).to.deep.equal([]);
    const removals = gateway.calls.slice(from).map(({ action }) => action).filter((action) => /^(Unsubscribe|Delete)/.test(action));
    expect(removals).to.deep.equal(['Unsubscribe', 'DeleteQueue']);
    expect(complaints.events).to.deep.equal([]);
  });

  it('a subscribe that is aborted settles at once and leaves nothing', async () => {
    const bus = await open('aborted');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const stop = gateway.handle(async ({ action }, pass) => {
      if (action === 'SetQueueAttributes') await held;
      return pass();
    });
    const control = new AbortController();
    const subscribing = bus.subscribe(new Listener(), control.signal);
    await eventually('the queue is there', PATIENCE_MS, async () => (await aws.queues('aborted-')).length > 0);
    control.abort();
    await failsWith('aborted', 'subscribe', () => subscribing);
    release();
    await eventually('nothing is left', PATIENCE_MS, async () => (await aws.queues('aborted-')).length + (await aws.subscriptions('aborted')).length === 0);
    stop();
  });

  it('a queue that cannot be set up is removed again, and the missing right is named', async () => {
    const bus = await open('denied');
    const stop = gateway.handle((call, pass) => (call.action === 'Subscribe' ? Promise.resolve(awsError(call, 'AuthorizationError', 403)) : pass()));
    const error = await failsWith('forbidden', 'subscribe', () => bus.subscribe(new Listener()));
    expect(error.message).to.contain('Subscribe');
    stop();
    expect(await aws.queues('denied-')).to.deep.equal([]);
  });

  it('a subscribe whose answer got lost fails, and what it made is found and removed', async () => {
    const bus = await open('unheard');
    let losses = 1;
    const stop = gateway.handle(async ({ action }, pass) => {
      const answer = await pass();
      return action === 'Subscribe' && losses-- > 0 ? null : answer;
    });
    await failsWith('unavailable', 'subscribe', () => bus.subscribe(new Listener()));
    stop();
    expect(await aws.queues('unheard-')).to.deep.equal([]);
    expect(await aws.subscriptions('unheard')).to.deep.equal([]);
  });

  it('a new queue is waited for until SQS knows it everywhere', async () => {
    const bus = await open('fresh');
    let refusals = 2;
    const stop = gateway.handle((call, pass) => (call.action === 'GetQueueAttributes' && refusals-- > 0 ? Promise.resolve(awsError(call, 'QueueDoesNotExist')) : pass()));
    const listener = new Listener();
    await bus.subscribe(listener);
    stop();
    await bus.publish([change(1)]);
    await arrives(listener, 1);
    expect(await aws.queues('fresh-')).to.have.length(1);
  });

  it('a subscriber reloads once when AWS must have heard of its queue everywhere', async () => {
    const bus = await open('settling', { 'settle-ms': 200 });
    const listener = new Listener();
    await bus.subscribe(listener);
    await eventually('it is told to resync', PATIENCE_MS, () => listener.resyncs.length > 0);
    expect(listener.resyncs).to.deep.equal(['The queue is new: what AWS could not deliver to it at first is made up for.']);
  });

  it('a message that is no change of CAVE is passed over, and told of', async () => {
    const bus = await open('garbage');
    const listener = new Listener();
    await bus.subscribe(listener);
    await aws.sns.send(new PublishCommand({ TopicArn: topicArn('garbage'), Message: 'no change' }));
    await bus.publish([change(1)]);
    await arrives(listener, 1);
    await eventually('it is told of', PATIENCE_MS, () => complaints.events.includes('config_bus_message_unreadable'));
    const [url] = await aws.queues('garbage-');
    await eventually('it is removed', PATIENCE_MS, async () => {
      const { Attributes } = await aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
      return Attributes?.['ApproximateNumberOfMessages'] === '0' && Attributes['ApproximateNumberOfMessagesNotVisible'] === '0';
    });
  });
});
