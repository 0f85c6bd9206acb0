import { PutRecordsCommand, type KinesisClient, type PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import { CaveError } from '@cave/core';
import { toAwsError } from '../../errors.js';

/** Of one call. AWS allows 10 MiB by now; what it allowed before does as well, and emulators know no more. */
export const MAX_CALL_RECORDS = 500;
export const MAX_CALL_BYTES = 5 * 1024 * 1024;
/** Of one record: partition key and data. A stream may be set to take larger ones; none takes less. */
export const MAX_KINESIS_RECORD_BYTES = 1024 * 1024;

export interface KinesisRecord {
  readonly partitionKey: string;
  readonly explicitHashKey: string;
  readonly data: Uint8Array;
}

/** What became of one record of a call. */
export type Fate =
  | { readonly status: 'appended'; readonly shard: string; readonly sequenceNumber: string }
  /** Certainly not in the stream. `again`: what stood in the way may pass. */
  | { readonly status: 'refused'; readonly again: boolean; readonly error: CaveError }
  /** May or may not be in the stream: never to be sent again. */
  | { readonly status: 'unknown'; readonly error: CaveError };

/** One call, one attempt; the fate of each record, in their order. Never rejects. */
export async function putRecords(client: KinesisClient, stream: string, records: readonly KinesisRecord[], signal: AbortSignal): Promise<readonly Fate[]> {
  try {
    const { Records: entries } = await client.send(
      new PutRecordsCommand({ StreamName: stream, Records: records.map(({ partitionKey, explicitHashKey, data }) => ({ PartitionKey: partitionKey, ExplicitHashKey: explicitHashKey, Data: data })) }),
      { abortSignal: signal },
    );
    return records.map((_, i) => fateOf(entries?.[i], stream));
  } catch (error) {
    const fate = fateOfAll(toAwsError(error, `Kinesis PutRecords on "${stream}"`, 'writes'));
    return records.map(() => fate);
  }
}

/** An entry says one of two things; anything else, or none, says nothing. */
function fateOf(entry: PutRecordsResultEntry | undefined, stream: string): Fate {
  const { ErrorCode: code, ErrorMessage: message, SequenceNumber: sequenceNumber, ShardId: shard } = entry ?? {};
  if (code !== undefined) {
    const text = `Kinesis did not take the record into "${stream}": ${code}${message === undefined ? '' : `: ${message}`}`;
    return { status: 'refused', again: true, error: new CaveError(code === 'ProvisionedThroughputExceededException' ? 'resource_exhausted' : 'unavailable', text, { details: { aws: code } }) };
  }
  if (sequenceNumber !== undefined && shard !== undefined) return { status: 'appended', shard, sequenceNumber };
  return { status: 'unknown', error: new CaveError('unknown_outcome', `Kinesis answered a PutRecords on "${stream}" and did not say what became of the record.`) };
}

/** Of a call that failed as a whole. */
function fateOfAll(error: CaveError): Fate {
  if (error.code === 'resource_exhausted' || error.code === 'unavailable') return { status: 'refused', again: true, error };
  // One that was aborted was under way already.
  if (error.code === 'unknown_outcome' || error.code === 'aborted') return { status: 'unknown', error: new CaveError('unknown_outcome', error.message, { cause: error }) };
  // No such stream, no right, a key of AWS KMS that is switched off: for people.
  return { status: 'refused', again: false, error: new CaveError('unavailable', error.message, { cause: error, details: error.details }) };
}
