import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { addressVariable, type ServerControl, type TestServer } from '@cave/test-servers';
import { connect, type ChannelModel } from 'amqplib';
import type { RabbitConfigBusOptions, RabbitConnectionOptions, RabbitWorkQueueOptions } from '../../src/options.js';
import { Topology } from '../../src/work-queue-topology.js';

/** A server that the environment names is neither ours to kill nor behind our proxy. */
export const isOurs = process.env[addressVariable('rabbitmq')] === undefined;

export function connectionTo(address: string): RabbitConnectionOptions {
  const url = new URL(address);
  return {
    host: url.hostname,
    port: Number(url.port || 5672),
    vhost: url.pathname.length > 1 ? decodeURIComponent(url.pathname.slice(1)) : '/',
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    tls: 'off',
    'tls-ca': '',
    'heartbeat-seconds': 1,
    'connection-timeout-ms': 5_000,
    'confirm-timeout-ms': 10_000,
  };
}

/** By way of the proxy, where there is one. */
export const throughProxy = (server: TestServer): RabbitConnectionOptions => connectionTo(server.cuttable?.url ?? server.url);

export const workQueueOn = (connection: RabbitConnectionOptions, queue: string, maxAttempts = 3): RabbitWorkQueueOptions => ({
  ...connection,
  queue,
  'max-attempts': maxAttempts,
  prefetch: 1_000,
  'consumer-timeout-ms': 1_800_000,
});

export const configBusOn = (connection: RabbitConnectionOptions, exchange: string, queueLength = 1_000): RabbitConfigBusOptions => ({
  ...connection,
  exchange,
  'queue-length': queueLength,
  'max-message-bytes': 4_096,
});

/** A connection of the test's own, past adapter and proxy. */
export async function withServer<T>(server: TestServer, action: (model: ChannelModel) => Promise<T>): Promise<T> {
  const model = await connect(server.url);
  model.on('error', () => undefined); // what a test provokes fails its own call
  try {
    return await action(model);
  } finally {
    await model.close().catch(() => undefined); // it may have been closed by what was provoked
  }
}

export const removeWorkQueue = (server: TestServer, queue: string): Promise<void> =>
  withServer(server, async (model) => {
    const topology = new Topology(workQueueOn(connectionTo(server.url), queue));
    const channel = await model.createChannel();
    for (const name of [topology.queue, topology.dead, ...topology.delays]) await channel.deleteQueue(name);
    await channel.deleteExchange(topology.dead);
  });

export function controlOf(server: TestServer): ServerControl {
  if (server.control === null) throw new Error('The server that the environment names is not ours to kill.');
  return server.control;
}

/** The server's own command line, for what no protocol tells or does. It knows the place of a server that scripts/services started by its port. */
export async function rabbitmqctl(server: TestServer, ...args: readonly string[]): Promise<string> {
  const { port } = new URL(server.url);
  const at = readdirSync(tmpdir())
    .filter((name) => name.startsWith('cave-rabbitmq-'))
    .map((name) => join(tmpdir(), name, 'rabbitmq'))
    .find((directory) => existsSync(join(directory, 'port')) && readFileSync(join(directory, 'port'), 'utf8').trim() === port);
  if (at === undefined) throw new Error(`No directory of a server on port ${port} was found.`);
  const env = {
    ...process.env,
    HOME: join(at, 'home'),
    ERL_EPMD_PORT: readFileSync(join(at, 'epmd-port'), 'utf8').trim(),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'cave@localhost',
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
  };
  const { stdout } = await promisify(execFile)('/usr/lib/rabbitmq/bin/rabbitmqctl', [...args], { env });
  return stdout;
}
