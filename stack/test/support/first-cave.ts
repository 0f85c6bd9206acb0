import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Stack, StackService } from '../../src/index.js';

/** Settings by full key, with values as a file has them. */
export type Settings = Readonly<Record<string, unknown>>;

/** www had no parameters in the first CAVE's guide. */
export type FirstService = Exclude<StackService, 'www'>;

export const ROOT_KEYS: Readonly<Record<FirstService, string>> = { api: 'api-service', dbwriter: 'db-writer', scheduler: 'scheduler', worker: 'worker' };
export const SERVICES = Object.keys(ROOT_KEYS) as readonly FirstService[];

/** Names in AWS that are not the defaults, so that one sees whether they were read. */
export const NAMES = { stream: 'first-raw', topic: 'first-changes', changes: 'first-configuration', schedule: 'first-schedule' } as const;

const DATABASE_SECRETS = ['aws.rds.database-user', 'aws.rds.database-password'] as const;
const CREDENTIALS = ['aws.credentials.access-key', 'aws.credentials.secret-key'] as const;
const INFLUX_SECRETS = ['influx.user', 'influx.pass'] as const;

/** The secrets that the first CAVE's guide required of each service, below its root key; the worker needs the config store besides. */
export const REQUIRED: Readonly<Record<FirstService, readonly string[]>> = {
  api: [...DATABASE_SECRETS, ...CREDENTIALS, ...INFLUX_SECRETS],
  dbwriter: [...CREDENTIALS, ...INFLUX_SECRETS],
  scheduler: [...DATABASE_SECRETS, ...CREDENTIALS],
  worker: [...CREDENTIALS, ...INFLUX_SECRETS, ...DATABASE_SECRETS],
};

/** Of everything that the first CAVE could be told, below a root key: what this stack's servers make of it. */
function everyName(stack: Stack, accessKey: string): Settings {
  const postgres = stack.server('postgres').address;
  const influxdb = stack.server('influxdb').address;
  const aws = stack.gateway?.url ?? '';
  const region = 'eu-west-1';
  return {
    'aws.rds.database-server': postgres.hostname,
    'aws.rds.database-port': Number(postgres.port),
    'aws.rds.database-name': postgres.pathname.slice(1),
    'aws.rds.database-user': postgres.username,
    'aws.rds.database-password': postgres.password,
    'aws.rds.pool-size': 3,
    'aws.rds.connection-timeout': 1_000,
    'aws.credentials.access-key': accessKey,
    'aws.credentials.secret-key': `secret-of-${accessKey}`,
    'aws.kinesis.endpoint': aws,
    'aws.kinesis.region': region,
    'aws.kinesis.stream.raw': NAMES.stream,
    'aws.kinesis.stream.processed': 'first-processed',
    'aws.sqs.endpoint': aws,
    'aws.sqs.region': region,
    'aws.sqs.queues.config-changes': NAMES.changes,
    'aws.sqs.queues.alarm-schedule': NAMES.schedule,
    'aws.sqs.longPollTimeInSeconds': 5,
    'aws.sns.endpoint': aws,
    'aws.sns.region': region,
    'aws.sns.topics.config-changes': NAMES.topic,
    'influx.url': influxdb.origin,
    'influx.user': influxdb.username,
    'influx.pass': influxdb.password,
    'influx.alternates': [{ name: 'single', url: influxdb.origin }],
    'converters.list': ['worker.converter.PagerDutyConverter'],
    'converters.default': 'worker.converter.JsonConverter',
  };
}

export interface MailServer {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/**
 * What a service is told: the first CAVE's names alone, but for three. DynamoDB chose no
 * leader in the first CAVE and its library found the real one by itself; the mail server of
 * these tests has no TLS; and each service shall take any free port.
 */
export function settingsOf(service: FirstService, stack: Stack, mail: MailServer, accessKey: string): Settings {
  const root = ROOT_KEYS[service];
  const below = Object.fromEntries(Object.entries(everyName(stack, accessKey)).map(([key, value]) => [`${root}.${key}`, value]));
  return {
    profile: 'aws',
    ...below,
    'smtp.host': '127.0.0.1',
    'smtp.port': mail.port,
    'smtp.from': 'cave@example.com',
    'smtp.user': mail.user,
    'smtp.password': mail.password,
    [`${root}.aws.dynamodb.endpoint`]: stack.gateway?.url,
    'mail.tls': 'off',
    [`${root}.http.port`]: 0,
  };
}

/** Arguments and environment by which settings are told. */
export interface Told {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The three ways of telling settings to a service. */
export const WAYS: Readonly<Record<string, (settings: Settings, directory: string) => Promise<Told>>> = {
  'a file': async (settings, directory) => {
    const path = join(directory, `${randomUUID()}.yaml`);
    await writeFile(path, stringify(nested(settings)));
    return { args: ['--config', path], environment: {} };
  },
  'environment variables': (settings) => Promise.resolve({ args: [], environment: Object.fromEntries(Object.entries(settings).map(([key, value]) => [variableOf(key), textOf(value)])) }),
  '--set': (settings) => Promise.resolve({ args: Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${textOf(value)}`]), environment: {} }),
};

function variableOf(key: string): string {
  return key === 'profile' ? 'CAVE_PROFILE' : key.replaceAll(/[.-]/g, '_').toUpperCase();
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function nested(settings: Settings): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(settings)) {
    const parts = key.split('.');
    const last = parts.pop() ?? key;
    let node = tree;
    for (const part of parts) node = (node[part] ??= {}) as Record<string, unknown>;
    node[last] = value;
  }
  return tree;
}
