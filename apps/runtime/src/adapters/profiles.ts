import type { PortName } from '@cave/core';

export const PROFILES = ['embedded', 'open', 'aws'] as const;
export type Profile = (typeof PROFILES)[number];

export type SinglePort = Exclude<PortName, 'notifier'>;

/** The adapter that each port has in a profile. */
export const PROFILE_ADAPTERS: Readonly<Record<Profile, Readonly<Record<SinglePort, string>>>> = {
  embedded: {
    'raw-stream': 'embedded',
    'config-bus': 'embedded',
    'work-queue': 'embedded',
    'metrics-store': 'embedded',
    'config-store': 'embedded',
    'leader-election': 'embedded',
    mailer: 'embedded',
  },
  open: {
    'raw-stream': 'kafka',
    'config-bus': 'rabbitmq',
    'work-queue': 'rabbitmq',
    'metrics-store': 'influxdb',
    'config-store': 'postgres',
    'leader-election': 'redis',
    mailer: 'smtp',
  },
  aws: {
    'raw-stream': 'kinesis',
    'config-bus': 'sns',
    'work-queue': 'sqs',
    'metrics-store': 'influxdb',
    'config-store': 'postgres',
    'leader-election': 'dynamodb',
    mailer: 'smtp',
  },
};

/** An option that somebody must give, if only as an empty text; not where the option `unless` is given. */
export interface Demand {
  readonly option: string;
  readonly unless?: string;
}

/**
 * What a profile does not assume, whatever the adapter would: servers on this machine and
 * logins without a password are for trying things out. Asked of the profile's own adapters.
 */
export const PROFILE_DEMANDS: Readonly<Record<Profile, Partial<Readonly<Record<SinglePort, readonly Demand[]>>>>> = {
  embedded: {},
  open: {},
  aws: {
    'config-store': [{ option: 'host' }, { option: 'user' }, { option: 'password' }],
    'metrics-store': [{ option: 'url' }, { option: 'user', unless: 'token' }, { option: 'password', unless: 'token' }],
    mailer: [{ option: 'host' }, { option: 'user' }, { option: 'password' }],
  },
};

/** First part of a port's option keys. */
export const PORT_PREFIX: Readonly<Record<SinglePort, string>> = {
  'raw-stream': 'raw-stream',
  'config-bus': 'config-bus',
  'work-queue': 'work-queue',
  'metrics-store': 'metrics-store',
  'config-store': 'database',
  'leader-election': 'leader-election',
  mailer: 'mail',
};

/** Where an adapter that has an option `directory` keeps its files, below `data-dir`. */
export const PORT_DIRECTORY: Readonly<Record<SinglePort, string>> = {
  'raw-stream': 'stream',
  'config-bus': 'bus',
  'work-queue': 'queue',
  'metrics-store': 'metrics',
  'config-store': 'config',
  'leader-election': 'election',
  mailer: 'outbox',
};
