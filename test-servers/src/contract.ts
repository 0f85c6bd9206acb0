export const SERVER_NAMES = ['postgres', 'redis', 'rabbitmq', 'influxdb', 'kafka'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** Stand-ins for AWS's services: kinesalite, kinesis-local, dynalite, fauxqs. */
export const EMULATOR_NAMES = ['kinesis', 'kinesis-local', 'dynamodb', 'sns-sqs'] as const;
export type EmulatorName = (typeof EMULATOR_NAMES)[number];

export function isEmulator(name: ServerName | EmulatorName): name is EmulatorName {
  return (EMULATOR_NAMES as readonly string[]).includes(name);
}

/** What a test does to a server that is its own. */
export interface ServerControl {
  /** SIGKILL; resolves once the server is gone. */
  kill(): Promise<void>;
  /** Starts it on the data it had; resolves once it serves. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  freeze(): Promise<void>;
  /** SIGCONT. */
  thaw(): Promise<void>;
  /** Kills it and removes all it knew; `start` then begins anew on the same port. */
  forget(): Promise<void>;
}

export interface Cuttable {
  readonly url: string;
  /** Nothing passes, until the result is called. */
  cut(): Promise<() => Promise<void>>;
  /** Requests pass and their answers do not, until the result is called. */
  loseAnswers(): Promise<() => Promise<void>>;
}

export interface Guarded {
  /** With user and password. */
  readonly url: string;
  /** Its own, self-signed, in PEM. */
  readonly certificate: string;
}

export interface TestServer {
  /** With user and password; for Kafka the broker as `kafka://host:port`. */
  readonly url: string;
  /** The same server by a way in between that can break. Null for a server that the environment named. */
  readonly cuttable: Cuttable | null;
  /** The same server behind TLS and a login; null where it has no such place. */
  readonly guarded: Guarded | null;
  /** Null for a server that the environment named: it is not ours to kill. */
  readonly control: ServerControl | null;
  stop(): Promise<void>;
}

/** Variable that names a running server instead. */
export function addressVariable(name: ServerName): string {
  return `CAVE_TEST_${name.toUpperCase()}_URL`;
}
