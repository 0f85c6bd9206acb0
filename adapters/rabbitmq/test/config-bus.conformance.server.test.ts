import { once } from 'node:events';
import { mochaFrame, runConfigBusConformance, testContext, type ConfigBusHarness } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import configBus from '../src/config-bus.js';
import { configBusOn, connectionTo, controlOf, isOurs, throughProxy, withServer } from './support/server.js';

describeOnServer('rabbitmq', 'config bus on RabbitMQ', (server) => {
  const bad = (changes: object) => () => configBus.create({ ...configBusOn(connectionTo('amqp://cave:cave@127.0.0.1:1'), 'bad'), ...changes }, testContext());
  const harness: ConfigBusHarness = {
    name: 'rabbitmq',
    capabilities: configBus.capabilities,
    boundsQueues: true,
    create: async (place, { queueLength }) => configBus.create(configBusOn(throughProxy(server()), place, queueLength), testContext()),
    remove: (place) => withServer(server(), async (model) => void (await (await model.createChannel()).deleteExchange(place))),
    // A message comes back exactly when no queue is bound to the exchange.
    resources: (place) =>
      withServer(server(), async (model) => {
        const channel = await model.createConfirmChannel();
        await channel.assertExchange(place, 'fanout', { durable: true });
        let unbound = 0;
        channel.on('return', () => (unbound = 1));
        channel.publish(place, '', Buffer.from('no change'), { mandatory: true });
        await Promise.race([channel.waitForConfirms(), once(channel, 'error')]);
        return 1 - unbound;
      }),
    ...(isOurs
      ? {
          killBroker: () => controlOf(server()).kill(),
          restartBroker: () => controlOf(server()).start(),
          cutNetwork: async () => (await server().cuttable?.cut()) ?? (async () => undefined),
        }
      : {}),
    badOptions: [
      { title: 'no exchange', attempt: bad({ exchange: '' }) },
      { title: "a name of the server's own", attempt: bad({ exchange: 'amq.fanout' }) },
      { title: 'a queue that holds nothing', attempt: bad({ 'queue-length': 0 }) },
      { title: 'a user without a name', attempt: bad({ user: '' }) },
    ],
    patienceMs: 30_000,
  };
  runConfigBusConformance(mochaFrame(), harness);
});
