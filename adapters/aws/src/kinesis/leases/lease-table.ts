import { DeleteItemCommand, GetItemCommand, QueryCommand, UpdateItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CallKind } from '../../errors.js';
import { awsErrorName, toAwsError } from '../../errors.js';
import { fromOffset, toOffset } from '../offsets.js';
import { EXPIRES, ITEM, SCOPE } from './stream-table.js';

/** A lease that nobody renews for this long is of a stream or group that is no more. Longer than the longest retention, 365 days. */
const KEPT_SECONDS = 400 * 86_400;
const LENGTH_DIGITS = 3;
const INDEX_DIGITS = 5;
const NAMES = { '#scope': SCOPE, '#item': ITEM, '#owner': 'owner', '#counter': 'counter', '#generation': 'generation', '#checkpoint': 'checkpoint', '#finished': 'finished', '#lag': 'lagMs', '#done': 'doneUpToMs', '#expires': EXPIRES };

/** How far a group had come with a shard when its holder last looked. */
export interface Look {
  /** How long before the newest record the one was appended that the group reads next. */
  readonly lagMs: number;
  /** Everything appended until then is done, in milliseconds since the epoch; null: nobody knows. */
  readonly doneUpToMs: number | null;
}

/** Who reads a shard for a group, and how far it has come. */
export interface Lease {
  readonly shard: string;
  /** Null: free. */
  readonly owner: string | null;
  /** Changes whenever it is taken or renewed. */
  readonly counter: number;
  /** Changes whenever it is taken: one member's two holdings of a shard are told apart by it. */
  readonly generation: number;
  /** Next offset to be read; null when there was no checkpoint. */
  readonly checkpoint: bigint | null;
  /** The shard is closed, and all of it is done. */
  readonly finished: boolean;
  readonly look: Look | null;
}

/** Of a lease that is held. */
export interface LeaseKey {
  readonly shard: string;
  readonly generation: number;
}

/**
 * The leases of one group on the shards of one incarnation of a stream. Every change is
 * conditional; what it would have changed being somebody else's is a value, `lost`. A write
 * of unknown outcome may be repeated: each is the same again, or finds itself done.
 */
export class LeaseTable {
  readonly scope: string;

  constructor(
    private readonly client: DynamoDBClient,
    private readonly table: string,
    group: string,
    incarnation: string,
    /** This member. */
    private readonly owner: string,
    private readonly nowMs: () => number,
  ) {
    // A stream that was made anew inherits nothing.
    this.scope = `group:${group}:${incarnation}`;
  }

  /** All of them, as of now. */
  async list(signal: AbortSignal): Promise<readonly Lease[]> {
    const leases: Lease[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.#call('Query', 'reads', () =>
        this.client.send(
          new QueryCommand({
            TableName: this.table,
            ConsistentRead: true,
            KeyConditionExpression: '#scope = :scope',
            ExpressionAttributeNames: { '#scope': SCOPE },
            ExpressionAttributeValues: { ':scope': { S: this.scope } },
            ...(from && { ExclusiveStartKey: from }),
          }),
          { abortSignal: signal },
        ),
      );
      for (const item of page.Items ?? []) leases.push(toLease(item));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return leases;
  }

  /** Takes the lease as it was seen; null where there was none yet. */
  async take(shard: string, seen: Lease | null, signal: AbortSignal): Promise<Lease | 'lost'> {
    const condition = seen === null ? 'attribute_not_exists(#scope)' : '#counter = :counter AND #generation = :generation';
    const values = seen === null ? {} : { ':counter': { N: String(seen.counter) }, ':generation': { N: String(seen.generation) } };
    const given = { ':next': { N: String((seen?.counter ?? 0) + 1) }, ':taken': { N: String((seen?.generation ?? 0) + 1) } };
    const item = await this.#update(shard, 'SET #owner = :owner, #counter = :next, #generation = :taken, #expires = :expires', condition, { ...values, ...given }, signal);
    return item === 'lost' ? 'lost' : toLease(item);
  }

  async renew(key: LeaseKey, look: Look | null, signal: AbortSignal): Promise<'ok' | 'lost'> {
    const item = await this.#updateOwn(key, `SET #counter = #counter + :one, #expires = :expires${lookSet(look)}`, '', { ':one': { N: '1' }, ...lookValues(look) }, signal);
    return item === 'lost' ? 'lost' : 'ok';
  }

  /** `next`: next offset to be read. Never moves back: where it would, nothing happens, and that is `ok`. */
  async checkpoint(key: LeaseKey, next: bigint, look: Look | null, signal: AbortSignal): Promise<'ok' | 'lost'> {
    const moved = await this.#updateOwn(
      key,
      `SET #counter = #counter + :one, #checkpoint = :checkpoint, #expires = :expires${lookSet(look)}`,
      ' AND (attribute_not_exists(#checkpoint) OR #checkpoint < :checkpoint)',
      { ':one': { N: '1' }, ':checkpoint': { S: toText(next) }, ...lookValues(look) },
      signal,
    );
    if (moved !== 'lost') return 'ok';
    // Not mine, or not ahead: the refusal does not say which.
    const now = await this.#get(key.shard, signal);
    return now !== null && now.owner === this.owner && now.generation === key.generation ? 'ok' : 'lost';
  }

  async finish(key: LeaseKey, look: Look | null, signal: AbortSignal): Promise<'ok' | 'lost'> {
    const change = `SET #finished = :finished, #counter = #counter + :one, #expires = :expires${lookSet(look)}`;
    const item = await this.#updateOwn(key, change, '', { ':finished': { BOOL: true }, ':one': { N: '1' }, ...lookValues(look) }, signal);
    return item === 'lost' ? 'lost' : 'ok';
  }

  /** Others may take it at once. */
  async release(key: LeaseKey, signal: AbortSignal): Promise<void> {
    await this.#updateOwn(key, 'SET #expires = :expires REMOVE #owner', '', {}, signal);
  }

  /** False when it changed since it was seen. */
  async remove(seen: Lease, signal: AbortSignal): Promise<boolean> {
    const { '#counter': counter, '#generation': generation } = NAMES;
    const removed = await this.#conditional(() =>
      this.client.send(
        new DeleteItemCommand({
          TableName: this.table,
          Key: this.#key(seen.shard),
          ConditionExpression: '#counter = :counter AND #generation = :generation',
          ExpressionAttributeNames: { '#counter': counter, '#generation': generation },
          ExpressionAttributeValues: { ':counter': { N: String(seen.counter) }, ':generation': { N: String(seen.generation) } },
        }),
        { abortSignal: signal },
      ),
    );
    return removed !== 'lost';
  }

  #updateOwn(key: LeaseKey, change: string, further: string, values: Record<string, AttributeValue>, signal: AbortSignal): Promise<Record<string, AttributeValue> | 'lost'> {
    return this.#update(key.shard, change, `#owner = :owner AND #generation = :generation${further}`, { ...values, ':generation': { N: String(key.generation) } }, signal);
  }

  async #update(shard: string, change: string, condition: string, values: Record<string, AttributeValue>, signal: AbortSignal): Promise<Record<string, AttributeValue> | 'lost'> {
    const expires = { N: String(Math.round(this.nowMs() / 1000) + KEPT_SECONDS) };
    const answer = await this.#conditional(() =>
      this.client.send(
        new UpdateItemCommand({
          TableName: this.table,
          Key: this.#key(shard),
          UpdateExpression: change,
          ConditionExpression: condition,
          // DynamoDB refuses names that no expression uses.
          ExpressionAttributeNames: Object.fromEntries(Object.entries(NAMES).filter(([name]) => `${change} ${condition}`.includes(name))),
          ExpressionAttributeValues: { ':owner': { S: this.owner }, ':expires': expires, ...values },
          ReturnValues: 'ALL_NEW',
        }),
        { abortSignal: signal },
      ),
    );
    return answer === 'lost' ? 'lost' : answer.Attributes ?? {};
  }

  async #get(shard: string, signal: AbortSignal): Promise<Lease | null> {
    const { Item } = await this.#call('GetItem', 'reads', () => this.client.send(new GetItemCommand({ TableName: this.table, Key: this.#key(shard), ConsistentRead: true }), { abortSignal: signal }));
    return Item === undefined ? null : toLease(Item);
  }

  #key(shard: string): Record<string, AttributeValue> {
    return { [SCOPE]: { S: this.scope }, [ITEM]: { S: shard } };
  }

  async #conditional<T>(call: () => Promise<T>): Promise<T | 'lost'> {
    return this.#call<T | 'lost'>('UpdateItem', 'writes', () =>
      call().catch((error: unknown) => {
        if (awsErrorName(error) === 'ConditionalCheckFailedException') return 'lost' as const;
        throw error;
      }),
    );
  }

  async #call<T>(action: string, kind: CallKind, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw toAwsError(error, `DynamoDB ${action} on "${this.table}"`, kind);
    }
  }
}

function lookSet(look: Look | null): string {
  if (look === null) return '';
  return look.doneUpToMs === null ? ', #lag = :lag' : ', #lag = :lag, #done = :done';
}

function lookValues(look: Look | null): Record<string, AttributeValue> {
  const number = (value: number): AttributeValue => ({ N: String(Math.round(value)) });
  return { ...(look && { ':lag': number(look.lagMs) }), ...(look !== null && look.doneUpToMs !== null && { ':done': number(look.doneUpToMs) }) };
}

function toLease(item: Record<string, AttributeValue>): Lease {
  const number = (name: string): number | null => (item[name]?.N === undefined ? null : Number(item[name].N));
  const lagMs = number('lagMs');
  return {
    shard: item[ITEM]?.S ?? '',
    owner: item['owner']?.S ?? null,
    counter: number('counter') ?? 0,
    generation: number('generation') ?? 0,
    checkpoint: item['checkpoint']?.S === undefined ? null : fromText(item['checkpoint'].S),
    finished: item['finished']?.BOOL === true,
    look: lagMs === null ? null : { lagMs, doneUpToMs: number('doneUpToMs') },
  };
}

/*
 * A checkpoint as text that sorts as the offset does, so that a condition can compare two;
 * a number of DynamoDB has 38 digits, a sequence number 56 and more:
 *
 *   056.49590338271490256608559692538361571095921575989136588898.00003
 *   digits · sequence number · index
 */
function toText(offset: bigint): string {
  const { sequenceNumber, index } = fromOffset(offset);
  return `${String(sequenceNumber.length).padStart(LENGTH_DIGITS, '0')}.${sequenceNumber}.${String(index).padStart(INDEX_DIGITS, '0')}`;
}

function fromText(text: string): bigint {
  const [, sequenceNumber = '0', index = '0'] = text.split('.');
  return toOffset(sequenceNumber, Number(index));
}
