/* Run as a process of its own: campaigns for an office and tells its parent when it won and when it lost it. */
import { testContext } from '@cave/conformance';
import type { DynamoLeaderElectionOptions } from '../../src/leader-election-options.js';
import leaderElection from '../../src/leader-election.js';

const [options, office] = process.argv.slice(2);
if (options === undefined || office === undefined) throw new Error('usage: candidate <options as JSON> <office>');
const election = leaderElection.create(JSON.parse(options) as DynamoLeaderElectionOptions, testContext());
await election.start();
const tenure = await election.campaign(office, String(process.pid));
tenure.lost.addEventListener('abort', () => process.send?.('lost'));
process.send?.('elected');
