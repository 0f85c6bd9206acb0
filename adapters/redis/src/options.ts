import { CaveError, type OptionSchema } from '@cave/core';

/** How to reach a server; the same for all ports. */
export interface RedisConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly user: string;
  readonly password: string;
  readonly tls: 'off' | 'on' | 'unverified';
  readonly 'tls-ca': string;
  readonly 'key-prefix': string;
  readonly 'connection-timeout-ms': number;
  readonly 'command-timeout-ms': number;
}

export const connectionProperties: Readonly<Record<string, OptionSchema>> = {
  host: { type: 'string', minLength: 1, default: 'localhost', description: 'Host of the Redis server (6.2 or newer; no cluster).' },
  port: { type: 'integer', minimum: 1, maximum: 65_535, default: 6379, description: 'Port of the Redis server.' },
  db: { type: 'integer', minimum: 0, default: 0, description: 'Number of the database.' },
  user: { type: 'string', default: '', description: "User to log in as; empty for the server's default user." },
  password: { type: 'string', default: '', description: "The user's password; empty where none is asked for.", 'x-secret': true },
  tls: { type: 'string', enum: ['off', 'on', 'unverified'], default: 'off', description: 'TLS: off, on (the certificate is verified), or unverified.' },
  'tls-ca': { type: 'string', default: '', description: "Certificate authority in PEM to verify the server by; empty for the system's own." },
  'key-prefix': { type: 'string', maxLength: 100, default: 'cave:', description: 'First part of every key. Installations of CAVE that share a database need one each.' },
  'connection-timeout-ms': { type: 'integer', minimum: 100, default: 3_000, description: 'How long to wait for a connection, in milliseconds; also how long a call waits for one that is being restored.' },
  'command-timeout-ms': { type: 'integer', minimum: 100, default: 3_000, description: 'A command that is not answered within this is given up and its connection replaced, in milliseconds.' },
};

export interface Address {
  readonly host: string;
  readonly port: number;
}

export const placeOf = ({ host, port }: Address): string => `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;

const ADDRESS = /^(\[[0-9a-fA-F:]+\]|[^\s:,/[\]]+):(\d{1,5})$/;
const KEY_PREFIX = /^[^\s{}]{0,100}$/;
const NAME = /^[A-Za-z0-9._-]{1,200}$/;

/** Throws `configuration` for what a schema cannot say, or when nobody has looked at the schema. No I/O. */
export function checkConnection(options: RedisConnectionOptions): void {
  if (options.host === '' || /[\s/,]/.test(options.host)) throw wrong('host', options.host, 'the name or address of one host');
  checkWhole('port', options.port, 1, 65_535);
  checkWhole('db', options.db, 0, 1_000_000);
  checkWhole('connection-timeout-ms', options['connection-timeout-ms'], 100, 3_600_000);
  checkWhole('command-timeout-ms', options['command-timeout-ms'], 100, 3_600_000);
  if (options.user !== '' && options.password === '') throw wrong('password', '', 'set, because "user" is');
  if (!KEY_PREFIX.test(options['key-prefix'])) throw wrong('key-prefix', options['key-prefix'], 'at most 100 characters without white space and braces');
}

/** The name of a queue or stream, which becomes a part of keys. */
export function checkName(option: string, value: string): void {
  if (!NAME.test(value)) throw wrong(option, value, '1 to 200 letters, digits, dots, underscores and hyphens');
}

export function checkWhole(option: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) throw wrong(option, String(value), `a whole number from ${String(least)} to ${String(most)}`);
}

/** The servers that vote on an office: those of the list, or the one by host and port. An odd number, each once. */
export function checkServers(servers: string, single: Address): readonly Address[] {
  if (servers.trim() === '') return [single];
  const addresses = servers.split(',').map((entry) => {
    const [, host, port] = ADDRESS.exec(entry.trim()) ?? [];
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw wrong('servers', servers, 'addresses host:port, separated by commas');
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  });
  if (addresses.length % 2 === 0) throw wrong('servers', servers, 'an odd number of addresses, so that a majority is more than half');
  if (new Set(addresses.map(placeOf)).size < addresses.length) throw wrong('servers', servers, 'addresses of different servers: one that votes twice is no majority');
  return addresses;
}

export function wrong(option: string, value: string, right: string): CaveError {
  return new CaveError('configuration', `The option "${option}" of the Redis adapter is "${value}"; it must be ${right}.`);
}
