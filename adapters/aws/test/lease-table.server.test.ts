import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { failsWith, quietLogger } from '@cave/conformance';
import { AwsGateway, awsError, describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import { clientSettings } from '../src/client.js';
import { LeaseTable, type Lease } from '../src/lease-table.js';
import { toOffset } from '../src/offsets.js';
import { stopOfMany } from '../src/stop-signals.js';
import { ensureStreamTable } from '../src/stream-table.js';
import { connection, listening } from './support/shards.js';

const { signal } = stopOfMany();
const SHARD = 'shardId-000000000000';

describeOnServer('dynamodb', 'leases on the shards of a stream', (server) => {
  const table = `t-${randomBytes(5).toString('hex')}`;
  let client: DynamoDBClient;
  let group = '';
  before(async () => {
    client = new DynamoDBClient(clientSettings(connection(server().url)));
    await ensureStreamTable(client, table, quietLogger, signal);
  });
  after(() => client.destroy());
  beforeEach(() => {
    group = randomBytes(5).toString('hex');
  });
  const member = (owner: string, incarnation = 'one'): LeaseTable => new LeaseTable(client, table, group, incarnation, owner, () => Date.now());
  const taken = (lease: Lease | 'lost'): Lease => {
    if (lease === 'lost') throw new Error('The lease was lost.');
    return lease;
  };

  it('go to exactly one of many who take the same one at once', async () => {
    const takers = Array.from({ length: 20 }, (_, i) => member(`m${i}`));
    for (let round = 0; round < 3; round++) {
      const seen = (await member('reader').list(signal))[0] ?? null;
      const outcomes = await Promise.all(takers.map((taker) => taker.take(SHARD, seen, signal)));
      const winners = outcomes.filter((outcome) => outcome !== 'lost');
      expect(winners).to.have.length(1);
      expect((await member('reader').list(signal))[0]).to.deep.equal(winners[0]);
    }
  });

  it('are lost to whoever took them, for every change, also to the same member', async () => {
    const one = member('one');
    const first = taken(await one.take(SHARD, null, signal));
    expect(await one.renew(first, { lagMs: 5, doneUpToMs: 7 }, signal)).to.equal('ok');
    const [renewed] = await one.list(signal);
    expect(renewed?.look).to.deep.equal({ lagMs: 5, doneUpToMs: 7 });
    expect(await member('late').take(SHARD, first, signal)).to.equal('lost', 'it was renewed since it was seen');
    const second = taken(await one.take(SHARD, renewed ?? null, signal));
    for (const change of [one.renew(first, null, signal), one.checkpoint(first, 1n, null, signal), one.finish(first, null, signal)]) expect(await change).to.equal('lost');
    await one.release(first, signal);
    expect((await one.list(signal))[0]).to.deep.equal(second, 'nothing was changed');
    await one.release(second, signal);
    expect((await one.list(signal))[0]).to.deep.include({ owner: null, generation: second.generation });
  });

  it('keep checkpoints of any size exactly, and never move them back', async () => {
    const one = member('one');
    const lease = taken(await one.take(SHARD, null, signal));
    const at = async (): Promise<bigint | null | undefined> => (await one.list(signal))[0]?.checkpoint;
    expect(await at()).to.equal(null);
    const ascending = [toOffset(9n, 65_535), toOffset(10n, 0), toOffset(99n, 7), toOffset(100n, 1), toOffset('49590338271490256608559692538361571095921575989136588898', 3), toOffset('49590338271490256608559692538361571095921575989136588898', 12), toOffset(10n ** 128n, 0)];
    for (const offset of ascending) {
      expect(await one.checkpoint(lease, offset, null, signal)).to.equal('ok');
      expect(await at()).to.equal(offset);
      for (const lower of ascending) {
        if (lower >= offset) break;
        expect(await one.checkpoint(lease, lower, null, signal)).to.equal('ok');
        expect(await at()).to.equal(offset, 'not moved back');
      }
    }
  });

  it('of a stream that was made anew are others', async () => {
    const lease = taken(await member('one', 'old').take(SHARD, null, signal));
    await member('one', 'old').checkpoint(lease, 5n, null, signal);
    expect(await member('one', 'new').list(signal)).to.deep.equal([]);
  });

  it('are removed only as they were seen', async () => {
    const one = member('one');
    const lease = taken(await one.take(SHARD, null, signal));
    await one.renew(lease, null, signal);
    expect(await one.remove(lease, signal)).to.equal(false);
    const [now] = await one.list(signal);
    expect(await one.remove(now ?? lease, signal)).to.equal(true);
    expect(await one.list(signal)).to.deep.equal([]);
  });

  it('are listed over as many pages as there are', async () => {
    const gateway = await AwsGateway.start({ dynamodb: server().url });
    const behind = new DynamoDBClient(clientSettings(connection(gateway.url)));
    try {
      const one = new LeaseTable(behind, table, group, 'one', 'one', () => Date.now());
      for (let i = 0; i < 5; i++) await one.take(`shard-${i}`, null, signal);
      gateway.handle((call, pass) => (call.action === 'Query' ? pass({ ...call.input, Limit: 2 }) : pass()));
      expect((await one.list(signal)).map(({ shard }) => shard)).to.deep.equal(['shard-0', 'shard-1', 'shard-2', 'shard-3', 'shard-4']);
      expect(gateway.calls.filter(({ action }) => action === 'Query')).to.have.length(3);
    } finally {
      behind.destroy();
      await gateway.close();
    }
  });

  describe('whose table', () => {
    let gateway: AwsGateway;
    let behind: DynamoDBClient;
    beforeEach(async () => {
      gateway = await AwsGateway.start({ dynamodb: server().url });
      behind = new DynamoDBClient(clientSettings(connection(gateway.url)));
    });
    afterEach(async () => {
      behind.destroy();
      await gateway.close();
    });
    const answer = (action: string, body: object): void => void gateway.handle(async (call, pass) => (call.action === action ? { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Buffer.from(JSON.stringify(body)) } : pass()));
    const updates = (): readonly object[] => gateway.calls.filter(({ action }) => action === 'UpdateTimeToLive').map(({ input }) => input);

    it('is made to remove what has expired', async () => {
      answer('DescribeTimeToLive', { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } });
      answer('UpdateTimeToLive', {});
      await ensureStreamTable(behind, table, quietLogger, signal);
      expect(updates()).to.deep.equal([{ TableName: table, TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true } }]);
    });

    it('does so already', async () => {
      answer('DescribeTimeToLive', { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLING', AttributeName: 'expires' } });
      await ensureStreamTable(behind, table, quietLogger, signal);
      expect(updates()).to.deep.equal([]);
    });

    it('does so by another attribute, which is said', async () => {
      answer('DescribeTimeToLive', { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' } });
      const error = await failsWith('configuration', 'the table', () => ensureStreamTable(behind, table, quietLogger, signal));
      expect(error.message).to.contain('"ttl"').and.to.contain('"expires"');
    });

    it('cannot, on a stand-in for DynamoDB, which is said and no failure', async () => {
      const { logger, count } = listening();
      await ensureStreamTable(client, table, logger, signal);
      expect(count('table_without_time_to_live')).to.equal(1);
    });

    it('may not be changed, by the policy of the credentials, which is said and no failure', async () => {
      const { logger, count } = listening();
      gateway.handle(async (call, pass) => (call.action === 'DescribeTimeToLive' ? awsError(call, 'AccessDeniedException') : pass()));
      await ensureStreamTable(behind, table, logger, signal);
      expect(count('table_without_time_to_live')).to.equal(1);
    });
  });
});
