import { mochaFrame, runConfigBusConformance } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import { configBusHarness } from './harnesses.js';

describeOnServer('redis', 'Redis config bus', (server) => runConfigBusConformance(mochaFrame(), configBusHarness(server)));
