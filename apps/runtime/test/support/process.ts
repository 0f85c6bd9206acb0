import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVE = fileURLToPath(new URL('./serve.js', import.meta.url));

export interface Running {
  readonly child: ChildProcess;
  /** Lines of standard output, as far as they came. */
  readonly lines: readonly string[];
  /** Standard error so far. */
  errors(): string;
  /** Resolves with the first line that satisfies the test; rejects when the process ends without. */
  line(test: (line: string) => boolean): Promise<string>;
  /** Base URL of a service, from its `listening` line; default: of the first one. */
  url(service?: string): Promise<string>;
  /** Exit code; null when killed by a signal. */
  exited(): Promise<number | null>;
}

export interface SpawnOptions {
  readonly ports?: readonly string[];
  readonly settings: readonly string[];
  readonly cwd: string;
  /** The service stops only when patience ends. */
  readonly slowStop?: boolean;
  /** A second service with a port of its own, www, is beside the first one. */
  readonly withWww?: boolean;
}

const running: ChildProcess[] = [];

/** Ends what a failed test left running. */
export async function killLeftovers(): Promise<void> {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/** Starts the test service as a process of its own, on free ports. */
export function startProcess(options: SpawnOptions): Running {
  const args = ['api-service.http.port=0', 'www.http.port=0', 'log.format=json', ...options.settings].flatMap((setting) => ['--set', setting]);
  const child = spawn(process.execPath, [SERVE, ...args], { cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], TEST_PORTS: (options.ports ?? []).join(','), ...(options.slowStop === true ? { TEST_STOP: 'slow' } : {}), ...(options.withWww === true ? { TEST_WWW: 'yes' } : {}) } });
  running.push(child);
  const lines: string[] = [];
  let errors = '';
  const waiting = new Set<() => void>();
  const wake = (): void => waiting.forEach((check) => check());
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    wake();
  });
  let closed = false;
  const exit = once(child, 'close').then(([code]) => {
    closed = true;
    wake();
    return code as number | null;
  });
  const line = (test: (line: string) => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = lines.find(test);
        if (found !== undefined) resolve(found);
        else if (closed) reject(new Error(`The process ended without the line awaited. Its errors: ${errors}`));
        else return;
        waiting.delete(check);
      };
      waiting.add(check);
      check();
    });
  const url = async (service = 'api'): Promise<string> => (JSON.parse(await line((text) => text.includes(`"event":"listening","service":"${service}"`))) as { readonly url: string }).url;
  return { child, lines, errors: () => errors, line, url, exited: () => exit };
}
