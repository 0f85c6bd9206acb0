import { CaveError, type OptionsSchema } from '@cave/core';
import { checkConnection, checkUrl, connectionProperties, type AwsConnectionOptions } from './options.js';

export interface KinesisRawStreamOptions extends AwsConnectionOptions {
  readonly stream: string;
  /** Accepted and not used. */
  readonly 'processed-stream': string;
  /** DynamoDB: leases, checkpoints, dead letters. */
  readonly table: string;
  /** Empty: the stream's. */
  readonly 'table-region': string;
  /** Empty: AWS's own for the region, also where the stream has another endpoint. */
  readonly 'table-endpoint': string;
  /** 0: on-demand. */
  readonly shards: number;
  readonly 'retention-hours': number;
  readonly slots: number;
  readonly 'linger-ms': number;
  readonly 'delivery-timeout-ms': number;
  readonly 'stream-refresh-ms': number;
  readonly 'lease-ms': number;
}

const NAME = '[a-zA-Z0-9_.-]';
const STREAM = new RegExp(`^${NAME}{1,128}$`);
const TABLE = new RegExp(`^${NAME}{3,255}$`);
/** What Kinesis keeps at least, and at most: a year. */
const HOURS = { least: 24, most: 8_760 };
const MAX_SHARDS = 10_000;
const MAX_SLOTS = 4_096;
const MAX_LINGER_MS = 1_000;
const LEAST_LEASE_MS = 1_000;

export const RAW_STREAM_OPTIONS: OptionsSchema = {
  type: 'object',
  properties: {
    ...connectionProperties,
    stream: { type: 'string', minLength: 1, maxLength: 128, default: 'raw-metric-data', description: 'Kinesis stream of the points on their way to the metrics store; made when it is missing and the credentials allow it.' },
    'processed-stream': { type: 'string', default: 'processed-metric-data', description: 'A stream that the first CAVE had. Accepted so that its parameters work unchanged; nothing is written there or read from it.' },
    table: { type: 'string', minLength: 3, maxLength: 255, default: 'cave-raw-stream', description: 'DynamoDB table of leases, checkpoints and records that were set aside; made when it is missing. Several streams may share one.' },
    'table-region': { type: 'string', default: '', description: "AWS region of the table; empty for the stream's." },
    'table-endpoint': { type: 'string', default: '', description: "URL of DynamoDB; empty for AWS's own in the region, also where endpoint names another place for Kinesis." },
    shards: {
      type: 'integer',
      minimum: 0,
      maximum: MAX_SHARDS,
      default: 4,
      description: 'Shards of a stream that is made; as many dbwriters can share the work, and each takes 1 MiB or 1,000 records a second. 0 for a stream in on-demand mode, which grows by itself and costs more while little is sent. Shards may be split and merged while CAVE runs.',
    },
    'retention-hours': { type: 'integer', minimum: HOURS.least, maximum: HOURS.most, default: HOURS.least, description: 'How long the stream keeps records at least, in hours; raised where it keeps them for a shorter time and the credentials allow it. An outage of dbwriters or metrics store that lasts longer loses points. More than 24 hours cost more.' },
    slots: { type: 'integer', minimum: 1, maximum: MAX_SLOTS, default: 128, description: 'Parts of the stream that records are spread over by their key, each with its own place in the range of the shards; at least a few for each shard. The same for every service that writes to one stream, or the order of records with one key is lost.' },
    'linger-ms': { type: 'integer', minimum: 0, maximum: MAX_LINGER_MS, default: 10, description: 'How long a record waits for others to share a Kinesis record with, which is what a shard counts and AWS charges, in milliseconds.' },
    'delivery-timeout-ms': { type: 'integer', minimum: 1_000, default: 15_000, description: 'A record that Kinesis refuses for want of throughput is sent again for this long, in milliseconds; then its fate is told.' },
    'stream-refresh-ms': { type: 'integer', minimum: 100, default: 10_000, description: 'How often to look whether the stream was deleted and made anew, in milliseconds. AWS allows 20 such looks a second in an account.' },
    'lease-ms': { type: 'integer', minimum: LEAST_LEASE_MS, default: 10_000, description: 'A dbwriter that was not heard of for this long loses its shards, in milliseconds.' },
  },
};

/** Throws `configuration` for what is wrong. No I/O. */
export function checkRawStream(options: KinesisRawStreamOptions): void {
  checkConnection('raw-stream', options);
  if (options['table-endpoint'] !== '') checkUrl('raw-stream.table-endpoint', options['table-endpoint']);
  if (!STREAM.test(options.stream)) throw wrong('stream', options.stream, '1 to 128 letters, digits, dots, underscores and hyphens');
  if (!TABLE.test(options.table)) throw wrong('table', options.table, '3 to 255 letters, digits, dots, underscores and hyphens');
  checkWhole(options, 'shards', 0, MAX_SHARDS);
  checkWhole(options, 'retention-hours', HOURS.least, HOURS.most);
  checkWhole(options, 'slots', 1, MAX_SLOTS);
  checkWhole(options, 'linger-ms', 0, MAX_LINGER_MS);
  checkWhole(options, 'delivery-timeout-ms', 1_000);
  checkWhole(options, 'stream-refresh-ms', 100);
  checkWhole(options, 'lease-ms', LEAST_LEASE_MS);
}

type NumberOption = { [K in keyof KinesisRawStreamOptions]: KinesisRawStreamOptions[K] extends number ? K : never }[keyof KinesisRawStreamOptions];

function checkWhole(options: KinesisRawStreamOptions, name: NumberOption, least: number, most = Number.MAX_SAFE_INTEGER): void {
  const value = options[name];
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw wrong(name, String(value), `a whole number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}`);
}

function wrong(name: string, value: string, right: string): CaveError {
  return new CaveError('configuration', `raw-stream.${name} is "${value}", but must be ${right}.`);
}
