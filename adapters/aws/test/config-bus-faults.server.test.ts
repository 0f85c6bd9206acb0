import { once } from 'node:events';
import { CreateTopicCommand, DeleteTopicCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { eventually, failsWith, systemClock, testContext } from '@cave/conformance';
import type { BusMessage, BusPublishResult, Clock, ConfigBus } from '@cave/core';
import { awsError, describeOnServer, type AwsGateway, type AwsHandler } from '@cave/test-servers';
import { expect } from 'chai';
import configBus from '../src/config-bus.js';
import type { SnsConfigBusOptions } from '../src/config-bus-options.js';
import { Aws, busOptions, gatewayTo, topicArn } from './support/config-bus.js';
import { Complaints, Listener } from './support/listener.js';

const PATIENCE_MS = 15_000;
const BEAT_MS = 150;

const change = (version: number, body: Uint8Array = Buffer.from('b')): BusMessage => ({ key: 'alert:1', version, body });
const codes = (results: readonly BusPublishResult[]): string[] => results.map((result) => (result.status === 'failed' ? result.error.code : result.status));

describeOnServer('sns-sqs', 'SNS config bus: what goes wrong', (server) => {
  let aws: Aws;
  let gateway: AwsGateway;
  let complaints: Complaints;
  const opened: ConfigBus[] = [];
  const handlers: (() => void)[] = [];
  before(async () => {
    aws = new Aws(server());
    gateway = await gatewayTo(server());
  });
  beforeEach(() => (complaints = new Complaints()));
  afterEach(async () => {
    for (const stop of handlers.splice(0)) stop();
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  });
  after(async () => {
    aws.close();
    await gateway.close();
  });
  const open = async (place: string, changes: Partial<SnsConfigBusOptions> = {}, clock?: Clock): Promise<ConfigBus> => {
    const bus = configBus.create(busOptions(gateway.url, place, changes), { ...testContext(clock), logger: complaints });
    opened.push(bus);
    await bus.start();
    return bus;
  };
  const handle = (handler: AwsHandler): void => void handlers.push(gateway.handle(handler));
  /** The first `times` calls of this action. */
  const first = (times: number, action: string, handler: AwsHandler): void => {
    let left = times;
    handle((call, pass) => (call.action === action && left-- > 0 ? handler(call, pass) : pass()));
  };
  const arrives = (listener: Listener, version: number): Promise<unknown> => eventually(`${version} arrives`, PATIENCE_MS, () => listener.has(version));
  const resynced = (listener: Listener): Promise<unknown> => eventually('it is told to resync', PATIENCE_MS, () => listener.resyncs.length > 0);
  /** What is published now arrives. */
  const isLive = async (bus: ConfigBus, listener: Listener, version: number): Promise<void> => {
    await eventually('a change is taken', PATIENCE_MS, async () => codes(await bus.publish([change(version)]))[0] === 'published');
    await arrives(listener, version);
    await eventually('it is healthy', PATIENCE_MS, async () => (await bus.health()).healthy);
  };

  describe('publishing', () => {
    it('of a batch, each message is told by itself, and one that SNS does not speak of is unknown', async () => {
      const bus = await open('partial');
      first(1, 'PublishBatch', () =>
        Promise.resolve({
          status: 200,
          headers: { 'content-type': 'text/xml' },
          body: Buffer.from(
            '<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult>' +
              '<Successful><member><Id>0</Id><MessageId>m</MessageId></member></Successful>' +
              '<Failed><member><Id>1</Id><Code>InternalError</Code><Message>broken</Message><SenderFault>false</SenderFault></member>' +
              '<member><Id>2</Id><Code>Throttling</Code><Message>slower</Message><SenderFault>true</SenderFault></member>' +
              '<member><Id>3</Id><Code>InvalidParameter</Code><Message>wrong</Message><SenderFault>true</SenderFault></member></Failed>' +
              '</PublishBatchResult></PublishBatchResponse>',
          ),
        }),
      );
      const results = await bus.publish([0, 1, 2, 3, 4].map((version) => change(version)));
      expect(codes(results)).to.deep.equal(['published', 'unavailable', 'resource_exhausted', 'invalid_argument', 'unknown_outcome']);
    });

    it('a lost answer is an unknown outcome, and is not repeated', async () => {
      const bus = await open('lost');
      const listener = new Listener();
      await bus.subscribe(listener);
      first(1, 'PublishBatch', async (_, pass) => {
        await pass();
        return null;
      });
      const from = gateway.calls.length;
      expect(codes(await bus.publish([change(1)]))).to.deep.equal(['unknown_outcome']);
      await arrives(listener, 1);
      expect(gateway.calls.slice(from).filter(({ action }) => action === 'PublishBatch')).to.have.length(1);
    });

    it('throttled is told as such', async () => {
      const bus = await open('throttled');
      first(1, 'PublishBatch', (call) => Promise.resolve(awsError(call, 'Throttling')));
      expect(codes(await bus.publish([change(1)]))).to.deep.equal(['resource_exhausted']);
      expect(codes(await bus.publish([change(1)]))).to.deep.equal(['published']);
    });

    it('a publish in flight settles when its signal fires', async () => {
      const bus = await open('impatient');
      first(1, 'PublishBatch', async () => {
        await once(control.signal, 'abort');
        return null;
      });
      const control = new AbortController();
      const from = gateway.calls.length;
      const publishing = bus.publish([change(1)], control.signal);
      await eventually('it is under way', PATIENCE_MS, () => gateway.calls.length > from);
      control.abort();
      await failsWith('aborted', 'publish', () => publishing);
    });

    it('no batch has more than ten messages or 256 KiB', async () => {
      const bus = await open('batches');
      const listener = new Listener();
      await bus.subscribe(listener);
      const from = gateway.calls.length;
      const large = new Uint8Array(60_000);
      const messages = [...Array.from({ length: 25 }, (_, i) => change(i)), ...Array.from({ length: 7 }, (_, i) => change(100 + i, large))];
      expect(codes(await bus.publish(messages))).to.deep.equal(messages.map(() => 'published'));
      for (const { version } of messages) await arrives(listener, version);
      const batches = gateway.calls.slice(from).filter(({ action }) => action === 'PublishBatch');
      for (const { input } of batches) {
        const texts = Object.entries(input).filter(([field]) => field.endsWith('.Message')).map(([, text]) => String(text));
        expect(texts.length).to.be.within(1, 10);
        expect(texts.join('').length).to.be.at.most(262_144);
      }
    });

    it('a topic that was deleted is told of, and made again with the next change', async () => {
      const bus = await open('recreated');
      await aws.sns.send(new DeleteTopicCommand({ TopicArn: topicArn('recreated') }));
      expect(codes(await bus.publish([change(1)]))).to.deep.equal(['unavailable']);
      expect(codes(await bus.publish([change(2)]))).to.deep.equal(['published']);
    });
  });

  describe('subscribed', () => {
    it('a throttled poll is no gap', async () => {
      const bus = await open('slower');
      const listener = new Listener();
      first(3, 'ReceiveMessage', (call) => Promise.resolve(awsError(call, 'RequestThrottled')));
      await bus.subscribe(listener);
      await isLive(bus, listener, 1);
      expect(listener.resyncs).to.deep.equal([]);
      expect(complaints.events).to.deep.equal(['config_bus_cut_off']);
    });

    it('a poll whose answer got lost hides its changes: the subscriber is told to resync at once', async () => {
      const bus = await open('hidden');
      const listener = new Listener();
      first(1, 'ReceiveMessage', async (_, pass) => {
        await pass();
        return null;
      });
      await bus.subscribe(listener);
      await bus.publish([change(1)]);
      await resynced(listener);
      expect(listener.has(1)).to.equal(false);
      await isLive(bus, listener, 2);
    });

    it('a request that SQS holds may take longer than other requests', async () => {
      const bus = await open('held', { 'long-poll-seconds': 2, 'request-timeout-ms': 1_000 });
      const listener = new Listener();
      await bus.subscribe(listener);
      const from = gateway.calls.length;
      await eventually('SQS has held a request to its end', PATIENCE_MS, () => gateway.calls.slice(from).filter(({ action }) => action === 'ReceiveMessage').length > 1);
      expect(complaints.events).to.deep.equal([]);
      expect(listener.resyncs).to.deep.equal([]);
    });

    it('a process that stood still for longer than its queue keeps changes tells its subscriber to resync', async () => {
      let leapMs = 0;
      const clock = { ...systemClock, monotonicMs: () => performance.now() + leapMs };
      const bus = await open('still', {}, clock);
      const listener = new Listener();
      await bus.subscribe(listener);
      await isLive(bus, listener, 1);
      leapMs = 3_700_000;
      await isLive(bus, listener, 2);
      expect(listener.resyncs).to.deep.equal(['This process stood still for longer than its queue keeps changes.']);
    });

    it('a poll that fails is told once, however often it fails, and again when it is well', async () => {
      const bus = await open('sick', { 'long-poll-seconds': 1 });
      const listener = new Listener();
      await bus.subscribe(listener);
      first(3, 'ReceiveMessage', (call) => Promise.resolve(awsError(call, 'InternalError', 500)));
      await eventually('health says so', PATIENCE_MS, async () => (await bus.health()).detail?.includes('ReceiveMessage') === true);
      await resynced(listener);
      await isLive(bus, listener, 1);
      expect(complaints.events).to.deep.equal(['config_bus_cut_off']);
      expect(listener.resyncs).to.have.length(1);
    });

    it('a network that was cut for as long as a poll takes to notice: it is told to resync and is live', async () => {
      const { cuttable } = server();
      const url = cuttable?.url ?? '';
      const bus = await open('cut', { endpoint: url, 'queue-endpoint': url });
      const listener = new Listener();
      await bus.subscribe(listener);
      const heal = await cuttable?.cut();
      await eventually('the reader has noticed', PATIENCE_MS, () => complaints.events.includes('config_bus_cut_off'));
      await heal?.();
      await resynced(listener);
      await isLive(bus, listener, 1);
      expect(complaints.events).to.deep.equal(['config_bus_cut_off']);
    });

    it('a queue that was deleted under its subscriber is replaced: it is told to resync and is live, and nothing of the old one is left', async () => {
      const bus = await open('deleted', { 'long-poll-seconds': 1 });
      const listener = new Listener();
      await bus.subscribe(listener);
      const [url] = await aws.queues('deleted-');
      await aws.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
      await resynced(listener);
      await isLive(bus, listener, 1);
      expect(await aws.queues('deleted-')).to.have.length(1);
      expect(await aws.subscriptions('deleted')).to.have.length(1);
    });

    it('a subscription that was removed under its subscriber is made again: it is told to resync and is live', async () => {
      const bus = await open('unsubscribed', { 'heartbeat-ms': BEAT_MS });
      const listener = new Listener();
      await bus.subscribe(listener);
      const [subscription] = await aws.subscriptions('unsubscribed');
      await aws.sns.send(new UnsubscribeCommand({ SubscriptionArn: subscription?.SubscriptionArn }));
      await bus.publish([change(1)]);
      await resynced(listener);
      await isLive(bus, listener, 2);
      expect(listener.has(1)).to.equal(false);
      expect(complaints.events).to.deep.equal(['config_bus_subscription_was_removed']);
    });

    it('a queue that goes while its subscription is made sure of: the subscriber is told to resync once the next queue is there, not before', async () => {
      const bus = await open('overtaken', { 'heartbeat-ms': BEAT_MS, 'long-poll-seconds': 1 });
      const listener = new Listener();
      await bus.subscribe(listener);
      const [url] = await aws.queues('overtaken-');
      const [subscription] = await aws.subscriptions('overtaken');
      first(1, 'Subscribe', async (_, pass) => {
        await aws.sns.send(new UnsubscribeCommand({ SubscriptionArn: subscription?.SubscriptionArn }));
        await aws.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
        return pass();
      });
      await resynced(listener);
      await bus.publish([change(1)]);
      await arrives(listener, 1);
      expect(await aws.queues('overtaken-')).to.have.length(1);
      expect(await aws.subscriptions('overtaken')).to.have.length(1);
      expect(complaints.events).to.not.include('config_bus_subscription_was_removed');
    });

    it('a topic that was deleted shows in health; made again, the subscriber is told to resync and is live', async () => {
      const bus = await open('topicless', { 'heartbeat-ms': BEAT_MS, 'create-topic': 'no' }).catch((error: Error) => error);
      expect(bus).to.be.an('error');
      await aws.sns.send(new CreateTopicCommand({ Name: 'topicless' }));
      const subscribed = await open('topicless', { 'heartbeat-ms': BEAT_MS, 'create-topic': 'no' });
      const listener = new Listener();
      await subscribed.subscribe(listener);
      await aws.sns.send(new DeleteTopicCommand({ TopicArn: topicArn('topicless') }));
      await eventually('health says so', PATIENCE_MS, async () => (await subscribed.health()).detail?.includes('the api makes it') === true);
      await aws.sns.send(new CreateTopicCommand({ Name: 'topicless' }));
      await resynced(listener);
      await isLive(subscribed, listener, 1);
    });

    it('what cannot be removed is not waited for: it is found and removed later, as that of a dead instance is', async () => {
      const bus = await open('leaver', { 'heartbeat-ms': BEAT_MS });
      const subscription = await bus.subscribe(new Listener());
      first(1, 'Unsubscribe', (call) => Promise.resolve(awsError(call, 'InternalError', 500)));
      await subscription.unsubscribe();
      expect(complaints.events).to.deep.equal(['config_bus_queue_left']);
      expect(await aws.queues('leaver-'), 'its tags say what is left to remove').to.have.length(1);
      expect((await bus.health()).healthy).to.equal(true);
      await eventually('nothing is left', PATIENCE_MS, async () => (await aws.queues('leaver-')).length + (await aws.subscriptions('leaver')).length === 0);
    });
  });
});
