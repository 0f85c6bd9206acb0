import { CaveError, type OptionSchema } from '@cave/core';

/** How to reach one service of AWS; the same for every port. */
export interface AwsConnectionOptions {
  /** Empty: as the SDK finds it (AWS_REGION, the shared configuration file). */
  readonly region: string;
  /** Empty: AWS's own for the region. */
  readonly endpoint: string;
  /** Both empty: the SDK's own chain (environment, shared files, container and instance roles). */
  readonly 'access-key': string;
  readonly 'secret-key': string;
  readonly 'connection-timeout-ms': number;
  readonly 'request-timeout-ms': number;
}

export const connectionProperties: Readonly<Record<string, OptionSchema>> = {
  region: { type: 'string', default: '', description: "AWS region, such as eu-west-1; empty for the SDK's own search (AWS_REGION, the shared configuration file)." },
  endpoint: { type: 'string', default: '', description: "URL of the service; empty for AWS's own in the region. For emulators and VPC endpoints." },
  'access-key': { type: 'string', default: '', description: "Access key id; with secret-key. Empty for the SDK's own chain: environment, shared files, roles of containers and instances." },
  'secret-key': { type: 'string', default: '', description: 'Secret access key; with access-key.', 'x-secret': true },
  'connection-timeout-ms': { type: 'integer', minimum: 100, default: 3_000, description: 'How long to wait for a connection, in milliseconds.' },
  'request-timeout-ms': { type: 'integer', minimum: 1_000, default: 10_000, description: 'A request that is not answered within this is given up, in milliseconds.' },
};

/** `prefix` is the first part of the port's option keys, such as `raw-stream`. */
export function checkConnection(prefix: string, options: AwsConnectionOptions): void {
  if ((options['access-key'] === '') !== (options['secret-key'] === '')) {
    const [given, missing] = options['access-key'] === '' ? ['secret-key', 'access-key'] : ['access-key', 'secret-key'];
    throw new CaveError('configuration', `${prefix}.${given} is given and ${prefix}.${missing} is not: give both, or neither for the AWS SDK's own credential chain.`);
  }
  if (options.endpoint !== '') checkUrl(`${prefix}.endpoint`, options.endpoint);
}

/** `key` as in configuration files. */
export function checkUrl(key: string, value: string): void {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new CaveError('configuration', `${key} is "${value}", but must be a URL that begins with http:// or https://.`);
  }
}
