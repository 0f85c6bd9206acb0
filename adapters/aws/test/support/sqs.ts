import { SQSClient } from '@aws-sdk/client-sqs';
import { clientSettings } from '../../src/client.js';
import type { SqsWorkQueueOptions } from '../../src/work-queue-options.js';

export function sqsOptions(url: string, queue: string, changes: Partial<SqsWorkQueueOptions> = {}): SqsWorkQueueOptions {
  return {
    region: 'eu-west-1',
    endpoint: url,
    'access-key': 'cave-test',
    'secret-key': 'secret',
    'connection-timeout-ms': 2_000,
    'request-timeout-ms': 5_000,
    queue,
    'dead-letter-queue': '',
    'long-poll-seconds': 20,
    'max-attempts': 3,
    'max-message-bytes': 262_144,
    'retention-days': 4,
    'dead-letter-retention-days': 14,
    ...changes,
  };
}

/** A plain client beside the adapter. */
export async function withSqs<T>(url: string, use: (client: SQSClient) => Promise<T>): Promise<T> {
  const client = new SQSClient({ ...clientSettings(sqsOptions(url, 'any')), useQueueUrlAsEndpoint: false });
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}
