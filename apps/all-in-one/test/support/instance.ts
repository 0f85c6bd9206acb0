import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CAVE = fileURLToPath(new URL('../../../../cli/dist/src/main.js', import.meta.url));

export interface InstanceOptions {
  readonly directory: string;
  /** Of the api; 0, the default, picks a free one. */
  readonly port?: number;
  /** Of the web UI; 0, the default, picks a free one. */
  readonly webUiPort?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A real CAVE process, all services in one, on the embedded profile. */
export class Instance {
  private constructor(
    private readonly child: ChildProcess,
    /** Of the api. */
    readonly url: string,
    readonly webUiUrl: string,
    private readonly output: readonly string[],
  ) {}

  /** Resolves once it serves; rejects with what it printed when it ends before. */
  static async start(options: InstanceOptions): Promise<Instance> {
    const child = spawn(process.execPath, [CAVE, 'start'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CAVE_DATA_DIR: options.directory, API_SERVICE_HTTP_PORT: String(options.port ?? 0), WWW_HTTP_PORT: String(options.webUiPort ?? 0), LOG_LEVEL: 'warn', ...options.environment },
    });
    const output: string[] = [];
    child.stderr.on('data', (data: Buffer) => output.push(data.toString()));
    const [url, webUiUrl] = await new Promise<readonly [string, string]>((resolve, reject) => {
      const urls = new Map<string, string>();
      createInterface({ input: child.stdout }).on('line', (line) => {
        output.push(`${line}\n`);
        if (!line.includes('"event":"listening"')) return;
        const told = JSON.parse(line) as { readonly service: string; readonly url: string };
        urls.set(told.service, told.url);
        const [api, www] = [urls.get('api'), urls.get('www')];
        if (api !== undefined && www !== undefined) resolve([api, www]);
      });
      child.once('exit', (code, signal) => reject(new Error(`CAVE ended with ${signal ?? String(code)} before it served:\n${output.join('')}`)));
    });
    return new Instance(child, url, webUiUrl, output);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get printed(): string {
    return this.output.join('');
  }

  /** SIGKILL; resolves once the process is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** SIGTERM; answers the exit code. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exited = once(this.child, 'exit') as Promise<[number | null]>;
    this.child.kill(signal);
    return (await exited)[0];
  }
}
