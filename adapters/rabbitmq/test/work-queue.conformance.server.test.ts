import { mochaFrame, runWorkQueueConformance, spawnAdapter, testContext, type WorkQueueHarness, type WorkQueueSettings } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import workQueue from '../src/work-queue.js';
import type { RabbitWorkQueueOptions } from '../src/options.js';
import { connectionTo, controlOf, isOurs, removeWorkQueue, throughProxy, withServer, workQueueOn } from './support/server.js';

describeOnServer('rabbitmq', 'work queue on RabbitMQ', (server) => {
  const options = (place: string, { maxAttempts }: WorkQueueSettings): RabbitWorkQueueOptions => workQueueOn(throughProxy(server()), place, maxAttempts);
  const bad = (changes: object) => () => workQueue.create({ ...workQueueOn(connectionTo('amqp://cave:cave@127.0.0.1:1'), 'bad'), ...changes }, testContext());
  const harness: WorkQueueHarness = {
    name: 'rabbitmq',
    capabilities: workQueue.capabilities,
    create: async (place, settings) => workQueue.create(options(place, settings), testContext()),
    remove: (place) => removeWorkQueue(server(), place),
    spawnProcess: (place, settings) => spawnAdapter(import.meta.resolve('../src/work-queue.js'), options(place, settings)),
    injectGarbage: (place) =>
      withServer(server(), async (model) => {
        const channel = await model.createConfirmChannel();
        channel.sendToQueue(place, Buffer.from('{"neither":"job'));
        await channel.waitForConfirms();
      }),
    ...(isOurs
      ? {
          killBroker: () => controlOf(server()).kill(),
          restartBroker: () => controlOf(server()).start(),
          cutNetwork: async () => (await server().cuttable?.cut()) ?? (async () => undefined),
        }
      : {}),
    badOptions: [
      { title: 'no queue', attempt: bad({ queue: '' }) },
      { title: "a name of the server's own", attempt: bad({ queue: 'amq.mine' }) },
      { title: 'a queue whose name is too long', attempt: bad({ queue: 'é'.repeat(101) }) },
      { title: 'no attempts', attempt: bad({ 'max-attempts': 0 }) },
      { title: 'half a heartbeat', attempt: bad({ 'heartbeat-seconds': 0.5 }) },
      { title: 'no host', attempt: bad({ host: '' }) },
      { title: 'a port that is none', attempt: bad({ port: 70_000 }) },
      { title: 'an authority without TLS', attempt: bad({ 'tls-ca': '-----BEGIN CERTIFICATE-----' }) },
    ],
    patienceMs: 30_000,
  };
  runWorkQueueConformance(mochaFrame(), harness);
});
