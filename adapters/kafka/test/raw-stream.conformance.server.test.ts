import { mochaFrame, runRawStreamConformance, spawnAdapter, testContext, type RawStreamHarness, type RawStreamSettings } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import type { KafkaRawStreamOptions } from '../src/options.js';
import rawStream from '../src/raw-stream.js';
import { cuttableBrokers, isOurs, rawStreamOptions, removeTopics } from './support/kafka.js';

const bad = (changes: Partial<KafkaRawStreamOptions>) => () => rawStream.create(rawStreamOptions(changes), testContext());

describeOnServer('kafka', 'raw stream on Kafka', (server) => {
  const options = (place: string, { partitions }: RawStreamSettings): KafkaRawStreamOptions => rawStreamOptions({ brokers: cuttableBrokers(server()), topic: place, partitions });
  const harness: RawStreamHarness = {
    name: 'kafka',
    capabilities: rawStream.capabilities,
    create: async (place, settings) => rawStream.create(options(place, settings), testContext()),
    remove: (place) => removeTopics(server(), place),
    spawnProcess: (place, settings) => spawnAdapter(import.meta.resolve('../src/raw-stream.js'), options(place, settings)),
    ...(isOurs && {
      killBroker: async () => server().control?.kill(),
      restartBroker: async () => server().control?.start(),
      cutNetwork: async () => (await server().cuttable?.cut()) ?? (() => Promise.resolve()),
    }),
    badOptions: [
      { title: 'an address without a port', attempt: bad({ brokers: 'localhost' }) },
      { title: 'a URL for an address', attempt: bad({ brokers: 'kafka://localhost:9092' }) },
      { title: 'a topic that Kafka does not take', attempt: bad({ topic: 'raw metric data' }) },
      { title: 'one topic for both', attempt: bad({ topic: 'same', 'dead-letter-topic': 'same' }) },
      { title: 'no partition', attempt: bad({ partitions: 0 }) },
      { title: 'half a partition', attempt: bad({ partitions: 1.5 }) },
      { title: 'a user without a mechanism', attempt: bad({ user: 'cave' }) },
      { title: 'a mechanism without a user', attempt: bad({ 'sasl-mechanism': 'plain' }) },
    ],
    // The session of a member that was killed must end first, and a broker's restart takes a JVM's time.
    patienceMs: 60_000,
  };
  runRawStreamConformance(mochaFrame(), harness);
});
