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

export interface StartedCave {
  /** Of the api. */
  readonly url: string;
  readonly webUiUrl: string;
  /** What it told people so far. */
  said(): string;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
}

/** `cave start` on a directory and free ports, once it serves. */
export async function startCave(directory: string): Promise<StartedCave> {
  const child = spawn(process.execPath, [MAIN, 'start'], { stdio: ['ignore', 'pipe', 'pipe'], env: environmentOf({ CAVE_DATA_DIR: directory, API_SERVICE_HTTP_PORT: '0', WWW_HTTP_PORT: '0' }) });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let printed = '';
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const urls = new Map<string, string>();
  const urlOf = (service: string): string => urls.get(service) ?? '';
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      printed += `${line}\n`;
      if (!line.includes('"event":"listening"')) return;
      const { service, url } = JSON.parse(line) as { readonly service: string; readonly url: string };
      urls.set(service, url);
      if (urls.has('api') && urls.has('www')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`cave start ended with ${String(code)}:\n${printed}${said}`)));
  });
  return {
    url: urlOf('api'),
    webUiUrl: urlOf('www'),
    said: () => said,
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}
