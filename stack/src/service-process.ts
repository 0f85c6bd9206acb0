import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type StackService = 'api' | 'dbwriter' | 'scheduler' | 'worker' | 'www';

const PORT_VARIABLE: Readonly<Record<StackService, string>> = {
  api: 'API_SERVICE_HTTP_PORT',
  dbwriter: 'DB_WRITER_HTTP_PORT',
  scheduler: 'SCHEDULER_HTTP_PORT',
  worker: 'WORKER_HTTP_PORT',
  www: 'WWW_HTTP_PORT',
};

export interface ServiceProcessOptions {
  readonly service: StackService;
  readonly number: number;
  /** 0 picks a free one, which is kept over later starts. */
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logDirectory: string;
  /** Further arguments, such as `--set key=value`. */
  readonly args: readonly string[];
}

/** One instance of a service: a process that can be killed, frozen and started again where it was. */
export class ServiceProcess {
  readonly service: StackService;
  readonly name: string;
  /** What it printed, over all its starts. */
  readonly log: string;
  #child: ChildProcess | null = null;
  #port: number;
  #url = '';

  constructor(private readonly options: ServiceProcessOptions) {
    this.service = options.service;
    this.name = `${options.service}-${options.number}`;
    this.log = join(options.logDirectory, `${this.name}.log`);
    this.#port = options.port;
  }

  /** Where it listens, once it was started. */
  get url(): string {
    return this.#url;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves once it serves; rejects with its last words when it ends before. */
  async start(): Promise<void> {
    const { service, environment, args } = this.options;
    const main = fileURLToPath(new URL(`../../../apps/${service}/dist/src/main.js`, import.meta.url));
    // A group of its own: Ctrl-C reaches whoever started the stack, and that one stops it in order.
    const child = spawn(process.execPath, [main, ...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment, [PORT_VARIABLE[service]]: String(this.#port) },
    });
    this.#child = child;
    const log = createWriteStream(this.log, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('close', () => log.end());
    const words: string[] = [];
    child.stderr.on('data', (data: Buffer) => words.push(data.toString()));
    this.#url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.includes('"event":"listening"')) resolve((JSON.parse(line) as { url: string }).url);
      });
      child.once('close', (code, signal) => reject(new Error(`${this.name} ended with ${signal ?? String(code)} before it served: ${words.join('').trim() || `see ${this.log}`}`)));
    });
    this.#port = Number(new URL(this.#url).port);
  }

  /** SIGKILL; resolves once it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM; answers the exit code, null when it was not running or was killed. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** SIGSTOP: connections stay open, nothing answers. */
  freeze(): Promise<void> {
    this.#child?.kill('SIGSTOP');
    return Promise.resolve();
  }

  /** SIGCONT. */
  thaw(): Promise<void> {
    this.#child?.kill('SIGCONT');
    return Promise.resolve();
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      // What was frozen could not end otherwise.
      child.kill('SIGCONT');
      await exited;
    }
    return child.exitCode;
  }
}
