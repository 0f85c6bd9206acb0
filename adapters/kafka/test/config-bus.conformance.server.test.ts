import { mochaFrame, runConfigBusConformance, testContext, type ConfigBusHarness, type ConfigBusSettings } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import configBus from '../src/config-bus.js';
import type { KafkaConfigBusOptions } from '../src/options.js';
import { asAdmin, configBusOptions, cuttableBrokers, isOurs, removeTopics } from './support/kafka.js';

const bad = (changes: Partial<KafkaConfigBusOptions>) => () => configBus.create(configBusOptions(changes), testContext());

describeOnServer('kafka', 'config bus on Kafka', (server) => {
  const options = (place: string, { queueLength }: ConfigBusSettings): KafkaConfigBusOptions =>
    configBusOptions({ brokers: cuttableBrokers(server()), topic: place, ...(queueLength !== undefined && { 'queue-length': queueLength }) });
  const harness: ConfigBusHarness = {
    name: 'kafka',
    capabilities: configBus.capabilities,
    boundsQueues: true,
    create: async (place, settings) => configBus.create(options(place, settings), testContext()),
    remove: (place) => removeTopics(server(), place),
    // The topic is everybody's; a subscriber's own would be a group.
    resources: () => asAdmin(server(), async (admin) => (await admin.listGroups()).groups.length),
    ...(isOurs && {
      killBroker: async () => server().control?.kill(),
      restartBroker: async () => server().control?.start(),
      cutNetwork: async () => (await server().cuttable?.cut()) ?? (() => Promise.resolve()),
    }),
    badOptions: [
      { title: 'an address without a port', attempt: bad({ brokers: 'localhost' }) },
      { title: 'a topic that Kafka does not take', attempt: bad({ topic: 'changes!' }) },
      { title: 'no queue', attempt: bad({ 'queue-length': 0 }) },
      { title: 'no retention', attempt: bad({ 'retention-hours': 0 }) },
    ],
    differs: { 'CB-23': 'A subscriber keeps its place in the topic: a cut that no request failed over leaves no gap, and nothing to reload for.' },
    patienceMs: 60_000,
  };
  runConfigBusConformance(mochaFrame(), harness);
});
