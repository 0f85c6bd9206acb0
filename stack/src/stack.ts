import { execFile } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { AwsGateway } from '@cave/test-servers';
import { startMailSink } from './mail-sink.js';
import { PROFILE_STACKS, serverOf, type Connections, type Environment, type StackProfileName, type StackServer, type StackServerName } from './profiles/index.js';
import { startServers } from './servers.js';
import { ServiceProcess, type StackService } from './service-process.js';

const CAVE = fileURLToPath(new URL('../../../apps/cli/dist/src/main.js', import.meta.url));
/** In the order of start; what stands together starts at once. www is told where the api listens. */
const SERVICES: readonly (readonly StackService[])[] = [['dbwriter', 'worker', 'scheduler', 'api'], ['www']];

export interface StackOptions {
  /** Default `open`. */
  readonly profile?: StackProfileName;
  /** Everything lies below it: servers, logs, mails. */
  readonly directory: string;
  /** Of each service; default 1. */
  readonly instances?: number;
  /** Of a service, where it is another number. */
  readonly counts?: Partial<Readonly<Record<StackService, number>>>;
  /** Where the first instance of a service listens; default a free port. */
  readonly ports?: Partial<Readonly<Record<StackService, number>>>;
  /** For every service, beside the addresses of the servers. */
  readonly environment?: Environment;
  /** For every service, such as `--set key=value`. */
  readonly args?: readonly string[];
  /** The gateway of the profile `aws` keeps every call that it saw. Default false. */
  readonly noteCalls?: boolean;
  /** Told how far the start is. */
  readonly say?: (text: string) => void;
}

/** A stack of a profile without Docker: its servers, and the services as processes of their own. */
export class Stack {
  readonly #ends: (() => Promise<unknown>)[] = [];
  readonly #services: ServiceProcess[] = [];
  #servers: readonly StackServer[] = [];
  #connections: Connections = { environment: () => ({}), gateway: null, close: () => Promise.resolve() };
  #shared: Environment = {};

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

  /** What all calls to AWS pass; null in a profile that makes none. */
  get gateway(): AwsGateway | null {
    return this.#connections.gateway;
  }

  server(name: StackServerName): StackServer {
    return serverOf(this.#servers, name);
  }

  instances(service: StackService): readonly ServiceProcess[] {
    return this.#services.filter((one) => one.service === service);
  }

  /** One more instance, not started yet; `stop` stops it too. One of www asks the first api, which keeps its address. */
  add(service: StackService, environment: Environment = {}): ServiceProcess {
    const number = this.instances(service).length + 1;
    const one = new ServiceProcess({
      service,
      number,
      port: number === 1 ? (this.options.ports?.[service] ?? 0) : 0,
      environment: { ...this.#environmentOf(service), ...environment },
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
    const { profile = 'open', directory, instances = 1, counts = {}, environment = {}, noteCalls = false, say = () => undefined } = this.options;
    const wanted = PROFILE_STACKS[profile];
    await mkdir(this.logs, { recursive: true });
    // Under root, PostgreSQL runs as a user of its own, who must get through to its directory.
    await chmod(directory, 0o711);
    const mail = await startMailSink(this.outbox);
    this.#ends.push(() => mail.close());
    say('starting servers …');
    this.#servers = await startServers(wanted.servers, join(directory, 'servers'));
    this.#ends.push(() => Promise.all(this.#servers.map((server) => server.stop())));
    this.#connections = await wanted.connect(this.#servers, { noteCalls });
    this.#ends.push(() => this.#connections.close());
    this.#shared = { CAVE_PROFILE: profile, ...mail.environment, CAVE_DATA_DIR: join(directory, 'data'), ...environment };
    await this.#migrate();
    say('starting services …');
    this.#ends.push(() => Promise.all(this.#services.map((service) => service.stop())));
    for (const together of SERVICES) {
      const added = together.flatMap((service) => Array.from({ length: counts[service] ?? instances }, () => this.add(service)));
      await Promise.all(added.map((service) => service.start()));
    }
  }

  #environmentOf(service: StackService): Environment {
    const api = this.instances('api')[0]?.url ?? '';
    // Without an api that listens already, www asks where one listens by default.
    const ofWww = service === 'www' && api !== '' ? { WWW_API_URL: api } : {};
    return { ...this.#connections.environment(service), ...this.#shared, ...ofWww };
  }

  async #migrate(): Promise<void> {
    try {
      await promisify(execFile)(process.execPath, [CAVE, 'migrate', '--service', 'api', ...(this.options.args ?? [])], { env: { ...process.env, ...this.#environmentOf('api') } });
    } catch (error) {
      throw new Error(`cave migrate failed: ${(error as { stderr?: string }).stderr?.trim() ?? String(error)}`, { cause: error });
    }
  }
}
