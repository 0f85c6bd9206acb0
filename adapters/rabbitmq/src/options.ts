import { CaveError, type OptionSchema, type OptionsSchema } from '@cave/core';

/** How to reach the server; the same for both ports. */
export interface RabbitConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly vhost: string;
  readonly user: string;
  readonly password: string;
  readonly tls: 'off' | 'on' | 'unverified';
  readonly 'tls-ca': string;
  readonly 'heartbeat-seconds': number;
  readonly 'connection-timeout-ms': number;
  readonly 'confirm-timeout-ms': number;
}

export interface RabbitWorkQueueOptions extends RabbitConnectionOptions {
  readonly queue: string;
  readonly 'max-attempts': number;
  readonly prefetch: number;
  readonly 'consumer-timeout-ms': number;
}

export interface RabbitConfigBusOptions extends RabbitConnectionOptions {
  readonly exchange: string;
  readonly 'queue-length': number;
  readonly 'max-message-bytes': number;
}

const connectionProperties: Readonly<Record<string, OptionSchema>> = {
  host: { type: 'string', minLength: 1, default: 'localhost', description: 'Host of the RabbitMQ server.' },
  port: { type: 'integer', minimum: 1, maximum: 65_535, default: 5672, description: 'Port of the RabbitMQ server; usually 5671 with TLS.' },
  vhost: { type: 'string', minLength: 1, default: '/', description: 'Virtual host that holds the queues and exchanges.' },
  user: { type: 'string', minLength: 1, default: 'cave', description: 'User to log in as; it must be allowed to configure, write and read in the virtual host.' },
  password: { type: 'string', default: '', description: "The user's password.", 'x-secret': true },
  tls: { type: 'string', enum: ['off', 'on', 'unverified'], default: 'off', description: 'TLS: off, on (the certificate is verified), or unverified.' },
  'tls-ca': { type: 'string', default: '', description: "Certificate authority in PEM to verify the server by; empty for the system's own." },
  'heartbeat-seconds': { type: 'integer', minimum: 1, maximum: 600, default: 5, description: 'A server that was silent for two to three times this long is given up and connected to anew, in seconds.' },
  'connection-timeout-ms': { type: 'integer', minimum: 100, default: 5_000, description: 'How long to wait for a connection, in milliseconds.' },
  'confirm-timeout-ms': { type: 'integer', minimum: 100, default: 10_000, description: 'When the server confirms nothing for this long, what is under way has an unknown outcome; in milliseconds.' },
};

export const workQueueOptions: OptionsSchema = {
  type: 'object',
  properties: {
    ...connectionProperties,
    queue: { type: 'string', minLength: 1, default: 'alarm-schedule', description: 'Name of the quorum queue. <queue>.dead holds the dead letters, <queue>.delay.<ms> what is to come again later.' },
    'max-attempts': { type: 'integer', minimum: 1, maximum: 1_000_000, default: 10, description: "Deliveries that end in nack or expiry before a job goes to the dead-letter queue. It is an argument of the queue: to change it, remove the queue when it is empty." },
    prefetch: { type: 'integer', minimum: 1, maximum: 65_535, default: 1_000, description: 'Most jobs that one consumer asks the server for at once.' },
    'consumer-timeout-ms': { type: 'integer', minimum: 60_000, maximum: 2_147_483_647, default: 1_800_000, description: "The server's consumer_timeout. A lease that nears it is given up, because the server would close the channel with all leases in it; in milliseconds." },
  },
};

export const configBusOptions: OptionsSchema = {
  type: 'object',
  properties: {
    ...connectionProperties,
    exchange: { type: 'string', minLength: 1, default: 'configuration-changes', description: 'Name of the fan-out exchange.' },
    'queue-length': { type: 'integer', minimum: 1, maximum: 10_000_000, default: 10_000, description: 'Changes that wait on the server for one slow subscriber before it reloads everything instead.' },
    'max-message-bytes': { type: 'integer', minimum: 1_024, maximum: 16_777_216, default: 262_144, description: 'Largest body of one change, in bytes.' },
  },
};

/** A server's limit is 255 bytes; what this adapter appends must fit too. */
const MAX_NAME_BYTES = 200;

/** Throws `configuration` for what a schema cannot say. No I/O. */
export function checkConnection(options: RabbitConnectionOptions): void {
  checkText('host', options.host);
  checkText('vhost', options.vhost);
  checkText('user', options.user);
  checkWhole('port', options.port, 1, 65_535);
  checkWhole('heartbeat-seconds', options['heartbeat-seconds'], 1, 600);
  checkWhole('connection-timeout-ms', options['connection-timeout-ms'], 100, 2_147_483_647);
  checkWhole('confirm-timeout-ms', options['confirm-timeout-ms'], 100, 2_147_483_647);
  if (options.tls === 'off' && options['tls-ca'] !== '') throw wrong('tls', 'off', 'on, because "tls-ca" is set');
}

/** Names that begin with `amq.` belong to the server. */
export function checkName(option: string, name: string): void {
  if (name === '' || Buffer.byteLength(name) > MAX_NAME_BYTES || name.startsWith('amq.')) throw wrong(option, name, `1 to ${MAX_NAME_BYTES} bytes that do not begin with "amq."`);
}

export function checkWhole(option: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) throw wrong(option, String(value), `a whole number from ${least} to ${most}`);
}

function checkText(option: string, value: string): void {
  if (value === '') throw wrong(option, value, 'a name');
}

function wrong(option: string, value: string, right: string): CaveError {
  return new CaveError('configuration', `The option "${option}" of the RabbitMQ adapter is "${value}"; it must be ${right}.`);
}
