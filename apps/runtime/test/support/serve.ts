import type { PortName } from '@cave/core';
import { runServices, type ServiceDefinition } from '../../src/index.js';
import { fakeService } from './fake-service.js';

/*
 * A process for the lifecycle tests: the fake service, using the ports named by TEST_PORTS.
 * With TEST_STOP=slow it stops only when the patience of those who stop it has ended. With
 * TEST_WWW=yes another one, which has a port of its own, is in the process.
 */
const ports = (process.env['TEST_PORTS'] ?? '').split(',').filter((port) => port !== '') as PortName[];
const plain = fakeService({ ports });

const slow: ServiceDefinition = {
  ...plain,
  create: async (context) => ({
    ...(await plain.create(context)),
    stop: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  }),
};

const first = process.env['TEST_STOP'] === 'slow' ? slow : plain;
const withWww = process.env['TEST_WWW'] === 'yes';
const services = withWww ? [first, fakeService({ name: 'www', rootKey: 'www', ownPort: true })] : [first];

await runServices(services, { name: withWww ? 'all-in-one' : 'api', argv: process.argv.slice(2) });
