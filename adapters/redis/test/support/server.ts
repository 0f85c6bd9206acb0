import { randomBytes } from 'node:crypto';
import { addressVariable, type ServerControl, type TestServer } from '@cave/test-servers';
import { Redis } from 'ioredis';
import type { RedisConnectionOptions } from '../../src/options.js';

/** Whether the server is one that the tests started: what the environment names is not ours to kill. */
export const IS_OURS = process.env[addressVariable('redis')] === undefined;

/** A test that changes the server itself: its settings, its users, whether it lives. */
export function itOnOurs(title: string, body: () => Promise<void>): void {
  if (IS_OURS) it(title, body);
  else it(`${title} [not proven: the server that the environment names is not ours to change]`);
}

/** Every key of this run of a test file begins so. */
export const PREFIX = `cave-test-${randomBytes(4).toString('hex')}:`;

/** What is not ours is left as it was found. */
export function tidiesForeign(server: () => TestServer): void {
  if (!IS_OURS) afterEach(() => removeKeys(server(), ''));
}

export function connectionOptions(url: string): RedisConnectionOptions {
  const { hostname, port, username, password } = new URL(url);
  return {
    host: hostname,
    port: Number(port),
    db: 0,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    tls: 'off',
    'tls-ca': '',
    'key-prefix': PREFIX,
    'connection-timeout-ms': 2_000,
    'command-timeout-ms': 2_000,
  };
}

/** The way through the proxy, where there is one. */
export const cuttableUrl = (server: TestServer): string => server.cuttable?.url ?? server.url;

export function control(server: TestServer): ServerControl {
  if (server.control === null) throw new Error('The server is not ours to kill.');
  return server.control;
}

/** A plain client beside the adapter. */
export async function withClient<T>(server: TestServer, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(server.url, { lazyConnect: true, retryStrategy: () => null, disableClientInfo: true });
  // What goes wrong with it fails the call that is made.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
    client.disconnect();
    await ended;
  }
}

/** All keys of a place. */
export const keysOf = (client: Redis, place: string): Promise<string[]> => client.keys(`${PREFIX}*${place}*`);

export async function removeKeys(server: TestServer, place: string): Promise<void> {
  await withClient(server, async (client) => {
    const keys = await keysOf(client, place);
    if (keys.length > 0) await client.del(...keys);
  });
}
