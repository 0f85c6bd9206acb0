import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const WALKTHROUGH = fileURLToPath(new URL('../../src/walkthrough/main.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Variables of the developer's own shell must not reach the commands under test. */
function environmentOf(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(CAVE|API_SERVICE|DB_WRITER|WORKER|SCHEDULER|WWW)_/.test(key));
  return { ...Object.fromEntries(inherited), LOG_LEVEL: 'warn', ...own };
}

async function run(file: string, args: readonly string[], environment: Readonly<Record<string, string>>, input: string): Promise<Finished> {
  const child = spawn(process.execPath, [file, ...args], { env: environmentOf(environment) });
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number | null]>]);
  return { code, out, err };
}

/** One `cave` command with what it printed. */
export function cave(args: readonly string[], environment: Readonly<Record<string, string>> = {}, input = ''): Promise<Finished> {
  return run(MAIN, args, environment, input);
}

export function walkthrough(args: readonly string[]): Promise<Finished> {
  return run(WALKTHROUGH, args, {}, '');
}

/** `cave start` on a directory and a free port, once it serves. */
export async function startCave(directory: string): Promise<{ readonly url: string; readonly stop: () => Promise<number | null> }> {
  const child = spawn(process.execPath, [MAIN, 'start'], { stdio: ['ignore', 'pipe', 'pipe'], env: environmentOf({ CAVE_DATA_DIR: directory, API_SERVICE_HTTP_PORT: '0' }) });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let printed = '';
  child.stderr.on('data', (data: Buffer) => (printed += data.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      printed += `${line}\n`;
      if (line.includes('"event":"listening"')) resolve((JSON.parse(line) as { readonly url: string }).url);
    });
    child.once('exit', (code) => reject(new Error(`cave start ended with ${String(code)}:\n${printed}`)));
  });
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}
