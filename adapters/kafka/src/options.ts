import { CaveError, type OptionSchema, type OptionsSchema } from '@cave/core';

/** Kafka's own limit. */
const MAX_TOPIC_LENGTH = 249;

/** How to reach the brokers; the same for both ports. */
export interface KafkaConnectionOptions {
  /** `host:port`, several separated by commas. */
  readonly brokers: string;
  readonly 'client-id': string;
  readonly tls: 'off' | 'on' | 'unverified';
  readonly 'tls-ca': string;
  readonly 'sasl-mechanism': 'off' | 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly user: string;
  readonly password: string;
  readonly 'connection-timeout-ms': number;
  readonly 'request-timeout-ms': number;
}

/** What a topic is made with, and checked against. */
interface KafkaTopicOptions {
  readonly topic: string;
  /** 0: as many as there are brokers, at most 3. */
  readonly 'replication-factor': number;
  readonly 'metadata-refresh-ms': number;
}

export interface KafkaRawStreamOptions extends KafkaConnectionOptions, KafkaTopicOptions {
  /** Empty: the topic's name with `-dead-letters`. */
  readonly 'dead-letter-topic': string;
  readonly partitions: number;
  readonly 'retention-hours': number;
  readonly 'dead-letter-retention-hours': number;
  readonly 'max-record-bytes': number;
  readonly compression: 'none' | 'gzip';
  readonly 'delivery-timeout-ms': number;
  readonly 'session-timeout-ms': number;
}

export interface KafkaConfigBusOptions extends KafkaConnectionOptions, KafkaTopicOptions {
  readonly 'retention-hours': number;
  readonly 'max-message-bytes': number;
  readonly 'queue-length': number;
  readonly 'delivery-timeout-ms': number;
}

const connectionProperties: Readonly<Record<string, OptionSchema>> = {
  brokers: { type: 'string', minLength: 1, default: 'localhost:9092', description: 'Addresses to begin with, host:port, several separated by commas; the other brokers are learnt from them.' },
  'client-id': { type: 'string', minLength: 1, default: 'cave', description: "Name by which the brokers' logs and quotas know this program." },
  tls: { type: 'string', enum: ['off', 'on', 'unverified'], default: 'off', description: 'TLS: off, on (the certificate is verified), or unverified.' },
  'tls-ca': { type: 'string', default: '', description: "Certificate authority in PEM to verify the brokers by; empty for the system's own." },
  'sasl-mechanism': { type: 'string', enum: ['off', 'plain', 'scram-sha-256', 'scram-sha-512'], default: 'off', description: 'How to log in. Use plain only with TLS.' },
  user: { type: 'string', default: '', description: 'User to log in as.' },
  password: { type: 'string', default: '', description: "The user's password.", 'x-secret': true },
  'connection-timeout-ms': { type: 'integer', minimum: 100, default: 3_000, description: 'How long to wait for a connection, in milliseconds.' },
  'request-timeout-ms': { type: 'integer', minimum: 1_000, default: 10_000, description: 'A request that is not answered within this is given up and its connection closed, in milliseconds.' },
};

const topicProperties = (topic: string, what: string): Readonly<Record<string, OptionSchema>> => ({
  topic: { type: 'string', minLength: 1, maxLength: MAX_TOPIC_LENGTH, default: topic, description: `Topic of ${what}; made when it is missing, checked when it is there.` },
  'replication-factor': {
    type: 'integer',
    minimum: 0,
    maximum: MAX_REPLICAS,
    default: 0,
    description: 'Copies of each partition of a topic that is made; 0 for as many as there are brokers, at most 3. With 3 or more, two brokers must have a record before it counts; with fewer, it must be flushed to disk.',
  },
  'metadata-refresh-ms': { type: 'integer', minimum: 100, default: 10_000, description: 'How often to look for partitions that were added and for a topic that was made anew, in milliseconds.' },
});

const deliveryProperty: OptionSchema = {
  type: 'integer',
  minimum: 1_000,
  default: 15_000,
  description: 'A record that is not acknowledged within this, over all repetitions, is given up and its fate told, in milliseconds.',
};

export const MAX_PARTITIONS = 1_024;
export const DEFAULT_MAX_RECORD_BYTES = 1_000_000;
export const DEFAULT_MAX_MESSAGE_BYTES = 256 * 1024;
const MAX_REPLICAS = 32;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_HOURS = 24 * 366 * 10;

export const RAW_STREAM_OPTIONS: OptionsSchema = {
  type: 'object',
  properties: {
    ...connectionProperties,
    ...topicProperties('raw-metric-data', 'the points on their way to the metrics store'),
    'dead-letter-topic': { type: 'string', maxLength: MAX_TOPIC_LENGTH, default: '', description: 'Topic of records that were set aside; empty for the name of the other topic with "-dead-letters".' },
    partitions: { type: 'integer', minimum: 1, maximum: MAX_PARTITIONS, default: 4, description: 'Partitions of a topic that is made, and the least that it must have: as many dbwriters can share the work. More may be added while CAVE runs; the order of records with one key is kept from then on only.' },
    'retention-hours': { type: 'integer', minimum: 1, maximum: MAX_HOURS, default: 168, description: 'How long a topic that is made keeps records, and the least that it must keep them, in hours. An outage of dbwriters or metrics store that lasts longer loses points.' },
    'dead-letter-retention-hours': { type: 'integer', minimum: 1, maximum: MAX_HOURS, default: 720, description: 'The same for records that were set aside, in hours.' },
    'max-record-bytes': { type: 'integer', minimum: 1_024, maximum: MAX_BYTES, default: DEFAULT_MAX_RECORD_BYTES, description: 'Largest body of one record, in bytes; the topic must take messages a little larger.' },
    compression: { type: 'string', enum: ['none', 'gzip'], default: 'gzip', description: 'How records are compressed on their way.' },
    'delivery-timeout-ms': deliveryProperty,
    'session-timeout-ms': { type: 'integer', minimum: 1_000, default: 10_000, description: "A dbwriter that was not heard of for this long loses its partitions, in milliseconds; within the brokers' group.min.session.timeout.ms and group.max.session.timeout.ms." },
  },
};

export const CONFIG_BUS_OPTIONS: OptionsSchema = {
  type: 'object',
  properties: {
    ...connectionProperties,
    ...topicProperties('configuration-changes', 'configuration changes'),
    'retention-hours': { type: 'integer', minimum: 1, maximum: MAX_HOURS, default: 24, description: 'How long a topic that is made keeps changes, and the least that it must keep them, in hours. Who was away longer reloads everything.' },
    'max-message-bytes': { type: 'integer', minimum: 1_024, maximum: MAX_BYTES, default: DEFAULT_MAX_MESSAGE_BYTES, description: 'Largest body of one change, in bytes.' },
    'queue-length': { type: 'integer', minimum: 1, default: 10_000, description: 'Changes that wait for one slow subscriber before it reloads everything instead.' },
    'delivery-timeout-ms': deliveryProperty,
  },
};

export interface Address {
  readonly host: string;
  readonly port: number;
}

const BROKER = /^(\[[0-9a-fA-F:]+\]|[^\s:,/]+):(\d{1,5})$/;
const TOPIC = /^[a-zA-Z0-9._-]+$/;

/** The addresses of the options. Throws `configuration` for what a schema cannot say. No I/O. */
export function checkConnection(options: KafkaConnectionOptions): readonly Address[] {
  const addresses = options.brokers.split(',').map((entry) => {
    const [, host, port] = BROKER.exec(entry.trim()) ?? [];
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
      // What looks like a URL may hold a password.
      throw wrong('brokers', entry.includes('@') ? '…' : options.brokers, 'addresses host:port, separated by commas');
    }
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  });
  if (options['sasl-mechanism'] !== 'off' && options.user === '') {
    throw wrong('user', options.user, `a name, because "sasl-mechanism" is ${options['sasl-mechanism']}`);
  }
  if (options['sasl-mechanism'] === 'off' && options.user !== '') {
    throw wrong('sasl-mechanism', 'off', 'plain, scram-sha-256 or scram-sha-512, because "user" is set');
  }
  return addresses;
}

function checkTopic(name: string, topic: string): void {
  if (TOPIC.test(topic) && topic !== '.' && topic !== '..' && topic.length <= MAX_TOPIC_LENGTH) return;
  throw wrong(name, topic, `1 to ${MAX_TOPIC_LENGTH} letters, digits, dots, underscores and hyphens`);
}

function checkWhole(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isInteger(value) || value < least || value > most) throw wrong(name, String(value), `a whole number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}`);
}

function checkShared(options: KafkaConnectionOptions & KafkaTopicOptions & { readonly 'delivery-timeout-ms': number; readonly 'retention-hours': number }): void {
  checkConnection(options);
  checkTopic('topic', options.topic);
  checkWhole('replication-factor', options['replication-factor'], 0, MAX_REPLICAS);
  checkWhole('retention-hours', options['retention-hours'], 1, MAX_HOURS);
  for (const name of ['metadata-refresh-ms', 'connection-timeout-ms'] as const) checkWhole(name, options[name], 100);
  for (const name of ['request-timeout-ms', 'delivery-timeout-ms'] as const) checkWhole(name, options[name], 1_000);
}

/** Throws `configuration`. No I/O. */
export function checkRawStream(options: KafkaRawStreamOptions): void {
  checkShared(options);
  checkTopic('dead-letter-topic', deadLetterTopic(options));
  if (deadLetterTopic(options) === options.topic) throw wrong('dead-letter-topic', options.topic, 'another one than "topic"');
  checkWhole('partitions', options.partitions, 1, MAX_PARTITIONS);
  checkWhole('dead-letter-retention-hours', options['dead-letter-retention-hours'], 1, MAX_HOURS);
  checkWhole('max-record-bytes', options['max-record-bytes'], 1_024, MAX_BYTES);
  checkWhole('session-timeout-ms', options['session-timeout-ms'], 1_000);
  if (!['none', 'gzip'].includes(options.compression)) throw wrong('compression', options.compression, 'none or gzip');
}

/** Throws `configuration`. No I/O. */
export function checkConfigBus(options: KafkaConfigBusOptions): void {
  checkShared(options);
  checkWhole('max-message-bytes', options['max-message-bytes'], 1_024, MAX_BYTES);
  checkWhole('queue-length', options['queue-length'], 1);
}

export function deadLetterTopic(options: KafkaRawStreamOptions): string {
  const named = options['dead-letter-topic'];
  return named === '' ? `${options.topic}-dead-letters` : named;
}

function wrong(name: string, value: string, right: string): CaveError {
  return new CaveError('configuration', `The option "${name}" of the Kafka adapter is "${value}"; it must be ${right}.`);
}
