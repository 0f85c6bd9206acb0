import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { CaveError } from '@cave/core';

/** Who asks for a lease, as it stands in the item. */
export interface Claim {
  /** Candidate and instance, for whoever reads the table. */
  readonly holder: string;
  /** Unique for each candidature: nobody else can take the lease for their own. */
  readonly tenure: string;
  readonly leaseMs: number;
}

/** An office's item: nobody's when there is none yet, free when its last holder has resigned. */
export type Seen =
  | { readonly state: 'absent' }
  | { readonly state: 'free'; readonly counter: string }
  /** `counter` grows with every extension: as long as it stays, the holder is silent. */
  | { readonly state: 'held'; readonly counter: string; readonly tenure: string; readonly leaseMs: number };

export type Item = Readonly<Record<string, AttributeValue>>;
export type Key = Record<'office', AttributeValue>;

/** What UpdateItem and its condition are made of. */
export interface ItemUpdate {
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
}

const ONE: AttributeValue = { N: '1' };

export function keyOf(office: string): Key {
  return { office: { S: office } };
}

/** Throws `configuration` for an item that no candidate has written. */
export function seenIn(item: Item | undefined, office: string, table: string): Seen {
  if (item === undefined) return { state: 'absent' };
  const counter = item['counter']?.N;
  const tenure = item['tenure']?.S;
  const leaseMs = Number(item['leaseMs']?.N);
  if (counter === undefined || (tenure !== undefined && !(leaseMs > 0))) {
    throw new CaveError('configuration', `The item "${office}" of the DynamoDB table "${table}" is no lease. Remove it, or name another table as leader-election.table.`);
  }
  return tenure === undefined ? { state: 'free', counter } : { state: 'held', counter, tenure, leaseMs };
}

/** Takes the office if its item is still as it was seen. */
export function taking(seen: Seen, claim: Claim): ItemUpdate {
  const condition = { absent: 'attribute_not_exists(#office)', free: '#counter = :counter AND attribute_not_exists(#tenure)', held: '#counter = :counter AND #tenure = :seen' }[seen.state];
  return {
    UpdateExpression: 'SET #holder = :holder, #tenure = :tenure, #leaseMs = :leaseMs ADD #counter :one',
    ConditionExpression: condition,
    ExpressionAttributeNames: named('holder', 'tenure', 'leaseMs', 'counter', ...(seen.state === 'absent' ? ['office'] : [])),
    ExpressionAttributeValues: {
      ':holder': { S: claim.holder },
      ':tenure': { S: claim.tenure },
      ':leaseMs': { N: String(claim.leaseMs) },
      ':one': ONE,
      ...(seen.state === 'absent' ? {} : { ':counter': { N: seen.counter } }),
      ...(seen.state === 'held' ? { ':seen': { S: seen.tenure } } : {}),
    },
  };
}

/**
 * Extends the lease if it is still this candidature's. Not conditional on the counter: an
 * extension whose answer was lost must not look like another holder's to the next one, and one
 * that arrives late does no more than to let the others wait a little longer.
 */
export function extending(claim: Claim): ItemUpdate {
  return {
    UpdateExpression: 'ADD #counter :one',
    ConditionExpression: '#tenure = :tenure',
    ExpressionAttributeNames: named('tenure', 'counter'),
    ExpressionAttributeValues: { ':tenure': { S: claim.tenure }, ':one': ONE },
  };
}

/** Frees the office if it is still this candidature's. The item stays, so that its counter never falls. */
export function freeing(claim: Claim): ItemUpdate {
  return {
    UpdateExpression: 'REMOVE #holder, #tenure, #leaseMs ADD #counter :one',
    ConditionExpression: '#tenure = :tenure',
    ExpressionAttributeNames: named('holder', 'tenure', 'leaseMs', 'counter'),
    ExpressionAttributeValues: { ':tenure': { S: claim.tenure }, ':one': ONE },
  };
}

/** Placeholders, because `counter` is a reserved word; DynamoDB refuses those that an expression does not use. */
function named(...attributes: readonly string[]): Record<string, string> {
  return Object.fromEntries(attributes.map((attribute) => [`#${attribute}`, attribute]));
}
