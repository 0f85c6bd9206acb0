import { CaveError, type OptionsSchema } from '@cave/core';
import { checkConnection, connectionProperties, type AwsConnectionOptions } from './options.js';

export interface SqsWorkQueueOptions extends AwsConnectionOptions {
  readonly queue: string;
  /** Empty: the queue's name with `-dead` behind it. */
  readonly 'dead-letter-queue': string;
  readonly 'long-poll-seconds': number;
  readonly 'max-attempts': number;
  readonly 'max-message-bytes': number;
  readonly 'retention-days': number;
  readonly 'dead-letter-retention-days': number;
}

/** SQS's own bounds. */
const MAX_LONG_POLL_SECONDS = 20;
const MAX_RECEIVE_COUNT = 1_000;
const MAX_RETENTION_DAYS = 14;
const NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** What SQS took of one message, and of all messages of one call, until it was raised to 1 MiB in 2025. */
export const DEFAULT_MESSAGE_BYTES = 262_144;
const LEAST_MESSAGE_BYTES = 16_384;
const MOST_MESSAGE_BYTES = 1_048_576;

export const workQueueOptions: OptionsSchema = {
  type: 'object',
  properties: {
    ...connectionProperties,
    queue: { type: 'string', minLength: 1, maxLength: 80, default: 'alarm-schedule', description: 'Name of the SQS queue, a standard one. Made at start when it is missing and the credentials allow it.' },
    'dead-letter-queue': { type: 'string', maxLength: 80, default: '', description: 'Name of the SQS queue for jobs whose attempts are used up; empty for the queue\'s name with "-dead" behind it.' },
    'long-poll-seconds': {
      type: 'integer',
      minimum: 0,
      maximum: MAX_LONG_POLL_SECONDS,
      default: MAX_LONG_POLL_SECONDS,
      description: 'How long SQS holds a request for jobs that finds none, in seconds. Less only means more requests, which are what SQS charges for; a stop may take as long.',
    },
    'max-attempts': { type: 'integer', minimum: 1, maximum: MAX_RECEIVE_COUNT, default: 10, description: 'Deliveries that end in nack or expiry before a job goes to the dead-letter queue. AWS advises against 1: an answer that is lost on its way counts as a delivery.' },
    'max-message-bytes': {
      type: 'integer',
      minimum: LEAST_MESSAGE_BYTES,
      maximum: MOST_MESSAGE_BYTES,
      default: DEFAULT_MESSAGE_BYTES,
      description: 'Largest message, and largest call of several, that is sent, in bytes. SQS takes 1,048,576 since 2025; queues made before, and most emulators, are set to 262,144. A job has a little less than three quarters of it.',
    },
    'retention-days': { type: 'integer', minimum: 1, maximum: MAX_RETENTION_DAYS, default: 4, description: 'Days after which SQS forgets a job that nobody has done, for a queue that is made at start.' },
    'dead-letter-retention-days': {
      type: 'integer',
      minimum: 1,
      maximum: MAX_RETENTION_DAYS,
      default: MAX_RETENTION_DAYS,
      description: 'The same for the dead-letter queue, for one that is made at start. SQS counts from when the job was first sent, so this must not be less.',
    },
  },
};

export function deadLetterQueue(options: SqsWorkQueueOptions): string {
  return options['dead-letter-queue'] === '' ? `${options.queue}-dead` : options['dead-letter-queue'];
}

/** Throws `configuration` for what a schema cannot say, or when nobody has looked at the schema. No I/O. */
export function checkWorkQueue(options: SqsWorkQueueOptions): void {
  checkConnection('work-queue', options);
  checkQueueName('queue', options.queue);
  checkQueueName('dead-letter-queue', deadLetterQueue(options));
  if (deadLetterQueue(options) === options.queue) throw wrong('dead-letter-queue', options.queue, 'another queue than work-queue.queue');
  checkWhole('long-poll-seconds', options['long-poll-seconds'], 0, MAX_LONG_POLL_SECONDS);
  checkWhole('max-attempts', options['max-attempts'], 1, MAX_RECEIVE_COUNT);
  checkWhole('max-message-bytes', options['max-message-bytes'], LEAST_MESSAGE_BYTES, MOST_MESSAGE_BYTES);
  checkWhole('retention-days', options['retention-days'], 1, MAX_RETENTION_DAYS);
  checkWhole('dead-letter-retention-days', options['dead-letter-retention-days'], options['retention-days'], MAX_RETENTION_DAYS);
}

function checkQueueName(key: string, value: string): void {
  if (value.endsWith('.fifo')) throw wrong(key, value, 'the name of a standard queue: CAVE needs no order, and a FIFO queue takes far less');
  if (!NAME.test(value)) throw wrong(key, value, '1 to 80 letters, digits, hyphens and underscores: the name of a queue, not its URL');
}

function checkWhole(key: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) throw wrong(key, String(value), `a whole number from ${String(least)} to ${String(most)}`);
}

function wrong(key: string, value: string, right: string): CaveError {
  return new CaveError('configuration', `work-queue.${key} is "${value}", but must be ${right}.`);
}
