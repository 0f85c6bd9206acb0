import { mochaFrame, runConfigBusConformance, spawnAdapter, testContext, type ConfigBusHarness, type ConfigBusSettings } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import configBus, { type RedisConfigBusOptions } from '../src/config-bus.js';
import { connectionOptions, control, cuttableUrl, IS_OURS, keysOf, removeKeys, withClient } from './support/server.js';

describeOnServer('redis', 'Redis config bus', (server) => {
  const options = (url: string, place: string, { queueLength = 1_000 }: ConfigBusSettings): RedisConfigBusOptions => ({
    ...connectionOptions(url),
    stream: place,
    'stream-length': 1_000,
    'queue-length': queueLength,
    'max-message-bytes': 4_096,
  });
  const bad = (changes: object) => () => configBus.create({ ...options('redis://localhost:1', 'bad', {}), ...changes }, testContext());

  const harness: ConfigBusHarness = {
    name: 'redis',
    capabilities: configBus.capabilities,
    boundsQueues: true,
    create: async (place, settings) => configBus.create(options(cuttableUrl(server()), place, settings), testContext()),
    remove: (place) => removeKeys(server(), place),
    spawnProcess: (place, settings) => spawnAdapter(import.meta.resolve('../src/config-bus.js'), options(server().url, place, settings)),
    // What could be kept for a subscriber: keys, consumer groups on the stream, connections.
    resources: (place) =>
      withClient(server(), async (client) => {
        const keys = await keysOf(client, place);
        const connections = String(await client.call('CLIENT', 'LIST')).split('\n').filter((line) => line.includes('name=cave-config-bus'));
        return keys.length + connections.length;
      }),
    ...(IS_OURS
      ? {
          killBroker: () => control(server()).kill(),
          restartBroker: () => control(server()).start(),
          cutNetwork: async () => (await server().cuttable?.cut()) ?? (() => Promise.reject(new Error('There is no proxy.'))),
        }
      : {}),
    badOptions: [
      { title: 'no host', attempt: bad({ host: '' }) },
      { title: 'a database below zero', attempt: bad({ db: -1 }) },
      { title: 'no stream', attempt: bad({ stream: '' }) },
      { title: 'a stream too short', attempt: bad({ 'stream-length': 1 }) },
      { title: 'no room for a subscriber', attempt: bad({ 'queue-length': 0 }) },
      { title: 'messages too small', attempt: bad({ 'max-message-bytes': 1 }) },
    ],
  };

  runConfigBusConformance(mochaFrame(), harness);
});
