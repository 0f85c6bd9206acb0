import { CaveError, errorCode, toCaveError } from '@cave/core';
import type { Connection, Dialect, Major } from './dialect.js';
import { Dialect1 } from './dialect-1.js';
import { Dialect2 } from './dialect-2.js';
import { Dialect3 } from './dialect-3.js';
import type { Http } from './http.js';
import { Parameters, type Influxql } from './influxql.js';
import type { InfluxdbOptions } from './options.js';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Finds out which InfluxDB it is and that it takes the credentials. A wrong setting throws
 * `configuration` with what to do, a server that is not there `unavailable`.
 */
export async function connect(http: Http, influxql: Influxql, options: InfluxdbOptions, signal: AbortSignal): Promise<Dialect> {
  const major = options.version === 'auto' ? await detect(http, options, signal) : (Number(options.version) as Major);
  const connection: Connection = { http, influxql, organization: options.organization, timeoutMs: options['write-timeout-ms'] };
  if (major === 2 && options.organization === '') {
    throw new CaveError('configuration', `InfluxDB at ${http.place} is a 2.x: set metrics-store.organization to the organization in which CAVE's buckets are.`);
  }
  await checkCredentials(http, influxql, options, signal);
  return major === 1 ? new Dialect1(connection) : major === 2 ? new Dialect2(connection) : new Dialect3(connection);
}

async function detect(http: Http, options: InfluxdbOptions, signal: AbortSignal): Promise<Major> {
  try {
    const { headers } = await http.send({ method: 'GET', path: '/ping', timeoutMs: CONNECT_TIMEOUT_MS, signal });
    const version = /^v?(\d+)\./.exec(String(headers['x-influxdb-version'] ?? ''))?.[1];
    if (version === '1' || version === '2' || version === '3') return Number(version) as Major;
    if (version === undefined) throw notInflux(http, options, 'it does not tell a version');
    throw new CaveError('configuration', `InfluxDB at ${http.place} is a ${version}.x, which CAVE does not know; it knows 1.x, 2.x and 3.x.`);
  } catch (error) {
    throw explained(error, http, options);
  }
}

/** A statement that everybody may run who is known to the server. */
async function checkCredentials(http: Http, influxql: Influxql, options: InfluxdbOptions, signal: AbortSignal): Promise<void> {
  try {
    await influxql.rows('SHOW DATABASES', new Parameters(), { timeoutMs: CONNECT_TIMEOUT_MS, signal });
  } catch (error) {
    throw explained(error, http, options);
  }
}

function explained(error: unknown, http: Http, options: InfluxdbOptions): CaveError {
  const told = toCaveError(error);
  if (told.reason === 'not_http' || told.reason === 'tls') return new CaveError('configuration', `${told.message} Check metrics-store.url, which is ${options.url}.`, { cause: told });
  if (errorCode(told) === 'not_found' || errorCode(told) === 'invalid_argument') return notInflux(http, options, told.message);
  return told;
}

function notInflux(http: Http, options: InfluxdbOptions, why: string): CaveError {
  return new CaveError('configuration', `What answers at ${http.place} is no InfluxDB (${why}); check metrics-store.url, which is ${options.url}.`);
}
