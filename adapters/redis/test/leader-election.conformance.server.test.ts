import { mochaFrame, runLeaderElectionConformance } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import { leaderElectionHarness } from './harnesses.js';

describeOnServer('redis', 'Redis leader election', (server) => runLeaderElectionConformance(mochaFrame(), leaderElectionHarness(server)));
