import { assert } from 'chai';
import fc from 'fast-check';
import { AGGREGATE_HEADER_BYTES, aggregatedBytes, decodeAggregate, encodeAggregate, MAX_AGGREGATED_RECORDS } from '../src/kinesis/aggregate.js';
import { fromOffset, toOffset } from '../src/kinesis/offsets.js';

const record = fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 60 }), body: fc.uint8Array({ maxLength: 200 }) });
const records = fc.array(record, { minLength: 1, maxLength: 20 });

describe('An aggregate of records', () => {
  it('gives back what was put in, in its order, in as many bytes as were announced', () => {
    fc.assert(
      fc.property(records, (given) => {
        const data = encodeAggregate(given);
        assert.deepEqual(decodeAggregate(data), given);
        assert.equal(data.length, given.reduce((bytes, one) => bytes + aggregatedBytes(one), AGGREGATE_HEADER_BYTES));
      }),
    );
  });

  it('is none when it was cut off, or when bytes follow', () => {
    fc.assert(
      fc.property(records, fc.nat(), (given, cut) => {
        const data = encodeAggregate(given);
        assert.isNull(decodeAggregate(data.subarray(0, cut % data.length)));
        assert.isNull(decodeAggregate(Uint8Array.from([...data, 0])));
      }),
    );
  });

  it('is none for bytes of others, another version, and a key that is no UTF-8', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => assert.isNull(decodeAggregate(bytes))));
    const data = encodeAggregate([{ key: 'k', body: Uint8Array.of(1) }]);
    const changed = (at: number, to: number): Uint8Array => data.map((byte, i) => (i === at ? to : byte));
    assert.lengthOf(decodeAggregate(data) ?? [], 1);
    assert.isNull(decodeAggregate(changed(4, 2)), 'version 2');
    assert.isNull(decodeAggregate(changed(AGGREGATE_HEADER_BYTES + 6, 0xff)), 'key');
  });

  it('is found in the middle of a larger buffer', () => {
    const data = encodeAggregate([{ key: 'k', body: Uint8Array.of(1, 2) }]);
    const larger = Uint8Array.from([9, 9, 9, ...data, 9]);
    assert.deepEqual(decodeAggregate(larger.subarray(3, 3 + data.length)), [{ key: 'k', body: Uint8Array.of(1, 2) }]);
  });

  it('has 1 to 65,536 records', () => {
    const one = { key: '', body: new Uint8Array(0) };
    assert.throws(() => encodeAggregate([]), RangeError);
    assert.lengthOf(decodeAggregate(encodeAggregate(new Array<typeof one>(MAX_AGGREGATED_RECORDS).fill(one))) ?? [], MAX_AGGREGATED_RECORDS);
    assert.throws(() => encodeAggregate(new Array<typeof one>(MAX_AGGREGATED_RECORDS + 1).fill(one)), RangeError);
  });
});

describe('An offset', () => {
  const number = fc.bigInt({ min: 0n, max: 2n ** 186n });
  const index = fc.integer({ min: 0, max: MAX_AGGREGATED_RECORDS - 1 });

  it('holds sequence number and index', () => {
    fc.assert(fc.property(number, index, (sequenceNumber, i) => assert.deepEqual(fromOffset(toOffset(String(sequenceNumber), i)), { sequenceNumber: String(sequenceNumber), index: i })));
  });

  it('grows with the sequence number first, with the index then', () => {
    fc.assert(
      fc.property(number, index, number, index, (a, i, b, j) => {
        const order = a === b ? i - j : a < b ? -1 : 1;
        const offsets = toOffset(a, i) - toOffset(b, j);
        assert.equal(offsets < 0n ? -1 : offsets > 0n ? 1 : 0, Math.sign(order));
      }),
    );
  });

  it('has no room for an index beyond the largest aggregate', () => {
    assert.throws(() => toOffset(1n, MAX_AGGREGATED_RECORDS), RangeError);
    assert.throws(() => toOffset(1n, -1), RangeError);
  });
});
