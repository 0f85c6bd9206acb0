import { CaveError, type OptionsSchema } from '@cave/core';

export interface InfluxdbOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly token: string;
  readonly organization: string;
  readonly version: 'auto' | '1' | '2' | '3';
  readonly 'database-prefix': string;
  readonly 'retention-days': number;
  readonly 'series-limit': number;
  readonly 'write-timeout-ms': number;
  readonly 'query-timeout-ms': number;
  readonly 'max-batch-lines': number;
  readonly 'max-requests': number;
  readonly gzip: boolean;
}

export const OPTION_DEFAULTS: InfluxdbOptions = {
  url: 'http://localhost:8086',
  user: '',
  password: '',
  token: '',
  organization: '',
  version: 'auto',
  'database-prefix': 'cave_',
  'retention-days': 90,
  'series-limit': 100_000,
  'write-timeout-ms': 15_000,
  'query-timeout-ms': 30_000,
  'max-batch-lines': 10_000,
  'max-requests': 4,
  gzip: false,
};

export const SECONDS_PER_DAY = 86_400;

export const optionsSchema: OptionsSchema = {
  type: 'object',
  properties: {
    url: { type: 'string', minLength: 1, default: OPTION_DEFAULTS.url, description: 'Address of the server, http or https, without user and password.' },
    user: { type: 'string', default: OPTION_DEFAULTS.user, description: 'User of InfluxDB 1.x. To create databases it must be an administrator. Empty: no authentication.' },
    password: { type: 'string', default: OPTION_DEFAULTS.password, description: "The user's password.", 'x-secret': true },
    token: { type: 'string', default: OPTION_DEFAULTS.token, description: 'Token for InfluxDB 2.x and 3.x, instead of user and password.', 'x-secret': true },
    organization: { type: 'string', default: OPTION_DEFAULTS.organization, description: 'Organization in which InfluxDB 2.x keeps the buckets.' },
    version: {
      type: 'string',
      enum: ['auto', '1', '2', '3'],
      default: OPTION_DEFAULTS.version,
      description: 'Which InfluxDB it is. auto: the server is asked at start. Only 1.x is proven by tests.',
    },
    'database-prefix': {
      type: 'string',
      pattern: '^[A-Za-z0-9._-]{1,40}$',
      default: OPTION_DEFAULTS['database-prefix'],
      description: 'Each CAVE database is one InfluxDB database (2.x: bucket) whose name begins with this. No other database is touched.',
    },
    'retention-days': { type: 'integer', minimum: 1, maximum: 36_500, default: OPTION_DEFAULTS['retention-days'], description: 'Points older than this are deleted. A change is applied to a database when it is next written to.' },
    'series-limit': {
      type: 'integer',
      minimum: 1,
      default: OPTION_DEFAULTS['series-limit'],
      description: 'Series that one tenant may have; points of further ones are refused. Writers that work at the same time may each go a little beyond it.',
    },
    'write-timeout-ms': { type: 'integer', minimum: 100, default: OPTION_DEFAULTS['write-timeout-ms'], description: 'A request that writes or administers is given up after this time, in milliseconds.' },
    'query-timeout-ms': { type: 'integer', minimum: 100, default: OPTION_DEFAULTS['query-timeout-ms'], description: 'A request that reads is given up after this time, in milliseconds.' },
    'max-batch-lines': { type: 'integer', minimum: 1, maximum: 100_000, default: OPTION_DEFAULTS['max-batch-lines'], description: 'Most points in one request.' },
    'max-requests': { type: 'integer', minimum: 1, maximum: 64, default: OPTION_DEFAULTS['max-requests'], description: 'Most requests under way at once, for writing and for reading each.' },
    gzip: { type: 'boolean', default: OPTION_DEFAULTS.gzip, description: 'Compress what is written. Worth it over a slow network; near the server it only costs time.' },
  },
};

/** What the schema cannot say. Throws `configuration`. */
export function checkOptions(options: InfluxdbOptions): void {
  let url: URL;
  try {
    url = new URL(options.url);
  } catch (cause) {
    throw new CaveError('configuration', `The url of InfluxDB, "${options.url}", is no address such as http://localhost:8086.`, { cause });
  }
  if (url.username !== '' || url.password !== '') throw new CaveError('configuration', 'The url of InfluxDB must not hold user and password: give them as "user" and "password".');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new CaveError('configuration', `The url of InfluxDB, "${options.url}", must begin with http:// or https://.`);
  if (url.search !== '' || url.hash !== '') throw new CaveError('configuration', `The url of InfluxDB, "${options.url}", must end with the host, port and perhaps a path.`);
  if (options.token !== '' && (options.user !== '' || options.password !== '')) throw new CaveError('configuration', 'InfluxDB takes either a "token" (2.x, 3.x) or "user" and "password" (1.x), not both.');
  if (options.user === '' && options.password !== '') throw new CaveError('configuration', 'InfluxDB has a "password" without a "user".');
  if (/[:\n\r]/.test(options.user)) throw new CaveError('configuration', 'The "user" of InfluxDB must not contain a colon or line break.');
  if (options.version === '2' && options.organization === '') throw new CaveError('configuration', 'InfluxDB 2.x needs the "organization" in which its buckets are.');
  if (!/^[A-Za-z0-9._-]{1,40}$/.test(options['database-prefix'])) throw new CaveError('configuration', `The database-prefix "${options['database-prefix']}" must be 1 to 40 letters, digits, ".", "_" or "-".`);
}
