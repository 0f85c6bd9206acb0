import { DescribeTimeToLiveCommand, UpdateTimeToLiveCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CaveError, type Logger } from '@cave/core';
import { ensureTable } from '../../dynamodb/ensure-table.js';
import { awsErrorName, toAwsError } from '../../errors.js';

/*
 * What belongs to the raw stream and is not in Kinesis, in one DynamoDB table:
 *
 *   scope                        item                          written by
 *   group:<group>:<incarnation>  shard                         lease-table.ts
 *   dead-letters:<stream>        time and a random name        dead-letters.ts
 *   dead-letter-parts:<stream>   the letter's item and number  dead-letters.ts
 */
export const SCOPE = 'scope';
export const ITEM = 'item';
/** When DynamoDB may remove an item, in seconds since the epoch. */
export const EXPIRES = 'expires';

/** Makes sure of the table, and that what expires in it is removed. */
export async function ensureStreamTable(client: DynamoDBClient, table: string, logger: Logger, signal: AbortSignal): Promise<void> {
  await ensureTable(client, table, { partition: SCOPE, sort: ITEM }, signal);
  try {
    const { TimeToLiveDescription: found } = await client.send(new DescribeTimeToLiveCommand({ TableName: table }), { abortSignal: signal });
    const isOn = found?.TimeToLiveStatus === 'ENABLED' || found?.TimeToLiveStatus === 'ENABLING';
    if (isOn && found.AttributeName === EXPIRES) return;
    if (isOn) throw new CaveError('configuration', `The DynamoDB table "${table}" removes items by the attribute "${found.AttributeName}", and CAVE needs it to do so by "${EXPIRES}". Change its time to live, or name another table.`);
    await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification: { AttributeName: EXPIRES, Enabled: true } }), { abortSignal: signal });
  } catch (error) {
    const name = awsErrorName(error);
    // Another instance is switching it on; or it was changed within this hour, and the next start does.
    if (name === 'ValidationException') return;
    if (name === 'UnknownOperationException') {
      // Some stand-ins for DynamoDB know no time to live; DynamoDB itself does everywhere.
      logger.info('table_without_time_to_live', { table, message: 'Expired dead letters and leases stay in this table until somebody deletes them.' });
      return;
    }
    const failure = toAwsError(error, `DynamoDB UpdateTimeToLive on "${table}"`, 'writes');
    if (failure.code !== 'forbidden') throw failure;
    // What stays there costs a little, and nothing is wrong without the right.
    logger.warn('table_without_time_to_live', { table, message: `Expired dead letters and leases stay in this table. Switch on its time to live by the attribute "${EXPIRES}", or allow dynamodb:DescribeTimeToLive and dynamodb:UpdateTimeToLive on it. (${failure.message})` });
  }
}
