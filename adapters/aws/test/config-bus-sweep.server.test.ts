import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import { eventually, spawnAdapter, systemClock, testContext, type RemoteProcess } from '@cave/conformance';
import type { BusMessage, Clock, ConfigBus } from '@cave/core';
import { awsError, describeOnServer, type AwsGateway } from '@cave/test-servers';
import { expect } from 'chai';
import { DEAD_AFTER_PERIODS } from '../src/sns/sweep.js';
import configBus from '../src/config-bus.js';
import type { SnsConfigBusOptions } from '../src/config-bus-options.js';
import { Aws, busOptions, gatewayTo, topicArn } from './support/config-bus.js';
import { Listener } from './support/listener.js';
import type { SubscribedBus } from './support/subscribed-bus.js';

const PATIENCE_MS = 30_000;
const BEAT_MS = 150;
/** Of an instance that lives, but is slower than those that look at it take for alive by their own measure. */
const SLOW_BEAT_MS = BEAT_MS * DEAD_AFTER_PERIODS * 2;

const change = (version: number): BusMessage => ({ key: 'alert:1', version, body: Buffer.from('b') });

describeOnServer('sns-sqs', 'SNS config bus: queues of dead instances', (server) => {
  let aws: Aws;
  let gateway: AwsGateway;
  const opened: ConfigBus[] = [];
  const children: RemoteProcess<SubscribedBus>[] = [];
  before(async () => {
    aws = new Aws(server());
    gateway = await gatewayTo(server());
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.kill()));
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  });
  after(async () => {
    aws.close();
    await gateway.close();
  });
  const open = async (place: string, changes: Partial<SnsConfigBusOptions> = {}, clock?: Clock): Promise<ConfigBus> => {
    const bus = configBus.create(busOptions(gateway.url, place, { 'heartbeat-ms': BEAT_MS, ...changes }), testContext(clock));
    opened.push(bus);
    await bus.start();
    return bus;
  };
  const spawn = async (place: string, changes: Partial<SnsConfigBusOptions> = {}): Promise<RemoteProcess<SubscribedBus>> => {
    const child = await spawnAdapter<SubscribedBus>(import.meta.resolve('./support/subscribed-bus.js'), busOptions(server().url, place, { 'heartbeat-ms': BEAT_MS, ...changes }));
    children.push(child);
    await child.driver.subscribe();
    return child;
  };
  /** Resolves once others have asked so many more times whose queue this is. */
  const looksAt = (url: string | undefined, times: number): Promise<unknown> => {
    const from = gateway.calls.length;
    return eventually(`it is looked at ${times} times`, PATIENCE_MS, () => gateway.calls.slice(from).filter(({ action, input }) => action === 'ListQueueTags' && input['QueueUrl'] === url).length >= times);
  };

  it('an instance that was killed: another removes its queue and its subscription, and goes on', async () => {
    const child = await spawn('killed');
    const survivor = await open('killed');
    const listener = new Listener();
    await survivor.subscribe(listener);
    expect(await aws.queues('killed-')).to.have.length(2);
    await child.kill();
    await eventually('its queue is gone', PATIENCE_MS, async () => (await aws.queues('killed-')).length === 1);
    expect(await aws.subscriptions('killed')).to.have.length(1);
    await survivor.publish([change(1)]);
    await eventually('the survivor is live', PATIENCE_MS, () => listener.has(1));
    expect(listener.resyncs).to.deep.equal([]);
  });

  it('two survivors get in each other’s way over it without harm', async () => {
    const child = await spawn('contended');
    const survivors = [await open('contended'), await open('contended')];
    for (const survivor of survivors) await survivor.subscribe(new Listener());
    await child.kill();
    await eventually('its queue is gone', PATIENCE_MS, async () => (await aws.queues('contended-')).length === 2);
    for (const survivor of survivors) expect((await survivor.health()).healthy).to.equal(true);
    expect(await aws.subscriptions('contended')).to.have.length(2);
  });

  it('an instance that was frozen and taken for dead takes another queue when it comes back, and reloads', async () => {
    const child = await spawn('frozen', { 'long-poll-seconds': 1 });
    const survivor = await open('frozen');
    await survivor.subscribe(new Listener());
    child.freeze();
    await eventually('its queue is gone', PATIENCE_MS, async () => (await aws.queues('frozen-')).length === 1);
    child.thaw();
    await eventually('it is told to resync', PATIENCE_MS, async () => (await child.driver.told()).resyncs.length > 0);
    await survivor.publish([change(1)]);
    await eventually('it is live', PATIENCE_MS, async () => (await child.driver.told()).versions.includes(1));
    expect(await aws.queues('frozen-')).to.have.length(2);
  });

  it('an instance that lives and is slow is left alone', async () => {
    const slow = await open('slow', { 'heartbeat-ms': SLOW_BEAT_MS });
    const listener = new Listener();
    await slow.subscribe(listener);
    const [url] = await aws.queues('slow-');
    await (await open('slow')).subscribe(new Listener());
    // The quick one has seen the same mark often enough, several times over, if only its own measure counted.
    await looksAt(url, DEAD_AFTER_PERIODS * 4);
    expect(await aws.queues('slow-')).to.include(url);
    expect(listener.resyncs).to.deep.equal([]);
  });

  it('time that was slept over is not time in which a mark was watched', async () => {
    const living = await open('leaping', { 'heartbeat-ms': BEAT_MS * DEAD_AFTER_PERIODS });
    const listener = new Listener();
    await living.subscribe(listener);
    const [url] = await aws.queues('leaping-');
    let hours = 0;
    const leaping: Clock = { ...systemClock, monotonicMs: () => ++hours * 3_600_000 };
    await (await open('leaping', {}, leaping)).subscribe(new Listener());
    await looksAt(url, DEAD_AFTER_PERIODS * 4);
    expect(await aws.queues('leaping-')).to.include(url);
    expect(listener.resyncs).to.deep.equal([]);
  });

  it('a queue that cannot be looked at does not keep others from being removed', async () => {
    const bus = await open('obstacle');
    const dead = { 'cave-topic': 'obstacle', 'cave-heartbeat': '0', 'cave-heartbeat-ms': String(BEAT_MS) };
    const first = await aws.sqs.send(new CreateQueueCommand({ QueueName: 'obstacle-1', tags: dead }));
    await aws.sqs.send(new CreateQueueCommand({ QueueName: 'obstacle-2', tags: dead }));
    const stop = gateway.handle((call, pass) => (call.action === 'ListQueueTags' && call.input['QueueUrl'] === first.QueueUrl ? Promise.resolve(awsError(call, 'AccessDenied', 403)) : pass()));
    await bus.subscribe(new Listener());
    await eventually('the other is gone', PATIENCE_MS, async () => !(await aws.queues('obstacle-')).some((url) => url.endsWith('obstacle-2')));
    stop();
    await eventually('then it is gone too', PATIENCE_MS, async () => (await aws.queues('obstacle-')).length === 1);
  });

  it('an owner that died before it knew its subscription: the subscription is found and removed too', async () => {
    const bus = await open('early');
    const { QueueUrl } = await aws.sqs.send(new CreateQueueCommand({ QueueName: 'early-dead', tags: { 'cave-topic': 'early', 'cave-heartbeat': '0', 'cave-heartbeat-ms': String(BEAT_MS) } }));
    const { Attributes } = await aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    await aws.sns.send(new SubscribeCommand({ TopicArn: topicArn('early'), Protocol: 'sqs', Endpoint: Attributes?.['QueueArn'], Attributes: { RawMessageDelivery: 'true' } }));
    await bus.subscribe(new Listener());
    await eventually('its queue is gone', PATIENCE_MS, async () => !(await aws.queues('early-')).includes(QueueUrl ?? ''));
    expect(await aws.subscriptions('early')).to.have.length(1);
  });

  it('queues that are not of this CAVE are left alone, whatever their names', async () => {
    const bus = await open('foreign');
    const plain = await aws.sqs.send(new CreateQueueCommand({ QueueName: 'foreign-plain', tags: { team: 'billing' } }));
    const other = await aws.sqs.send(new CreateQueueCommand({ QueueName: 'foreign-other', tags: { 'cave-topic': 'another', 'cave-heartbeat': '1', 'cave-heartbeat-ms': String(BEAT_MS) } }));
    await bus.subscribe(new Listener());
    await Promise.all([looksAt(plain.QueueUrl, DEAD_AFTER_PERIODS * 2), looksAt(other.QueueUrl, DEAD_AFTER_PERIODS * 2)]);
    expect(await aws.queues('foreign-')).to.include.members([plain.QueueUrl, other.QueueUrl]);
  });
});
