import { CaveError, type OptionsSchema } from '@cave/core';
import { checkConnection, connectionProperties, type AwsConnectionOptions } from './options.js';

export interface DynamoLeaderElectionOptions extends AwsConnectionOptions {
  /** One item for each office; made at start where it is not there. */
  readonly table: string;
  readonly 'lease-ms': number;
  readonly 'poll-interval-ms': number;
}

const PREFIX = 'leader-election';
export const DEFAULT_LEASE_MS = 10_000;
const LEAST_LEASE_MS = 1_000;
const MOST_LEASE_MS = 3_600_000;
const LEAST_POLL_MS = 10;
/** Source: Amazon DynamoDB Developer Guide, "Naming rules". */
const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;

export const optionsSchema: OptionsSchema = {
  type: 'object',
  properties: {
    ...connectionProperties,
    table: {
      type: 'string',
      default: 'cave-leader-election',
      description: 'DynamoDB table of the leases, one item for each office, with the string key "office". Made at start, billed by request, where it is not there.',
    },
    'lease-ms': {
      type: 'integer',
      minimum: LEAST_LEASE_MS,
      default: DEFAULT_LEASE_MS,
      description: 'After a holder fell silent nobody else is elected for this long, in milliseconds. It is extended every third of it; a request is given up after a fifth of it, and a holder without extension steps down a tenth before its end.',
    },
    'poll-interval-ms': {
      type: 'integer',
      minimum: LEAST_POLL_MS,
      default: 1_000,
      description: 'How often a waiting candidate looks, in milliseconds: how long a handover takes. Each look is one strongly consistent read that AWS bills.',
    },
  },
};

export function checkOptions(options: DynamoLeaderElectionOptions): void {
  checkConnection(PREFIX, options);
  if (!TABLE_NAME.test(options.table)) throw wrong('table', `"${options.table}"`, 'must have 3 to 255 letters, digits, _, - or .');
  checkWhole('lease-ms', options['lease-ms'], LEAST_LEASE_MS, MOST_LEASE_MS);
  checkWhole('poll-interval-ms', options['poll-interval-ms'], LEAST_POLL_MS, options['lease-ms']);
}

function checkWhole(key: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) throw wrong(key, String(value), `must be a whole number from ${least} to ${most}`);
}

function wrong(key: string, value: string, rule: string): CaveError {
  return new CaveError('configuration', `${PREFIX}.${key} is ${value}, but ${rule}.`);
}
