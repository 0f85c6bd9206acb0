import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Told } from './first-cave.js';

const running = new Set<ChildProcess>();

/** Ends what a failed test left running. */
export async function killLeftovers(): Promise<void> {
  for (const child of running) {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
}

export interface ToldProcess {
  /** Base URL, once it listens; rejects with its last words when it ends before. */
  readonly url: Promise<string>;
  /** When it has ended: its code and all that it said. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }>;
  stop(): void;
}

/** One of CAVE's programs, told nothing but this: no variable of the test's own, no AWS configuration of whoever runs it. */
export function startTold(app: string, told: Told, directory: string): ToldProcess {
  const main = fileURLToPath(new URL(`../../../../apps/${app}/dist/src/main.js`, import.meta.url));
  const child = spawn(process.execPath, [main, ...told.args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Where no key is found, the SDK would look for an instance's role.
    env: { PATH: process.env['PATH'], HOME: directory, AWS_EC2_METADATA_DISABLED: 'true', ...told.environment },
  });
  running.add(child);
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, output, errors };
  });
  const url = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"event":"listening"')) resolve((JSON.parse(line) as { url: string }).url);
    });
    void ended.then(({ code }) => reject(new Error(`${app} ended with ${String(code)} before it listened: ${errors}${output}`)));
  });
  // Whoever waits for the end only has no use for the address.
  url.catch(() => undefined);
  return { url, ended, stop: () => void child.kill('SIGTERM') };
}
