import { testContext } from '@cave/conformance';
import { CaveError } from '@cave/core';
import { assert } from 'chai';
import type { KinesisRawStreamOptions } from '../src/raw-stream-options.js';
import rawStream from '../src/raw-stream.js';
import { rawStreamOptions } from './support/kinesis.js';

const problem = (changes: Partial<KinesisRawStreamOptions>): string => {
  try {
    rawStream.create(rawStreamOptions(changes), testContext());
    return '';
  } catch (error) {
    assert.ok(error instanceof CaveError && error.code === 'configuration');
    return error.message;
  }
};

describe('Options of the raw stream on Kinesis', () => {
  it('are right by default', () => {
    assert.equal(problem({ 'access-key': '', 'secret-key': '', region: '' }), '');
  });

  it('that are wrong are named with what would be right', () => {
    const wrong: readonly (readonly [Partial<KinesisRawStreamOptions>, RegExp])[] = [
      [{ stream: 'raw metric data' }, /^raw-stream\.stream is "raw metric data", but must be 1 to 128 letters/],
      [{ table: 'ab' }, /^raw-stream\.table is "ab", but must be 3 to 255/],
      [{ endpoint: 'localhost:4567' }, /^raw-stream\.endpoint is "localhost:4567", but must be a URL/],
      [{ 'table-endpoint': 'localhost' }, /^raw-stream\.table-endpoint is "localhost", but must be a URL/],
      [{ 'access-key': '' }, /^raw-stream\.secret-key is given and raw-stream\.access-key is not/],
      [{ shards: 10_001 }, /^raw-stream\.shards is "10001", but must be a whole number from 0 to 10000/],
      [{ 'retention-hours': 23 }, /^raw-stream\.retention-hours is "23", but must be a whole number from 24 to 8760/],
      [{ slots: 0 }, /^raw-stream\.slots is "0", but must be a whole number from 1 to 4096/],
      [{ 'linger-ms': -1 }, /^raw-stream\.linger-ms is "-1"/],
      [{ 'delivery-timeout-ms': 10 }, /^raw-stream\.delivery-timeout-ms is "10", but must be a whole number of at least 1000/],
      [{ 'stream-refresh-ms': 1.5 }, /^raw-stream\.stream-refresh-ms is "1.5"/],
      [{ 'lease-ms': 0 }, /^raw-stream\.lease-ms is "0"/],
    ];
    for (const [changes, message] of wrong) assert.match(problem(changes), message);
  });

  it('say that the stream of processed points of the first CAVE is not used', () => {
    assert.match(rawStream.options.properties['processed-stream']?.description ?? '', /nothing is written there/);
  });
});
