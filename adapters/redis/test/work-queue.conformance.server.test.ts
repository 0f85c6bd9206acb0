import { mochaFrame, runWorkQueueConformance, spawnAdapter, testContext, type WorkQueueHarness, type WorkQueueSettings } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import workQueue, { type RedisWorkQueueOptions } from '../src/work-queue.js';
import { connectionOptions, control, cuttableUrl, IS_OURS, PREFIX, removeKeys, withClient } from './support/server.js';

describeOnServer('redis', 'Redis work queue', (server) => {
  const options = (url: string, place: string, { maxAttempts }: WorkQueueSettings): RedisWorkQueueOptions => ({
    ...connectionOptions(url),
    queue: place,
    'max-attempts': maxAttempts,
    'deduplication-window-ms': 60_000,
    durability: 'checked',
  });
  const bad = (changes: object) => () => workQueue.create({ ...options('redis://localhost:1', 'bad', { maxAttempts: 3 }), ...changes }, testContext());

  const harness: WorkQueueHarness = {
    name: 'redis',
    capabilities: workQueue.capabilities,
    create: async (place, settings) => workQueue.create(options(cuttableUrl(server()), place, settings), testContext()),
    remove: (place) => removeKeys(server(), place),
    spawnProcess: (place, settings) => spawnAdapter(import.meta.resolve('../src/work-queue.js'), options(server().url, place, settings)),
    injectGarbage: (place) => withClient(server(), async (client) => void (await client.xadd(`${PREFIX}{${place}}:jobs`, '*', 'neither', 'job'))),
    ...(IS_OURS
      ? {
          killBroker: () => control(server()).kill(),
          restartBroker: () => control(server()).start(),
          cutNetwork: async () => (await server().cuttable?.cut()) ?? (() => Promise.reject(new Error('There is no proxy.'))),
        }
      : {}),
    badOptions: [
      { title: 'no host', attempt: bad({ host: '' }) },
      { title: 'a port beyond all ports', attempt: bad({ port: 70_000 }) },
      { title: 'a user without a password', attempt: bad({ user: 'cave', password: '' }) },
      { title: 'no queue', attempt: bad({ queue: '' }) },
      { title: 'a queue with braces', attempt: bad({ queue: '{a}' }) },
      { title: 'no attempts', attempt: bad({ 'max-attempts': 0 }) },
      { title: 'a negative window', attempt: bad({ 'deduplication-window-ms': -1 }) },
      { title: 'an unknown durability', attempt: bad({ durability: 'perhaps' }) },
    ],
  };

  runWorkQueueConformance(mochaFrame(), harness);
});
