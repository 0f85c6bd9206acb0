import { runServices } from '../../src/index.js';
import { fakeService } from './fake-service.js';

// A process for the lifecycle tests: the fake service over adapters named by argv.
const ports = (process.env['TEST_PORTS'] ?? '').split(',').filter((port) => port !== '') as never[];
await runServices([fakeService({ ports })], { name: 'api', argv: process.argv.slice(2) });
