import { mochaFrame, runLeaderElectionConformance, spawnAdapter, testContext, type LeaderElectionHarness } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import leaderElection, { type RedisLeaderElectionOptions } from '../src/leader-election.js';
import { connectionOptions, control, cuttableUrl, IS_OURS, PREFIX, removeKeys } from './support/server.js';

const LEASE_MS = 2_000;

describeOnServer('redis', 'Redis leader election', (server) => {
  const options = (url: string, place: string): RedisLeaderElectionOptions => ({ ...connectionOptions(url), 'key-prefix': `${PREFIX}${place}:`, servers: '', 'lease-ms': LEASE_MS, 'poll-interval-ms': 50 });
  const bad = (changes: Partial<RedisLeaderElectionOptions>) => () => leaderElection.create({ ...options('redis://localhost:1', 'bad'), ...changes }, testContext());

  const harness: LeaderElectionHarness = {
    name: 'redis',
    capabilities: leaderElection.capabilities,
    create: async (place) => leaderElection.create(options(cuttableUrl(server()), place), testContext()),
    remove: (place) => removeKeys(server(), place),
    spawnProcess: (place) => spawnAdapter(import.meta.resolve('../src/leader-election.js'), options(server().url, place)),
    ...(IS_OURS
      ? {
          killBroker: () => control(server()).kill(),
          restartBroker: () => control(server()).start(),
          cutNetwork: async () => (await server().cuttable?.cut()) ?? (() => Promise.reject(new Error('There is no proxy.'))),
        }
      : {}),
    badOptions: [
      { title: 'no host', attempt: bad({ host: '' }) },
      { title: 'a port beyond all ports', attempt: bad({ port: 70_000 }) },
      { title: 'half a database', attempt: bad({ db: 0.5 }) },
      { title: 'a user without a password', attempt: bad({ user: 'cave', password: '' }) },
      { title: 'a prefix with braces', attempt: bad({ 'key-prefix': '{a}' }) },
      { title: 'an even number of servers', attempt: bad({ servers: 'a:1,b:2' }) },
      { title: 'one server twice', attempt: bad({ servers: 'a:1,b:2,a:1' }) },
      { title: 'a server without a port', attempt: bad({ servers: 'a' }) },
      { title: 'a lease too short', attempt: bad({ 'lease-ms': 10 }) },
      { title: 'a candidate that asks less often than a lease is long', attempt: bad({ 'poll-interval-ms': LEASE_MS + 1 }) },
    ],
  };

  runLeaderElectionConformance(mochaFrame(), harness);
});
