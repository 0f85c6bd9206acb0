import { PublishBatchCommand, type PublishBatchResponse, type SNSClient } from '@aws-sdk/client-sns';
import { CaveError, errorCode, type BusMessage, type BusPublishResult } from '@cave/core';
import { encodeChange, MAX_KEY_CHARACTERS, MAX_MESSAGE_BYTES } from './envelope.js';
import type { BusTopic } from './topic.js';
import { toAwsError } from '../errors.js';

/** Limits of one PublishBatch. */
const MOST_ENTRIES = 10;
const MOST_BYTES = 262_144;
const SENDER_AT_FAULT = 400;
const SERVICE_AT_FAULT = 500;

/** A message on its way; `index` is its place among those that were given. */
interface Entry {
  readonly index: number;
  readonly text: string;
}

/** Publishes in batches, and says of each message by itself what became of it. Never repeats a call. */
export class BusPublisher {
  constructor(
    private readonly sns: SNSClient,
    private readonly topic: BusTopic,
  ) {}

  /** `queueArn`: see BusTopic. */
  async publish(messages: readonly BusMessage[], queueArn: string | null, signal: AbortSignal): Promise<readonly BusPublishResult[]> {
    const results = messages.map((message): BusPublishResult | null => refused(message));
    const entries = messages.flatMap((message, index) => (results[index] === null ? [{ index, text: encodeChange(message) }] : []));
    if (entries.length > 0) {
      const outcomes = await this.#publishAll(entries, queueArn, signal);
      for (const [index, result] of outcomes) results[index] = result;
    }
    return results.map((result, index) => result ?? failed(new CaveError('unknown_outcome', `SNS did not say what became of the change of ${messages[index]?.key ?? ''}.`)));
  }

  async #publishAll(entries: readonly Entry[], queueArn: string | null, signal: AbortSignal): Promise<ReadonlyMap<number, BusPublishResult>> {
    let arn: string;
    try {
      arn = await this.topic.arn(queueArn, signal);
    } catch (error) {
      const cause = toAwsError(error, 'Finding the SNS topic', 'reads');
      if (cause.code === 'aborted') throw cause;
      return new Map(entries.map(({ index }) => [index, failed(cause)]));
    }
    const batches = await Promise.all(inBatches(entries).map((batch) => this.#publishBatch(arn, batch, signal)));
    return new Map(batches.flat());
  }

  async #publishBatch(arn: string, batch: readonly Entry[], signal: AbortSignal): Promise<[number, BusPublishResult][]> {
    try {
      const answer = await this.sns.send(new PublishBatchCommand({ TopicArn: arn, PublishBatchRequestEntries: batch.map(({ index, text }) => ({ Id: String(index), Message: text })) }), { abortSignal: signal });
      return this.#outcomes(answer);
    } catch (error) {
      const cause = this.#batchError(error);
      if (cause.code === 'aborted') throw cause;
      return batch.map(({ index }) => [index, failed(cause)]);
    }
  }

  #outcomes({ Successful = [], Failed = [] }: PublishBatchResponse): [number, BusPublishResult][] {
    return [
      ...Successful.map(({ Id }): [number, BusPublishResult] => [Number(Id), { status: 'published' }]),
      ...Failed.map(({ Id, Code, Message, SenderFault }): [number, BusPublishResult] => {
        const vendor = Object.assign(new Error(Message ?? ''), { name: Code ?? 'Unknown', $metadata: { httpStatusCode: SenderFault === true ? SENDER_AT_FAULT : SERVICE_AT_FAULT } });
        // A message that SNS says it failed was not published: nothing is unknown.
        return [Number(Id), failed(toAwsError(vendor, this.#what(), 'reads'))];
      }),
    ];
  }

  #batchError(error: unknown): CaveError {
    const cause = toAwsError(error, this.#what(), 'writes');
    if (errorCode(cause) !== 'not_found') return cause;
    this.topic.forget();
    const next = this.topic.makes ? 'It is made again with the next change.' : 'It is made by the api when that starts.';
    return new CaveError('unavailable', `The SNS topic "${this.topic.name}" is not there any more. ${next}`, { cause: error });
  }

  #what(): string {
    return `SNS PublishBatch on "${this.topic.name}"`;
  }
}

const failed = (error: CaveError): BusPublishResult => ({ status: 'failed', error });

function refused({ key, body }: BusMessage): BusPublishResult | null {
  if (body.byteLength > MAX_MESSAGE_BYTES) return failed(new CaveError('too_large', `The change of ${key.slice(0, MAX_KEY_CHARACTERS)} has ${body.byteLength} bytes; the config bus takes ${MAX_MESSAGE_BYTES}.`));
  if (key.length > MAX_KEY_CHARACTERS) return failed(new CaveError('invalid_argument', `The key of a change has at most ${MAX_KEY_CHARACTERS} characters.`));
  return null;
}

function inBatches(entries: readonly Entry[]): Entry[][] {
  const batches: Entry[][] = [];
  let batch: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length > 0 && (batch.length === MOST_ENTRIES || bytes + entry.text.length > MOST_BYTES)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.text.length;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
