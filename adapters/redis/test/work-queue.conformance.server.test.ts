import { mochaFrame, runWorkQueueConformance } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import { workQueueHarness } from './harnesses.js';

describeOnServer('redis', 'Redis work queue', (server) => runWorkQueueConformance(mochaFrame(), workQueueHarness(server)));
