import { DeleteTableCommand, DynamoDBClient, GetItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { spawnAdapter, testContext, type LeaderElectionHarness } from '@cave/conformance';
import type { ServerControl, TestServer } from '@cave/test-servers';
import { clientSettings } from '../../src/client.js';
import { awsErrorName } from '../../src/errors.js';
import type { DynamoLeaderElectionOptions } from '../../src/leader-election-options.js';
import leaderElection from '../../src/leader-election.js';

export const LEASE_MS = 2_000;

export function electionOptions(url: string, table: string, changes: Partial<DynamoLeaderElectionOptions> = {}): DynamoLeaderElectionOptions {
  return {
    region: 'eu-west-1',
    endpoint: url,
    'access-key': 'test',
    'secret-key': 'test',
    'connection-timeout-ms': 2_000,
    'request-timeout-ms': 5_000,
    table,
    'lease-ms': LEASE_MS,
    'poll-interval-ms': 50,
    ...changes,
  };
}

export function control(server: TestServer): ServerControl {
  if (server.control === null) throw new Error('The server is not ours to kill.');
  return server.control;
}

export function cuttable(server: TestServer): NonNullable<TestServer['cuttable']> {
  if (server.cuttable === null) throw new Error('There is no proxy before this server.');
  return server.cuttable;
}

/** A plain client beside the adapter. */
export async function withClient<T>(server: TestServer, use: (client: DynamoDBClient) => Promise<T>): Promise<T> {
  const client = new DynamoDBClient(clientSettings(electionOptions(server.url, 'any')));
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

export function removeTable(server: TestServer, table: string): Promise<void> {
  return withClient(server, async (client) => {
    try {
      await client.send(new DeleteTableCommand({ TableName: table }));
    } catch (error) {
      // A case whose drivers were never started has none.
      if (awsErrorName(error) !== 'ResourceNotFoundException') throw error;
    }
  });
}

export function itemOf(server: TestServer, table: string, office: string): Promise<Record<string, AttributeValue> | undefined> {
  return withClient(server, async (client) => (await client.send(new GetItemCommand({ TableName: table, Key: { office: { S: office } }, ConsistentRead: true }))).Item);
}

export function leaderElectionHarness(server: () => TestServer): LeaderElectionHarness {
  const bad: readonly (readonly [string, object])[] = [
    ['an access key without its secret', { 'secret-key': '' }],
    ['a secret without its access key', { 'access-key': '' }],
    ['an endpoint that is no URL', { endpoint: 'dynamodb' }],
    ['no table', { table: '' }],
    ['a table that DynamoDB does not allow', { table: 'cave/leases' }],
    ['a lease too short', { 'lease-ms': 10 }],
    ['half a millisecond', { 'lease-ms': 2_000.5 }],
    ['a candidate that looks less often than a lease is long', { 'poll-interval-ms': LEASE_MS + 1 }],
  ];
  return {
    name: 'dynamodb',
    capabilities: leaderElection.capabilities,
    create: async (place) => leaderElection.create(electionOptions(cuttable(server()).url, place), testContext()),
    remove: (place) => removeTable(server(), place),
    spawnProcess: (place) => spawnAdapter(import.meta.resolve('../../src/leader-election.js'), electionOptions(server().url, place)),
    killBroker: () => control(server()).kill(),
    restartBroker: () => control(server()).start(),
    cutNetwork: () => cuttable(server()).cut(),
    badOptions: bad.map(([title, changes]) => ({ title, attempt: () => leaderElection.create({ ...electionOptions('http://localhost:1', 'bad'), ...changes }, testContext()) })),
  };
}
