import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { eventually, failsWith, testContext } from '@cave/conformance';
import type { BusMessage, ConfigBus } from '@cave/core';
import { describeOnServer, type AwsGateway } from '@cave/test-servers';
import { expect } from 'chai';
import configBus from '../src/config-bus.js';
import type { SnsConfigBusOptions } from '../src/config-bus-options.js';
import { Aws, busOptions, gatewayTo, topicArn } from './support/config-bus.js';
import { Listener } from './support/listener.js';

const PATIENCE_MS = 15_000;
const BEAT_MS = 150;

const change = (version: number): BusMessage => ({ key: 'alert:1', version, body: Buffer.from('b') });

describeOnServer('sns-sqs', 'SNS config bus: who does what, and where', (server) => {
  let aws: Aws;
  let gateway: AwsGateway;
  const opened: ConfigBus[] = [];
  before(async () => {
    aws = new Aws(server());
    gateway = await gatewayTo(server());
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  });
  after(async () => {
    aws.close();
    await gateway.close();
  });
  const create = (place: string, changes: Partial<SnsConfigBusOptions> = {}, service = 'api'): ConfigBus => {
    const bus = configBus.create(busOptions(gateway.url, place, changes), { ...testContext(), service });
    opened.push(bus);
    return bus;
  };
  const open = async (...given: Parameters<typeof create>): Promise<ConfigBus> => {
    const bus = create(...given);
    await bus.start();
    return bus;
  };
  const arrives = (listener: Listener, version: number): Promise<unknown> => eventually(`${version} arrives`, PATIENCE_MS, () => listener.has(version));
  /** What AWS was asked for since call number `from`. */
  const actions = (from: number): string[] => [...new Set(gateway.calls.slice(from).map(({ service, action }) => `${service}:${action}`))].sort();

  it('the scheduler makes no topic: its start says that there is none, leaves nothing, and can be repeated', async () => {
    const scheduler = create('roles', {}, 'scheduler');
    const from = gateway.calls.length;
    const error = await failsWith('unavailable', 'start', () => scheduler.start());
    expect(error.message).to.equal('The SNS topic "roles" is not there: the api makes it when it starts.');
    expect(await aws.queues('roles-')).to.deep.equal([]);
    expect(actions(from)).to.not.include('sns:CreateTopic');
    const api = await open('roles');
    await scheduler.start();
    const listener = new Listener();
    await scheduler.subscribe(listener);
    expect(await aws.queues('roles-')).to.have.length(1);
    await api.publish([change(1)]);
    await arrives(listener, 1);
    expect((await scheduler.health()).healthy).to.equal(true);
  });

  it('a subscriber and a publisher need these rights and no others', async () => {
    const api = await open('rights');
    let from = gateway.calls.length;
    const scheduler = await open('rights', { 'heartbeat-ms': BEAT_MS }, 'scheduler');
    await aws.sqs.send(new CreateQueueCommand({ QueueName: 'rights-of-others' }));
    const listener = new Listener();
    const subscription = await scheduler.subscribe(listener);
    await api.publish([change(1)]);
    await arrives(listener, 1);
    await eventually('it looks for queues of others', PATIENCE_MS, () => actions(from).includes('sqs:ListQueueTags'));
    await subscription.unsubscribe();
    await scheduler.close();
    const published = ['sns:PublishBatch'];
    expect(actions(from).filter((action) => !published.includes(action))).to.deep.equal([
      'sns:Subscribe',
      'sns:Unsubscribe',
      'sqs:CreateQueue',
      'sqs:DeleteMessageBatch',
      'sqs:DeleteQueue',
      'sqs:GetQueueAttributes',
      'sqs:ListQueueTags',
      'sqs:ListQueues',
      'sqs:ReceiveMessage',
      'sqs:SetQueueAttributes',
      'sqs:TagQueue',
    ]);
    from = gateway.calls.length;
    const publisher = await open('rights');
    await publisher.publish([change(2)]);
    await publisher.health();
    expect(actions(from)).to.deep.equal(['sns:CreateTopic', 'sns:PublishBatch']);
  });

  it('queues may be in another region than the topic, at another address', async () => {
    const regions = { 'queue-region': 'us-east-1', 'queue-endpoint': server().url };
    const api = await open('regions', regions);
    const from = gateway.calls.length;
    const scheduler = await open('regions', { ...regions, 'create-topic': 'no' });
    const listener = new Listener();
    await scheduler.subscribe(listener);
    await api.publish([change(1)]);
    await arrives(listener, 1);
    const [subscription] = await aws.subscriptions('regions');
    expect(subscription?.TopicArn).to.equal(topicArn('regions'));
    expect(subscription?.Endpoint).to.match(/^arn:aws:sqs:us-east-1:/);
    expect(new Set(gateway.calls.slice(from).map(({ service }) => service))).to.deep.equal(new Set(['sns']));
  });
});
