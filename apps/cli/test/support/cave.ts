import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

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
  /** Of the api; empty where it is not in this process. */
  readonly url: string;
  readonly webUiUrl: string;
  /** What it tells people once it serves. */
  readonly summary: Promise<string>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
}

/** `cave start` on a directory and free ports, once it serves; the services that are to listen, the last one last. */
export async function startCave(directory: string, args: readonly string[] = [], listening: readonly string[] = ['api', 'www']): Promise<StartedCave> {
  const child = spawn(process.execPath, [MAIN, 'start', ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: environmentOf({ CAVE_DATA_DIR: directory, API_SERVICE_HTTP_PORT: '0', WWW_HTTP_PORT: '0' }) });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let printed = '';
  let said = '';
  const summary = new Promise<string>((resolve) => {
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.includes('is serving') && said.endsWith('\n\n')) resolve(said);
    });
  });
  const urls = new Map<string, string>();
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      printed += `${line}\n`;
      if (!line.includes('"event":"listening"')) return;
      const { service, url } = JSON.parse(line) as { readonly service: string; readonly url: string };
      urls.set(service, url);
      if (service === listening.at(-1)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`cave start ended with ${String(code)}:\n${printed}${said}`)));
  });
  expect([...urls.keys()]).to.deep.equal(listening);
  return {
    url: urls.get('api') ?? '',
    webUiUrl: urls.get('www') ?? '',
    summary,
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}
