import { CaveError } from '@cave/core';
import { checkConnection, type AwsConnectionOptions } from './options.js';

/** As the settings below `log.cloudwatch` give them. */
export interface LogSinkOptions extends Pick<AwsConnectionOptions, 'region' | 'endpoint' | 'access-key' | 'secret-key'> {
  /** Is the operator's; nobody here makes it. */
  readonly group: string;
  /** Made where it is not there. */
  readonly stream: string;
}

const PREFIX = 'log.cloudwatch';
/** Source: Amazon CloudWatch Logs API Reference, CreateLogGroup and CreateLogStream. */
const GROUP_NAME = /^[.\-_/#A-Za-z0-9]{1,512}$/;
const STREAM_NAME = /^[^:*]{1,512}$/;
const CONNECTION = { 'connection-timeout-ms': 3_000, 'request-timeout-ms': 10_000 };

/** Throws `configuration` naming the key. */
export function checkedConnection(options: LogSinkOptions): AwsConnectionOptions {
  const connection = { ...options, ...CONNECTION };
  checkConnection(PREFIX, connection);
  if (!GROUP_NAME.test(options.group)) throw wrong('group', options.group, 'must have 1 to 512 letters, digits, _, -, /, # or .');
  if (!STREAM_NAME.test(options.stream)) throw wrong('stream', options.stream, 'must have 1 to 512 characters, none of them : or *');
  return connection;
}

function wrong(key: string, value: string, rule: string): CaveError {
  return new CaveError('configuration', `${PREFIX}.${key} is "${value}", but ${rule}.`);
}
