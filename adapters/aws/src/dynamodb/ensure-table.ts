import { CreateTableCommand, DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CaveError, pause, throwIfAborted } from '@cave/core';
import { awsErrorName, toAwsError } from '../errors.js';

const POLL_MS = 200;
const CREATED_WITHIN_MS = 60_000;
const never = new AbortController().signal;

/** Names of the table's string keys. */
export interface TableKeys {
  readonly partition: string;
  readonly sort?: string;
}

/**
 * Makes sure of a table that is billed by request, and waits until it serves. One that is
 * there with other keys is `configuration`.
 */
export async function ensureTable(client: DynamoDBClient, table: string, keys: TableKeys, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + CREATED_WITHIN_MS;
  while (performance.now() < deadline) {
    throwIfAborted(signal);
    const found = await describe(client, table, keys, signal);
    if (found === null) await create(client, table, keys, signal);
    else if (!sameKeys(found.keys, keys)) throw new CaveError('configuration', `The DynamoDB table "${table}" has the key ${found.keys.join(', ')}, and CAVE needs ${wanted(keys).join(', ')}. Name another table, or remove this one.`);
    else if (found.active) return;
    await pause(POLL_MS, signal ?? never);
  }
  throw new CaveError('unavailable', `The DynamoDB table "${table}" is not active ${CREATED_WITHIN_MS / 1000} s after it was made.`);
}

async function describe(client: DynamoDBClient, table: string, keys: TableKeys, signal?: AbortSignal): Promise<{ readonly active: boolean; readonly keys: readonly string[] } | null> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }), { ...(signal && { abortSignal: signal }) });
    return { active: Table?.TableStatus === 'ACTIVE' || Table?.TableStatus === 'UPDATING', keys: (Table?.KeySchema ?? []).map(({ AttributeName }) => AttributeName ?? '') };
  } catch (error) {
    if (awsErrorName(error) === 'ResourceNotFoundException') return null;
    throw hinted(toAwsError(error, `DynamoDB DescribeTable on "${table}"`, 'reads'), table, keys);
  }
}

async function create(client: DynamoDBClient, table: string, keys: TableKeys, signal?: AbortSignal): Promise<void> {
  const names = wanted(keys);
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: names.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
      }),
      { ...(signal && { abortSignal: signal }) },
    );
  } catch (error) {
    // Another instance was faster.
    // Nothing is unknown here: whoever asks again looks first.
    if (awsErrorName(error) !== 'ResourceInUseException') throw hinted(toAwsError(error, `DynamoDB CreateTable "${table}"`, 'reads'), table, keys);
  }
}

/** A policy that is too narrow says what it lacks, or how to do without. */
function hinted(error: CaveError, table: string, keys: TableKeys): CaveError {
  if (error.code !== 'forbidden') return error;
  const columns = wanted(keys).map((key) => `"${key}"`).join(' and ');
  const hint = `Allow dynamodb:DescribeTable on it; and either dynamodb:CreateTable too, or make the table "${table}" yourself, with the string key ${columns}.`;
  return new CaveError('forbidden', `${error.message} ${hint}`, { cause: error.cause, details: error.details });
}

function wanted(keys: TableKeys): readonly string[] {
  return keys.sort === undefined ? [keys.partition] : [keys.partition, keys.sort];
}

function sameKeys(found: readonly string[], keys: TableKeys): boolean {
  return found.join('\n') === wanted(keys).join('\n');
}
