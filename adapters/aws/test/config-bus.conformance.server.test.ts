import { mochaFrame, runConfigBusConformance, testContext, type ConfigBusHarness } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import configBus from '../src/config-bus.js';
import { busOptions, withAws } from './support/config-bus.js';

describeOnServer('sns-sqs', 'config bus on SNS and SQS', (server) => {
  const bad = (changes: object) => () => configBus.create({ ...busOptions('http://127.0.0.1:1', 'bad'), ...changes }, testContext());
  const harness: ConfigBusHarness = {
    name: 'sns',
    capabilities: configBus.capabilities,
    boundsQueues: true,
    create: async (place, { queueLength }) => configBus.create(busOptions(server().cuttable?.url ?? server().url, place, queueLength === undefined ? {} : { 'queue-length': queueLength }), testContext()),
    remove: (place) => withAws(server(), (aws) => aws.removeQueues(place)),
    resources: (place) => withAws(server(), async (aws) => (await aws.queues(place)).length + (await aws.subscriptions(place)).length),
    // The emulator forgets topics, queues and subscriptions when it is killed: more than AWS ever does.
    killBroker: async () => server().control?.kill(),
    restartBroker: async () => server().control?.start(),
    cutNetwork: async () => (await server().cuttable?.cut()) ?? (async () => undefined),
    badOptions: [
      { title: 'no topic', attempt: bad({ topic: '' }) },
      { title: 'an ARN instead of a topic', attempt: bad({ topic: 'arn:aws:sns:eu-west-1:000000000000:changes' }) },
      { title: 'a prefix that leaves no room in the name of a queue', attempt: bad({ queue: 'q'.repeat(43) }) },
      { title: 'a queue that holds nothing', attempt: bad({ 'queue-length': 0 }) },
      { title: 'a longer poll than SQS knows', attempt: bad({ 'long-poll-seconds': 21 }) },
      { title: 'an access key without its secret', attempt: bad({ 'secret-key': '' }) },
      { title: 'an endpoint of SQS that is no URL', attempt: bad({ 'queue-endpoint': 'sqs.local' }) },
    ],
    differs: { 'CB-23': "Changes stay in the subscriber's queue: a cut that no request failed over leaves no gap, and nothing to reload for." },
    patienceMs: 30_000,
  };
  runConfigBusConformance(mochaFrame(), harness);
});
