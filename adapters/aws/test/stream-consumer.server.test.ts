import { eventually, failsWith } from '@cave/conformance';
import { describeOnServer, testServer, type TestServer } from '@cave/test-servers';
import { expect } from 'chai';
import { bodiesOf, holds, PATIENCE_MS, readUntil, records, TestStream, text } from './support/shards.js';

describeOnServer('kinesis', 'one member and several of a group on Kinesis', (kinesis) => {
  let dynamo: TestServer;
  let open: TestStream[] = [];
  before(async () => {
    dynamo = await testServer('dynamodb');
  });
  after(() => dynamo.stop());
  afterEach(async () => {
    await Promise.all(open.map((stream) => stream.close()));
    open = [];
  });
  const create = (shards: number): Promise<TestStream> => {
    const stream = new TestStream(kinesis().url, dynamo.url);
    open.push(stream);
    return stream.create(shards);
  };

  it('reads what was there, resumes at its checkpoint, and says what is drained', async () => {
    const stream = await create(2);
    await stream.put(records('a', 40, 8));
    const first = await stream.join();
    expect(first.assignment()).to.have.length(2);
    expect(bodiesOf(await readUntil(first, (batches) => bodiesOf(batches).length === 40)).sort()).to.deep.equal(records('a', 40).map(text).sort());
    await first.close();
    await stream.put(records('b', 10, 8));
    const second = await stream.join();
    const drained = new Set<string>();
    const read = await readUntil(second, (batches) => {
      for (const batch of batches) if (batch.drained) drained.add(batch.partition);
      return drained.size === 2;
    });
    expect(bodiesOf(read).sort()).to.deep.equal(records('b', 10).map(text).sort());
  });

  it('hands out what fits, and says drained only of the last of it', async () => {
    const stream = await create(1);
    await stream.put(records('a', 10));
    const consumer = await stream.join({ maxRecords: 4 });
    const read = await readUntil(consumer, (batches) => bodiesOf(batches).length === 10, false);
    expect(read.filter((batch) => batch.records.length > 0).map((batch) => [batch.records.length, batch.drained])).to.deep.equal([[4, false], [4, false], [2, true]]);
  });

  it('shares shards with a second and a third member, and gets them back when they leave', async () => {
    const stream = await create(6);
    const first = await stream.join();
    expect(first.assignment()).to.have.length(6);
    const second = await stream.join();
    await Promise.all([holds(first, 3), holds(second, 3)]);
    const third = await stream.join();
    const listed = (await stream.shards()).map(({ ShardId }) => ShardId).sort();
    // One that a shard was stolen from learns of it within a round.
    await eventually('each holds its share, and no shard is held twice', PATIENCE_MS, () => {
      const shares = [first, second, third].map((member) => member.assignment());
      expect(shares.map(({ length }) => length)).to.deep.equal([2, 2, 2]);
      expect(shares.flat().sort()).to.deep.equal(listed);
      return true;
    });
    await Promise.all([second.close(), third.close()]);
    await holds(first, 6);
  });

  it('refuses the checkpoint of a member that has lost the shard', async () => {
    const stream = await create(1);
    await stream.put(records('a', 3));
    const first = await stream.join();
    const [batch] = await readUntil(first, (batches) => bodiesOf(batches).length === 3, false);
    const last = batch?.records.at(-1);
    if (batch === undefined || last === undefined) throw new Error('nothing was read');
    await first.close();
    const second = await stream.join();
    await holds(second, 1);
    expect(await first.checkpoint(batch.partition, last.offset)).to.equal('lost');
    expect(bodiesOf(await readUntil(second, (batches) => bodiesOf(batches).length === 3))).to.have.length(3);
    await failsWith('closed', 'a poll of a closed consumer', () => first.poll(1));
  });

  it('seeks to a record that was handed out, and to the beginning', async () => {
    const stream = await create(1);
    await stream.put(records('a', 10));
    const consumer = await stream.join();
    const read = (await readUntil(consumer, (batches) => bodiesOf(batches).length === 10)).flatMap((batch) => batch.records);
    const [shard = ''] = consumer.assignment();
    await consumer.seek(shard, read[6]?.offset ?? 0n);
    expect(bodiesOf(await readUntil(consumer, (batches) => bodiesOf(batches).length === 4))).to.deep.equal(['a/6', 'a/7', 'a/8', 'a/9']);
    await consumer.seek(shard, 0n);
    expect(bodiesOf(await readUntil(consumer, (batches) => bodiesOf(batches).length === 10))).to.have.length(10);
  });

  it('keeps dead letters whole, the newest first, also those larger than an item', async () => {
    const stream = await create(1);
    const consumer = await stream.join();
    const large = Buffer.alloc(1_000_000, 7);
    await consumer.deadLetter('shardId-000000000000', { key: 'k', body: Buffer.from('small'), offset: 5n }, 'first');
    await consumer.deadLetter('shardId-000000000000', { key: '', body: large, offset: 1n << 200n }, 'second');
    await consumer.deadLetter('shardId-000000000000', { key: 'empty', body: Buffer.alloc(0), offset: 7n }, 'third');
    const letters = await stream.deadLetters().newest(10);
    expect(letters.map(({ reason, offset, key }) => [reason, offset, key])).to.deep.equal([['third', 7n, 'empty'], ['second', 1n << 200n, ''], ['first', 5n, 'k']]);
    expect(Buffer.from(letters[1]?.body ?? []).equals(large)).to.equal(true);
    expect(letters[0]?.body.length).to.equal(0);
    expect((await stream.deadLetters().newest(1)).map(({ reason }) => reason)).to.deep.equal(['third']);
  });

  it('reads a child only once its parent is finished, in order, over a split and a merge', async () => {
    const stream = await create(1);
    await stream.put(records('a', 20, 5));
    const consumer = await stream.join();
    await stream.split('shardId-000000000000');
    await stream.put(records('b', 20, 5));
    // To the end of the parent and beyond: nothing of it is acknowledged.
    await readUntil(consumer, (batches) => bodiesOf(batches).length === 20 && batches.filter((batch) => batch.records.length === 0).length >= 5, false);
    expect(consumer.assignment()).to.deep.equal(['shardId-000000000000']);
    expect((await stream.leases()).map((lease) => lease['finished'])).to.deep.equal([undefined]);
    await consumer.close();
    const again = await stream.join();
    const read = await readUntil(again, (batches) => bodiesOf(batches).length === 40);
    expect(bodiesOf(read).sort()).to.deep.equal([...records('a', 20), ...records('b', 20)].map(text).sort());
    await stream.merge('shardId-000000000001', 'shardId-000000000002');
    await stream.put(records('c', 20, 5));
    expect(bodiesOf(await readUntil(again, (batches) => bodiesOf(batches).length === 20)).sort()).to.deep.equal(records('c', 20).map(text).sort());
    await eventually('every listed shard is told of', PATIENCE_MS, () => again.assignment().length === 4);
    const told = new Set<string>();
    await readUntil(again, (batches) => {
      for (const batch of batches) if (batch.drained && batch.records.length === 0) told.add(batch.partition);
      return told.size === 4;
    });
  });
});
