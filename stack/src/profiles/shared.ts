import { serverOf, type Environment, type StackServer } from './profile.js';

/* What the profiles have in common: RDS is PostgreSQL, and the metrics store is InfluxDB in both. */

export function databaseEnvironment(servers: readonly StackServer[]): Environment {
  const postgres = serverOf(servers, 'postgres').address;
  return {
    DATABASE_HOST: postgres.hostname,
    DATABASE_PORT: postgres.port,
    DATABASE_USER: postgres.username,
    DATABASE_PASSWORD: postgres.password,
    DATABASE_DATABASE: postgres.pathname.slice(1),
  };
}

export function metricsStoreEnvironment(servers: readonly StackServer[]): Environment {
  const influxdb = serverOf(servers, 'influxdb').address;
  return { METRICS_STORE_URL: influxdb.origin, METRICS_STORE_USER: influxdb.username, METRICS_STORE_PASSWORD: influxdb.password };
}
