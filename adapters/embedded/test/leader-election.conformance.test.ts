import { mochaFrame, runLeaderElectionConformance } from '@cave/conformance';
import { leaderElectionHarness } from './harnesses.js';

runLeaderElectionConformance(mochaFrame(), leaderElectionHarness);
