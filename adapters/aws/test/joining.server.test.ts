import { randomBytes } from 'node:crypto';
import { eventually, failsWith, testContext } from '@cave/conformance';
import { AwsGateway, awsError, describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import rawStream from '../src/raw-stream.js';
import { rawStreamOptions, removeStreams } from './support/kinesis.js';
import { PATIENCE_MS } from './support/shards.js';

const GROUP = { group: 'g', maxRecords: 50, maxBytes: 1_000_000 };

describeOnServer('kinesis', 'joining a group on Kinesis', (kinesis) => {
  describeOnServer('dynamodb', 'whose leases are in DynamoDB', (dynamo) => {
    it('ends at once when it is no longer waited for, and leaves what it took to others', async () => {
      const gateway = await AwsGateway.start({ kinesis: kinesis().url, dynamodb: dynamo().url });
      const name = `join-${randomBytes(5).toString('hex')}`;
      // Leases that nobody would wait for the end of.
      const stream = rawStream.create(rawStreamOptions({ endpoint: gateway.url, 'table-endpoint': gateway.url, stream: name, table: `${name}-table`, shards: 3, 'lease-ms': 600_000 }), testContext());
      try {
        await stream.start();
        let release = (): void => undefined;
        const held = new Promise<void>((resolve) => (release = resolve));
        const updates = (what: string): number => gateway.calls.filter(({ action, input }) => action === 'UpdateItem' && String(input['UpdateExpression']).includes(what)).length;
        gateway.handle(async (call, pass) => {
          const answer = await pass();
          if (call.action === 'UpdateItem') await held;
          return answer;
        });
        const nobodyWaits = new AbortController();
        const joining = stream.consume(GROUP, nobodyWaits.signal);
        await eventually('three leases are being taken', PATIENCE_MS, () => updates(':taken') === 3);
        nobodyWaits.abort();
        await failsWith('aborted', 'joining', () => joining);
        release();
        await eventually('they are given back', PATIENCE_MS, () => updates('REMOVE #owner') === 3);
        const other = await stream.consume(GROUP);
        expect(other.assignment()).to.have.length(3);
      } finally {
        await stream.close(AbortSignal.abort());
        await removeStreams(kinesis().url, name);
        await gateway.close();
      }
    });

    it('fails with what DynamoDB says, and names the table', async () => {
      const gateway = await AwsGateway.start({ kinesis: kinesis().url, dynamodb: dynamo().url });
      const name = `join-${randomBytes(5).toString('hex')}`;
      const stream = rawStream.create(rawStreamOptions({ endpoint: gateway.url, 'table-endpoint': gateway.url, stream: name, table: `${name}-table`, shards: 1 }), testContext());
      try {
        await stream.start();
        gateway.handle(async (call, pass) => (call.action === 'Query' ? awsError(call, 'AccessDeniedException', 400, 'not authorized to perform: dynamodb:Query') : pass()));
        const error = await failsWith('forbidden', 'joining', () => stream.consume(GROUP));
        expect(error.message).to.contain(`${name}-table`).and.to.contain('dynamodb:Query');
      } finally {
        await stream.close(AbortSignal.abort());
        await removeStreams(kinesis().url, name);
        await gateway.close();
      }
    });
  });
});
