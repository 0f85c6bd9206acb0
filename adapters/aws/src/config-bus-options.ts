import { CaveError, type OptionsSchema } from '@cave/core';
import { checkConnection, checkUrl, connectionProperties, type AwsConnectionOptions } from './options.js';

export interface SnsConfigBusOptions extends AwsConnectionOptions {
  readonly topic: string;
  readonly 'create-topic': 'auto' | 'yes' | 'no';
  /** First part of the names of queues, each of which belongs to one subscriber. */
  readonly queue: string;
  /** Empty: as the topic's. */
  readonly 'queue-region': string;
  /** Empty: AWS's own for the region. */
  readonly 'queue-endpoint': string;
  readonly 'long-poll-seconds': number;
  readonly 'queue-length': number;
  readonly 'heartbeat-ms': number;
  readonly 'settle-ms': number;
}

/** What AWS says a change of a queue's policy may take to hold everywhere (SQS API Reference, SetQueueAttributes). */
const POLICY_SETTLES_MS = 60_000;
/** A queue has 80 characters; the rest is the instance's and a random part. */
export const MAX_PREFIX_CHARACTERS = 42;

export const configBusOptions: OptionsSchema = {
  type: 'object',
  properties: {
    ...connectionProperties,
    endpoint: { ...connectionProperties['endpoint'], type: 'string', default: '', description: "URL of SNS; empty for AWS's own in the region. For emulators and VPC endpoints." },
    topic: { type: 'string', minLength: 1, maxLength: 256, default: 'configuration-changes', description: 'SNS topic that changes are published to.' },
    'create-topic': {
      type: 'string',
      enum: ['auto', 'yes', 'no'],
      default: 'auto',
      description: 'Whether the topic is made at start. auto: by every service but the scheduler, which only subscribes, so that its policy need not allow more.',
    },
    queue: { type: 'string', minLength: 1, maxLength: MAX_PREFIX_CHARACTERS, default: 'configuration-changes', description: 'First part of the name of the SQS queue that each subscriber has while it runs.' },
    'queue-region': { type: 'string', default: '', description: "AWS region of the queues; empty for the topic's." },
    'queue-endpoint': { type: 'string', default: '', description: "URL of SQS; empty for AWS's own in the region. For emulators and VPC endpoints." },
    'long-poll-seconds': { type: 'integer', minimum: 1, maximum: 20, default: 20, description: 'How long SQS holds a request for changes that finds none, in seconds. Fewer only means more requests.' },
    'queue-length': { type: 'integer', minimum: 1, default: 10_000, description: 'Changes that may wait in memory for one slow subscriber; with more it reloads everything instead.' },
    'heartbeat-ms': {
      type: 'integer',
      minimum: 100,
      default: 30_000,
      description: 'How often an instance renews the mark of life on its queue, makes sure of its subscription and looks for queues of dead instances, in milliseconds. A queue whose mark stood still for four times as long is removed.',
    },
    'settle-ms': {
      type: 'integer',
      minimum: 100,
      default: POLICY_SETTLES_MS,
      description: 'How long AWS may take until a new queue gets every change, in milliseconds; at its end the subscriber reloads once.',
    },
  },
};

/** Throws `configuration` for what a schema cannot say, or when nobody has looked at the schema. No I/O. */
export function checkConfigBus(options: SnsConfigBusOptions): void {
  checkConnection('config-bus', options);
  if (options['queue-endpoint'] !== '') checkUrl('config-bus.queue-endpoint', options['queue-endpoint']);
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(options.topic)) throw wrong('topic', options.topic, '1 to 256 letters, digits, hyphens and underscores: the name of a standard topic, not its ARN');
  if (!/^[A-Za-z0-9_-]+$/.test(options.queue) || options.queue.length > MAX_PREFIX_CHARACTERS) {
    throw wrong('queue', options.queue, `1 to ${MAX_PREFIX_CHARACTERS} letters, digits, hyphens and underscores`);
  }
  if (!['auto', 'yes', 'no'].includes(options['create-topic'])) throw wrong('create-topic', options['create-topic'], 'auto, yes or no');
  checkWhole('long-poll-seconds', options['long-poll-seconds'], 1, 20);
  checkWhole('queue-length', options['queue-length'], 1, 10_000_000);
  checkWhole('heartbeat-ms', options['heartbeat-ms'], 100, 3_600_000);
  checkWhole('settle-ms', options['settle-ms'], 100, 3_600_000);
}

/** How to reach SQS, where the queues are. */
export function queueConnection(options: SnsConfigBusOptions): AwsConnectionOptions {
  return { ...options, region: options['queue-region'] === '' ? options.region : options['queue-region'], endpoint: options['queue-endpoint'] };
}

function checkWhole(option: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) throw wrong(option, String(value), `a whole number from ${least} to ${most}`);
}

function wrong(option: string, value: string, right: string): CaveError {
  return new CaveError('configuration', `config-bus.${option} is "${value}", but must be ${right}.`);
}
