import type { PortName } from '@cave/core';

/** Modules of the adapters that CAVE brings, by port and name. Imported only when chosen. */
export const BUILT_IN: Readonly<Record<PortName, Readonly<Record<string, string>>>> = {
  'raw-stream': { embedded: '@cave/adapter-embedded/raw-stream', kafka: '@cave/adapter-kafka/raw-stream', kinesis: '@cave/adapter-aws/raw-stream' },
  'config-bus': {
    embedded: '@cave/adapter-embedded/config-bus',
    kafka: '@cave/adapter-kafka/config-bus',
    rabbitmq: '@cave/adapter-rabbitmq/config-bus',
    redis: '@cave/adapter-redis/config-bus',
    sns: '@cave/adapter-aws/config-bus',
  },
  'work-queue': {
    embedded: '@cave/adapter-embedded/work-queue',
    rabbitmq: '@cave/adapter-rabbitmq/work-queue',
    redis: '@cave/adapter-redis/work-queue',
    sqs: '@cave/adapter-aws/work-queue',
  },
  'metrics-store': { embedded: '@cave/adapter-embedded/metrics-store', influxdb: '@cave/adapter-influxdb/metrics-store' },
  'config-store': { embedded: '@cave/adapter-embedded/config-store', postgres: '@cave/adapter-postgres' },
  'leader-election': { embedded: '@cave/adapter-embedded/leader-election', redis: '@cave/adapter-redis/leader-election', dynamodb: '@cave/adapter-aws/leader-election' },
  mailer: { embedded: '@cave/adapter-embedded/mailer', smtp: '@cave/adapter-smtp/mailer' },
  notifier: { pagerduty: '@cave/adapter-notifiers/pagerduty', webhook: '@cave/adapter-notifiers/webhook' },
};

/** Notifiers that are always there, in the order in which they are asked; the last takes any URL. */
export const BUILT_IN_NOTIFIERS = ['pagerduty', 'webhook'] as const;

/** Keeps two processes off one data directory; loaded with any embedded adapter. */
export const DATA_DIRECTORY_MODULE = '@cave/adapter-embedded/data-directory';
