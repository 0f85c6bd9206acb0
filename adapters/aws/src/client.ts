import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsConnectionOptions } from './options.js';

// The SDK's versions are pinned to ones that support this Node; its announcement that later
// ones will not is for whoever raises the pin, not for an operator's log.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const MAX_SOCKETS = 64;

export interface AwsClientSettings {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandler;
}

/**
 * Settings of an SDK client. One attempt for each call: what an adapter repeats, and whether
 * that is safe, is for the adapter to say. HTTP/1.1, which emulators speak as well.
 */
export function clientSettings(options: AwsConnectionOptions): AwsClientSettings {
  return {
    ...(options.region === '' ? {} : { region: options.region }),
    ...(options.endpoint === '' ? {} : { endpoint: options.endpoint }),
    ...(options['access-key'] === '' ? {} : { credentials: { accessKeyId: options['access-key'], secretAccessKey: options['secret-key'] } }),
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: options['connection-timeout-ms'],
      requestTimeout: options['request-timeout-ms'],
      throwOnRequestTimeout: true,
      httpAgent: new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
      httpsAgent: new SecureAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    }),
  };
}
