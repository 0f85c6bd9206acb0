import { serverOf, type Environment, type StackProfile, type StackServer } from './profile.js';
import { databaseEnvironment, metricsStoreEnvironment } from './shared.js';

/** Kafka, RabbitMQ and Redis, real ones; every service is told the same. */
export const openProfile: StackProfile = {
  servers: ['postgres', 'redis', 'rabbitmq', 'influxdb', 'kafka'],
  connect(servers) {
    const environment = openEnvironment(servers);
    return Promise.resolve({ environment: () => environment, gateway: null, close: () => Promise.resolve() });
  },
};

function openEnvironment(servers: readonly StackServer[]): Environment {
  const [redis, rabbitmq, kafka] = (['redis', 'rabbitmq', 'kafka'] as const).map((name) => serverOf(servers, name).address) as [URL, URL, URL];
  const rabbit = (port: string): Environment => ({
    [`${port}_HOST`]: rabbitmq.hostname,
    [`${port}_PORT`]: rabbitmq.port,
    [`${port}_USER`]: rabbitmq.username,
    [`${port}_PASSWORD`]: rabbitmq.password,
  });
  return {
    ...databaseEnvironment(servers),
    ...metricsStoreEnvironment(servers),
    RAW_STREAM_BROKERS: kafka.host,
    ...rabbit('CONFIG_BUS'),
    ...rabbit('WORK_QUEUE'),
    LEADER_ELECTION_HOST: redis.hostname,
    LEADER_ELECTION_PORT: redis.port,
    LEADER_ELECTION_PASSWORD: redis.password,
  };
}
