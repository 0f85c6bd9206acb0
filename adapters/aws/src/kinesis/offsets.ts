import { MAX_AGGREGATED_RECORDS } from './aggregate.js';

/*
 * Offset of a record of ours: the sequence number of the Kinesis record that carries it, and
 * its index in there. Sequence numbers grow within a shard and are never used again; they are
 * numbers of up to 186 bits, and a bigint holds them and the index.
 */
const INDEX_BITS = 16n;
const INDEX_MASK = BigInt(MAX_AGGREGATED_RECORDS - 1);

/** Where a record is: the number as Kinesis writes it, and the index in the aggregate from 0. */
export interface StreamPlace {
  readonly sequenceNumber: string;
  readonly index: number;
}

/** Throws RangeError for an index outside 0 to 65,535. */
export function toOffset(sequenceNumber: string | bigint, index: number): bigint {
  if (!Number.isInteger(index) || index < 0 || index >= MAX_AGGREGATED_RECORDS) throw new RangeError(`An index in an aggregate is 0 to ${MAX_AGGREGATED_RECORDS - 1}, not ${index}.`);
  return (BigInt(sequenceNumber) << INDEX_BITS) | BigInt(index);
}

export function fromOffset(offset: bigint): StreamPlace {
  return { sequenceNumber: String(offset >> INDEX_BITS), index: Number(offset & INDEX_MASK) };
}
