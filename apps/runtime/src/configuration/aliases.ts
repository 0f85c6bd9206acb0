/**
 * The parameter names of the first CAVE's deployment guide, and what they are called here.
 * A row holds below every service's root key and at the top level alike. A name that stands
 * for options of several ports gives its value to each whose adapter has that option.
 */
export interface AliasRow {
  readonly alias: string;
  readonly of: readonly string[];
  /** Options that have this value as well as long as nobody gives one of their own; of two such names the upper row's counts. */
  readonly standsInFor?: readonly string[];
}

const AWS_PORTS = ['raw-stream', 'config-bus', 'work-queue', 'leader-election'] as const;
const onAwsPorts = (option: string): readonly string[] => AWS_PORTS.map((port) => `${port}.${option}`);

export const ALIASES: readonly AliasRow[] = [
  { alias: 'aws.rds.database-server', of: ['database.host'] },
  { alias: 'aws.rds.database-port', of: ['database.port'] },
  { alias: 'aws.rds.database-name', of: ['database.database'] },
  { alias: 'aws.rds.database-user', of: ['database.user'] },
  { alias: 'aws.rds.database-password', of: ['database.password'] },
  { alias: 'aws.rds.pool-size', of: ['database.pool-size'] },
  { alias: 'aws.rds.connection-timeout', of: ['database.connection-timeout-ms'] },
  { alias: 'aws.credentials.access-key', of: [...onAwsPorts('access-key'), 'log.cloudwatch.access-key'] },
  { alias: 'aws.credentials.secret-key', of: [...onAwsPorts('secret-key'), 'log.cloudwatch.secret-key'] },
  // The first CAVE chose its leader without DynamoDB, and its stream's library found the table itself.
  { alias: 'aws.dynamodb.endpoint', of: ['raw-stream.table-endpoint', 'leader-election.endpoint'] },
  { alias: 'aws.dynamodb.region', of: ['raw-stream.table-region', 'leader-election.region'] },
  { alias: 'aws.kinesis.endpoint', of: ['raw-stream.endpoint'] },
  { alias: 'aws.kinesis.region', of: ['raw-stream.region'], standsInFor: ['leader-election.region', 'log.cloudwatch.region'] },
  { alias: 'aws.kinesis.stream.raw', of: ['raw-stream.stream'] },
  { alias: 'aws.kinesis.stream.processed', of: ['raw-stream.processed-stream'] },
  { alias: 'aws.sqs.endpoint', of: ['work-queue.endpoint', 'config-bus.queue-endpoint'] },
  { alias: 'aws.sqs.region', of: ['work-queue.region', 'config-bus.queue-region'], standsInFor: ['leader-election.region', 'log.cloudwatch.region'] },
  { alias: 'aws.sqs.queues.config-changes', of: ['config-bus.queue'] },
  { alias: 'aws.sqs.queues.alarm-schedule', of: ['work-queue.queue'] },
  { alias: 'aws.sqs.longPollTimeInSeconds', of: ['work-queue.long-poll-seconds', 'config-bus.long-poll-seconds'] },
  { alias: 'aws.sns.endpoint', of: ['config-bus.endpoint'] },
  { alias: 'aws.sns.region', of: ['config-bus.region'] },
  { alias: 'aws.sns.topics.config-changes', of: ['config-bus.topic'] },
  { alias: 'influx.url', of: ['metrics-store.url'] },
  { alias: 'influx.user', of: ['metrics-store.user'] },
  { alias: 'influx.pass', of: ['metrics-store.password'] },
  { alias: 'influx.alternates', of: ['metrics-store.clusters'] },
  { alias: 'smtp.host', of: ['mail.host'] },
  { alias: 'smtp.port', of: ['mail.port'] },
  { alias: 'smtp.from', of: ['mail.from'] },
  { alias: 'smtp.user', of: ['mail.user'] },
  { alias: 'smtp.password', of: ['mail.password'] },
  { alias: 'adapters.mail', of: ['adapters.mailer'] },
];

/** The first CAVE's name for a key, or undefined. */
export function aliasOf(key: string): string | undefined {
  return ALIASES.find(({ of }) => of.includes(key))?.alias;
}
