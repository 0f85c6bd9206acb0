import { mochaFrame, runLeaderElectionConformance } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import { leaderElectionHarness } from './support/leader-election.js';

describeOnServer('dynamodb', 'DynamoDB leader election', (server) => runLeaderElectionConformance(mochaFrame(), leaderElectionHarness(server)));
