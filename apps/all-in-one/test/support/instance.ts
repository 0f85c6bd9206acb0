import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CAVE = fileURLToPath(new URL('../../../../cli/dist/src/main.js', import.meta.url));

export interface InstanceOptions {
  readonly directory: string;
  /** 0 picks a free one. */
  readonly port?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A real CAVE process, all services in one, on the embedded profile. */
export class Instance {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    private readonly output: readonly string[],
  ) {}

  /** Resolves once it serves; rejects with what it printed when it ends before. */
  static async start(options: InstanceOptions): Promise<Instance> {
    const child = spawn(process.execPath, [CAVE, 'start'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CAVE_DATA_DIR: options.directory, API_SERVICE_HTTP_PORT: String(options.port ?? 0), LOG_LEVEL: 'warn', ...options.environment },
    });
    const output: string[] = [];
    child.stderr.on('data', (data: Buffer) => output.push(data.toString()));
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        output.push(`${line}\n`);
        if (line.includes('"event":"listening"')) resolve((JSON.parse(line) as { url: string }).url);
      });
      child.once('exit', (code, signal) => reject(new Error(`CAVE ended with ${signal ?? String(code)} before it served:\n${output.join('')}`)));
    });
    return new Instance(child, url, output);
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
