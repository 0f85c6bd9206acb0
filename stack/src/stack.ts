import { execFile } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ServerName } from '@cave/test-servers';
import { startMailSink } from './mail-sink.js';
import { startServers, type StackServer } from './servers.js';
import { ServiceProcess, type StackService } from './service-process.js';

const CAVE = fileURLToPath(new URL('../../../apps/cli/dist/src/main.js', import.meta.url));
/** In the order of start. */
const SERVICES: readonly StackService[] = ['dbwriter', 'worker', 'scheduler', 'api'];

export interface StackOptions {
  /** Everything lies below it: servers, logs, mails. */
  readonly directory: string;
  /** Of each service; default 1. */
  readonly instances?: number;
  /** Of a service, where it is another number. */
  readonly counts?: Partial<Readonly<Record<StackService, number>>>;
  /** Where the first instance of a service listens; default a free port. */
  readonly ports?: Partial<Readonly<Record<StackService, number>>>;
  /** For every service, beside the addresses of the servers. */
  readonly environment?: Readonly<Record<string, string>>;
  /** For every service, such as `--set key=value`. */
  readonly args?: readonly string[];
  /** Told how far the start is. */
  readonly say?: (text: string) => void;
}

/** The open stack without Docker: real servers, the services as processes of their own. */
export class Stack {
  readonly #ends: (() => Promise<unknown>)[] = [];
  readonly #services: ServiceProcess[] = [];
  #servers: readonly StackServer[] = [];
  #environment: Readonly<Record<string, string>> = {};

  private constructor(private readonly options: StackOptions) {}

  /** Starts the servers, migrates the database, starts the services. Stops what it started when something fails. */
  static async start(options: StackOptions): Promise<Stack> {
    const stack = new Stack(options);
    try {
      await stack.#start();
      return stack;
    } catch (error) {
      await stack.stop().catch((stopError: unknown) => console.error('stack:', stopError)); // what made it fail says more
      throw error;
    }
  }

  get directory(): string {
    return this.options.directory;
  }

  /** Mails as files. */
  get outbox(): string {
    return join(this.options.directory, 'outbox');
  }

  get logs(): string {
    return join(this.options.directory, 'logs');
  }

  get servers(): readonly StackServer[] {
    return this.#servers;
  }

  get services(): readonly ServiceProcess[] {
    return this.#services;
  }

  /** What every service is told. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment;
  }

  server(name: ServerName): StackServer {
    return serverOf(this.#servers, name);
  }

  instances(service: StackService): readonly ServiceProcess[] {
    return this.#services.filter((one) => one.service === service);
  }

  /** One more instance, not started yet; `stop` stops it too. */
  add(service: StackService, environment: Readonly<Record<string, string>> = {}): ServiceProcess {
    const number = this.instances(service).length + 1;
    const one = new ServiceProcess({
      service,
      number,
      port: number === 1 ? (this.options.ports?.[service] ?? 0) : 0,
      environment: { ...this.#environment, ...environment },
      logDirectory: this.logs,
      args: this.options.args ?? [],
    });
    this.#services.push(one);
    return one;
  }

  /** Services first, then servers. Idempotent. */
  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }

  async #start(): Promise<void> {
    const { directory, instances = 1, counts = {}, environment = {}, say = () => undefined } = this.options;
    await mkdir(this.logs, { recursive: true });
    // Under root, PostgreSQL runs as a user of its own, who must get through to its directory.
    await chmod(directory, 0o711);
    const mail = await startMailSink(this.outbox);
    this.#ends.push(() => mail.close());
    say('starting servers …');
    this.#servers = await startServers(join(directory, 'servers'));
    this.#ends.push(() => Promise.all(this.#servers.map((server) => server.stop())));
    this.#environment = { ...connections(this.#servers, mail.port), CAVE_DATA_DIR: join(directory, 'data'), ...environment };
    await this.#migrate();
    say('starting services …');
    for (const service of SERVICES) for (let i = 0; i < (counts[service] ?? instances); i += 1) this.add(service);
    this.#ends.push(() => Promise.all(this.#services.map((service) => service.stop())));
    await Promise.all(this.#services.map((service) => service.start()));
  }

  async #migrate(): Promise<void> {
    try {
      await promisify(execFile)(process.execPath, [CAVE, 'migrate', '--service', 'api', ...(this.options.args ?? [])], { env: { ...process.env, ...this.#environment } });
    } catch (error) {
      throw new Error(`cave migrate failed: ${(error as { stderr?: string }).stderr?.trim() ?? String(error)}`, { cause: error });
    }
  }
}

function serverOf(servers: readonly StackServer[], name: ServerName): StackServer {
  const found = servers.find((server) => server.name === name);
  if (found === undefined) throw new Error(`The stack has no ${name}.`);
  return found;
}

/** How the services find the servers. */
function connections(servers: readonly StackServer[], mailPort: number): Readonly<Record<string, string>> {
  const { postgres, redis, rabbitmq, influxdb, kafka } = Object.fromEntries(servers.map(({ name, address }) => [name, address])) as Readonly<Record<ServerName, URL>>;
  const rabbit = (port: string): Readonly<Record<string, string>> => ({
    [`${port}_HOST`]: rabbitmq.hostname,
    [`${port}_PORT`]: rabbitmq.port,
    [`${port}_USER`]: rabbitmq.username,
    [`${port}_PASSWORD`]: rabbitmq.password,
  });
  return {
    CAVE_PROFILE: 'open',
    DATABASE_HOST: postgres.hostname,
    DATABASE_PORT: postgres.port,
    DATABASE_USER: postgres.username,
    DATABASE_PASSWORD: postgres.password,
    DATABASE_DATABASE: postgres.pathname.slice(1),
    RAW_STREAM_BROKERS: kafka.host,
    ...rabbit('CONFIG_BUS'),
    ...rabbit('WORK_QUEUE'),
    METRICS_STORE_URL: influxdb.origin,
    METRICS_STORE_USER: influxdb.username,
    METRICS_STORE_PASSWORD: influxdb.password,
    LEADER_ELECTION_HOST: redis.hostname,
    LEADER_ELECTION_PORT: redis.port,
    LEADER_ELECTION_PASSWORD: redis.password,
    MAIL_HOST: '127.0.0.1',
    MAIL_PORT: String(mailPort),
    MAIL_TLS: 'off',
    MAIL_FROM: 'CAVE <cave@localhost.localdomain>',
  };
}
