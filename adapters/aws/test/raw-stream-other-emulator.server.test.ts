import { randomBytes } from 'node:crypto';
import { testContext } from '@cave/conformance';
import type { RawStream } from '@cave/core';
import { describeOnServer } from '@cave/test-servers';
import { assert } from 'chai';
import rawStream from '../src/raw-stream.js';
import { inStream, rawStreamOptions } from './support/kinesis.js';

/** What kinesalite alone takes might be its leniency. */
describeOnServer('kinesis-local', 'publishing to a second implementation of Kinesis', (server) => {
  const name = `other-${randomBytes(5).toString('hex')}`;
  let stream: RawStream;

  before(async () => {
    stream = rawStream.create(rawStreamOptions({ endpoint: server().url, stream: name, shards: 3, slots: 600 }), testContext());
    await stream.start();
  });
  after(() => stream.close());

  it('the stream is made, told and healthy', async () => {
    assert.match(stream.incarnation(), new RegExp(`^arn:aws:kinesis:.*:stream/${name}@\\d{4}-`));
    assert.lengthOf(await stream.partitions(), 3);
    assert.deepEqual(await stream.health(), { healthy: true });
  });

  it('records of 600 slots are taken by several calls, where they are told to be, in order by key', async () => {
    const list = Array.from({ length: 3_000 }, (_, i) => ({ key: `key-${i % 1_500}`, body: Buffer.from(String(i)) }));
    const told = await stream.publish(list);
    const there = new Map((await inStream(server().url, name)).map((one) => [one.text, one]));
    assert.equal(there.size, list.length);
    list.forEach(({ key, body }, i) => {
      const result = told[i];
      const one = there.get(body.toString());
      assert.ok(result?.status === 'appended' && one !== undefined);
      assert.deepEqual([result.partition, result.offset, key], [one.partition, one.offset, one.key]);
      const later = there.get(String(i + 1_500));
      if (later !== undefined) assert.ok(later.partition === one.partition && later.offset > one.offset);
    });
  });

  it('a record of the largest size is taken', async () => {
    const body = Buffer.alloc(stream.capabilities.maxRecordBytes, 0xa5);
    const [result] = await stream.publish([{ key: 'é'.repeat(128), body }]);
    assert.equal(result?.status, 'appended');
  });
});
