import { mochaFrame, runRawStreamConformance, spawnAdapter, testContext, type RawStreamHarness, type RawStreamSettings } from '@cave/conformance';
import { describeOnServer, type TestServer } from '@cave/test-servers';
import type { KinesisRawStreamOptions } from '../src/raw-stream-options.js';
import rawStream from '../src/raw-stream.js';
import { rawStreamOptions, removeStreams } from './support/kinesis.js';

const bad = (changes: Partial<KinesisRawStreamOptions>) => () => rawStream.create(rawStreamOptions(changes), testContext());
const both = async <T>(servers: readonly TestServer[], act: (server: TestServer) => Promise<T> | undefined): Promise<void> => {
  await Promise.all(servers.map(async (server) => act(server)));
};
const byCuttable = ({ cuttable, url }: TestServer): string => cuttable?.url ?? url;

describeOnServer('kinesis', 'raw stream on Kinesis', (kinesis) => {
  describeOnServer('dynamodb', 'with its table in DynamoDB', (dynamo) => {
    const servers = (): readonly TestServer[] => [kinesis(), dynamo()];
    const options = (place: string, { partitions }: RawStreamSettings): KinesisRawStreamOptions =>
      rawStreamOptions({ endpoint: byCuttable(kinesis()), 'table-endpoint': byCuttable(dynamo()), stream: place, table: 'raw-stream-kit', shards: partitions, 'lease-ms': 3_000 });
    const harness: RawStreamHarness = {
      name: 'kinesis',
      capabilities: rawStream.capabilities,
      create: async (place, settings) => rawStream.create(options(place, settings), testContext()),
      remove: (place) => removeStreams(kinesis().url, place),
      spawnProcess: (place, settings) => spawnAdapter(import.meta.resolve('../src/raw-stream.js'), options(place, settings)),
      killBroker: () => both(servers(), ({ control }) => control?.kill()),
      restartBroker: () => both(servers(), ({ control }) => control?.start()),
      cutNetwork: async () => {
        const heals: (() => Promise<void>)[] = [];
        await both(servers(), ({ cuttable }) => cuttable?.cut().then((heal) => heals.push(heal)));
        return async () => void (await Promise.all(heals.map((heal) => heal())));
      },
      badOptions: [
        { title: 'a stream that Kinesis does not name so', attempt: bad({ stream: 'raw metric data' }) },
        { title: 'a table that DynamoDB does not name so', attempt: bad({ table: 'ab' }) },
        { title: 'an endpoint that is no URL', attempt: bad({ endpoint: 'localhost:4567' }) },
        { title: 'an endpoint of the table that is no URL', attempt: bad({ 'table-endpoint': 'localhost:8000' }) },
        { title: 'an access key without its secret', attempt: bad({ 'secret-key': '' }) },
        { title: 'less than a shard', attempt: bad({ shards: -1 }) },
        { title: 'half a shard', attempt: bad({ shards: 1.5 }) },
        { title: 'no slot', attempt: bad({ slots: 0 }) },
        { title: 'more slots than there are names', attempt: bad({ slots: 4_097 }) },
        { title: 'a retention that Kinesis does not have', attempt: bad({ 'retention-hours': 12 }) },
        { title: 'a lease too short to be renewed', attempt: bad({ 'lease-ms': 100 }) },
      ],
      // The lease of a member that was killed must end first.
      patienceMs: 30_000,
    };
    runRawStreamConformance(mochaFrame(), harness);
  });
});
