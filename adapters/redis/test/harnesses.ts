import { spawnAdapter, testContext, type ConfigBusHarness, type ConfigBusSettings, type LeaderElectionHarness, type WorkQueueHarness, type WorkQueueSettings } from '@cave/conformance';
import type { TestServer } from '@cave/test-servers';
import configBus, { type RedisConfigBusOptions } from '../src/config-bus.js';
import leaderElection, { type RedisLeaderElectionOptions } from '../src/leader-election.js';
import workQueue, { type RedisWorkQueueOptions } from '../src/work-queue.js';
import { connectionOptions, control, cuttableUrl, IS_OURS, keysOf, PREFIX, removeKeys, withClient } from './support/server.js';

type Server = () => TestServer;

/** What can be done to a server of our own. */
const means = (server: Server) =>
  IS_OURS
    ? {
        killBroker: () => control(server()).kill(),
        restartBroker: () => control(server()).start(),
        cutNetwork: async () => (await server().cuttable?.cut()) ?? (() => Promise.reject(new Error('There is no proxy.'))),
      }
    : {};

/** Bad values for one option each, of what all three ports share. */
const SHARED: readonly (readonly [string, object])[] = [
  ['no host', { host: '' }],
  ['a port beyond all ports', { port: 70_000 }],
  ['half a database', { db: 0.5 }],
  ['a user without a password', { user: 'cave', password: '' }],
  ['a prefix with braces', { 'key-prefix': '{a}' }],
];

const LEASE_MS = 2_000;

export function leaderElectionHarness(server: Server): LeaderElectionHarness {
  const options = (url: string, place: string): RedisLeaderElectionOptions => ({ ...connectionOptions(url), 'key-prefix': `${PREFIX}${place}:`, servers: '', 'lease-ms': LEASE_MS, 'poll-interval-ms': 50 });
  const bad: readonly (readonly [string, object])[] = [
    ...SHARED,
    ['an even number of servers', { servers: 'a:1,b:2' }],
    ['one server twice', { servers: 'a:1,b:2,a:1' }],
    ['a server without a port', { servers: 'a' }],
    ['a lease too short', { 'lease-ms': 10 }],
    ['a candidate that asks less often than a lease is long', { 'poll-interval-ms': LEASE_MS + 1 }],
  ];
  return {
    name: 'redis',
    capabilities: leaderElection.capabilities,
    create: async (place) => leaderElection.create(options(cuttableUrl(server()), place), testContext()),
    remove: (place) => removeKeys(server(), place),
    spawnProcess: (place) => spawnAdapter(import.meta.resolve('../src/leader-election.js'), options(server().url, place)),
    ...means(server),
    badOptions: bad.map(([title, changes]) => ({ title, attempt: () => leaderElection.create({ ...options('redis://localhost:1', 'bad'), ...changes }, testContext()) })),
  };
}

export function workQueueHarness(server: Server): WorkQueueHarness {
  const options = (url: string, place: string, { maxAttempts }: WorkQueueSettings): RedisWorkQueueOptions => ({
    ...connectionOptions(url),
    queue: place,
    'max-attempts': maxAttempts,
    'max-dead-letters': 1_000,
    'deduplication-window-ms': 60_000,
    durability: 'checked',
  });
  const bad: readonly (readonly [string, object])[] = [
    ...SHARED,
    ['no queue', { queue: '' }],
    ['a queue with braces', { queue: '{a}' }],
    ['no attempts', { 'max-attempts': 0 }],
    ['no dead letters', { 'max-dead-letters': 0 }],
    ['a negative window', { 'deduplication-window-ms': -1 }],
    ['an unknown durability', { durability: 'perhaps' }],
  ];
  return {
    name: 'redis',
    capabilities: workQueue.capabilities,
    create: async (place, settings) => workQueue.create(options(cuttableUrl(server()), place, settings), testContext()),
    remove: (place) => removeKeys(server(), place),
    spawnProcess: (place, settings) => spawnAdapter(import.meta.resolve('../src/work-queue.js'), options(server().url, place, settings)),
    injectGarbage: (place) => withClient(server(), async (client) => void (await client.xadd(`${PREFIX}{${place}}:jobs`, '*', 'neither', 'job'))),
    ...means(server),
    badOptions: bad.map(([title, changes]) => ({ title, attempt: () => workQueue.create({ ...options('redis://localhost:1', 'bad', { maxAttempts: 3 }), ...changes }, testContext()) })),
  };
}

export function configBusHarness(server: Server): ConfigBusHarness {
  const options = (url: string, place: string, { queueLength = 1_000 }: ConfigBusSettings): RedisConfigBusOptions => ({
    ...connectionOptions(url),
    stream: place,
    'stream-length': 1_000,
    'queue-length': queueLength,
    'max-message-bytes': 4_096,
  });
  const bad: readonly (readonly [string, object])[] = [
    ...SHARED,
    ['no stream', { stream: '' }],
    ['a stream too short', { 'stream-length': 1 }],
    ['no room for a subscriber', { 'queue-length': 0 }],
    ['messages too small', { 'max-message-bytes': 1 }],
  ];
  return {
    name: 'redis',
    capabilities: configBus.capabilities,
    boundsQueues: true,
    create: async (place, settings) => configBus.create(options(cuttableUrl(server()), place, settings), testContext()),
    remove: (place) => removeKeys(server(), place),
    spawnProcess: (place, settings) => spawnAdapter(import.meta.resolve('../src/config-bus.js'), options(server().url, place, settings)),
    // What could be kept for a subscriber: keys, and connections.
    resources: (place) =>
      withClient(server(), async (client) => {
        const keys = await keysOf(client, place);
        const connections = String(await client.call('CLIENT', 'LIST')).split('\n').filter((line) => line.includes('name=cave-config-bus'));
        return keys.length + connections.length;
      }),
    ...means(server),
    badOptions: bad.map(([title, changes]) => ({ title, attempt: () => configBus.create({ ...options('redis://localhost:1', 'bad', {}), ...changes }, testContext()) })),
  };
}
