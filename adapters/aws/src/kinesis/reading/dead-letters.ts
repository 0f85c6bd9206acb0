import { randomUUID } from 'node:crypto';
import { PutItemCommand, QueryCommand, type AttributeValue, type DynamoDBClient, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Clock, ConsumedRecord, DeadRecord } from '@cave/core';
import { toAwsError } from '../../errors.js';
import { EXPIRES, ITEM, SCOPE } from '../leases/stream-table.js';

/** Of a body in one item, which has 400 KB at most, names and everything else included. */
const PART_BYTES = 300 * 1024;
const MAX_REASON_BYTES = 8 * 1024;
const TIME_DIGITS = 15;
const PART_DIGITS = 4;
const KEPT_SECONDS = 14 * 86_400;
/** DynamoDB removes what has expired within two days, in no order: parts outlive the letter they belong to. */
const PARTS_LONGER_SECONDS = 7 * 86_400;

type Item = Record<string, AttributeValue>;

/**
 * Records set aside, in the table of leases: a letter is one item, whose name begins with the
 * time. What does not fit of its body is in parts of their own, which are written before it:
 * who sees the letter finds all of it. They are kept for 14 days, by DynamoDB's time to live.
 */
export class DeadLetters {
  readonly #letters: string;
  readonly #parts: string;

  constructor(
    private readonly client: DynamoDBClient,
    private readonly table: string,
    stream: string,
    private readonly clock: Clock,
  ) {
    this.#letters = `dead-letters:${stream}`;
    this.#parts = `dead-letter-parts:${stream}`;
  }

  /** Resolves once it is durable. A repetition after an unknown outcome may be a second letter. */
  async add(partition: string, record: ConsumedRecord, reason: string, signal?: AbortSignal): Promise<void> {
    const nowMs = this.clock.nowMs();
    const letter = `${String(Math.round(nowMs)).padStart(TIME_DIGITS, '0')}-${randomUUID()}`;
    const expires = Math.round(nowMs / 1000) + KEPT_SECONDS;
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < record.body.length; at += PART_BYTES) chunks.push(record.body.subarray(at, at + PART_BYTES));
    const [head, ...rest] = chunks;
    for (const [i, chunk] of rest.entries()) {
      await this.#put({ [SCOPE]: { S: this.#parts }, [ITEM]: { S: `${letter}/${String(i).padStart(PART_DIGITS, '0')}` }, body: { B: chunk }, [EXPIRES]: { N: String(expires + PARTS_LONGER_SECONDS) } }, signal);
    }
    await this.#put(
      {
        [SCOPE]: { S: this.#letters },
        [ITEM]: { S: letter },
        shard: { S: partition },
        offset: { S: record.offset.toString() },
        recordKey: { S: record.key },
        reason: { S: shortened(reason) },
        parts: { N: String(rest.length) },
        ...(head && { body: { B: head } }),
        [EXPIRES]: { N: String(expires) },
      },
      signal,
    );
  }

  /** The newest first. */
  async newest(limit: number, signal?: AbortSignal): Promise<readonly DeadRecord[]> {
    const nowSeconds = this.clock.nowMs() / 1000;
    const letters: Item[] = [];
    for await (const item of this.#query(this.#letters, '', { ScanIndexForward: false, Limit: Math.max(1, limit) }, signal)) {
      if (letters.length >= limit) break;
      if (Number(item[EXPIRES]?.N ?? 0) > nowSeconds) letters.push(item);
    }
    const whole = await Promise.all(letters.map((letter) => this.#whole(letter, signal)));
    return whole.filter((letter) => letter !== null);
  }

  /** Null where a part is not there any more. */
  async #whole(letter: Item, signal?: AbortSignal): Promise<DeadRecord | null> {
    const text = (name: string): string => letter[name]?.S ?? '';
    const bodies = [letter['body']?.B ?? new Uint8Array(0)];
    if (letter['parts']?.N !== '0') {
      for await (const part of this.#query(this.#parts, `${text(ITEM)}/`, {}, signal)) bodies.push(part['body']?.B ?? new Uint8Array(0));
    }
    if (bodies.length !== 1 + Number(letter['parts']?.N)) return null;
    return { partition: text('shard'), offset: BigInt(text('offset')), key: text('recordKey'), body: bodies.length === 1 ? bodies[0] as Uint8Array : Buffer.concat(bodies), reason: text('reason') };
  }

  async *#query(scope: string, prefix: string, how: Partial<QueryCommandInput>, signal?: AbortSignal): AsyncGenerator<Item> {
    let from: Item | undefined;
    do {
      const request = new QueryCommand({
        TableName: this.table,
        ConsistentRead: true,
        KeyConditionExpression: prefix === '' ? '#scope = :scope' : '#scope = :scope AND begins_with(#item, :prefix)',
        ExpressionAttributeNames: { '#scope': SCOPE, ...(prefix !== '' && { '#item': ITEM }) },
        ExpressionAttributeValues: { ':scope': { S: scope }, ...(prefix !== '' && { ':prefix': { S: prefix } }) },
        ...how,
        ...(from && { ExclusiveStartKey: from }),
      });
      const page = await this.client.send(request, { ...(signal && { abortSignal: signal }) }).catch((error: unknown) => {
        throw toAwsError(error, `DynamoDB Query on "${this.table}"`, 'reads');
      });
      yield* page.Items ?? [];
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  async #put(item: Item, signal?: AbortSignal): Promise<void> {
    try {
      await this.client.send(new PutItemCommand({ TableName: this.table, Item: item }), { ...(signal && { abortSignal: signal }) });
    } catch (error) {
      throw toAwsError(error, `DynamoDB PutItem on "${this.table}"`, 'writes');
    }
  }
}

/** Never between the bytes of one letter. */
function shortened(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= MAX_REASON_BYTES ? reason : `${bytes.subarray(0, MAX_REASON_BYTES).toString()}…`;
}
