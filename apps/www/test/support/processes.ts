import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const API = fileURLToPath(new URL('../../../../api/dist/src/main.js', import.meta.url));
const WWW = fileURLToPath(new URL('./serve-www.js', import.meta.url));

const running = new Set<ServiceProcess>();

/** Ends what the tests of a file left running. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((one) => one.stop()));
}

/** The real api on the embedded profile. */
export function startApi(dataDirectory: string, settings: readonly string[] = []): ServiceProcess {
  return new ServiceProcess(API, [`data-dir=${dataDirectory}`, 'api-service.http.port=0', ...settings]);
}

/** The real www over a built client. */
export function startWwwProcess(clientDirectory: string, settings: readonly string[] = []): ServiceProcess {
  return new ServiceProcess(WWW, ['www.http.port=0', ...settings], { TEST_CLIENT: clientDirectory });
}

/** A service as a process of its own. */
export class ServiceProcess {
  /** Lines of standard output. */
  readonly lines: string[] = [];
  /** Base URL, once it serves; rejects when the process ends before. */
  readonly url: Promise<string>;
  /** Exit code, and what it wrote to standard error. */
  readonly ended: Promise<{ readonly code: number | null; readonly errors: string }>;
  private readonly child: ChildProcess;

  constructor(script: string, settings: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const args = ['log.format=json', ...settings].flatMap((setting) => ['--set', setting]);
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], ...environment } });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    this.child = child;
    this.ended = once(child, 'close').then(([code]) => {
      running.delete(this);
      return { code: code as number | null, errors };
    });
    this.url = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.lines.push(line);
        if (line.includes('"event":"listening"')) resolve((JSON.parse(line) as { readonly url: string }).url);
      });
      void this.ended.then(({ code }) => reject(new Error(`The process ended with ${code} before it served: ${errors}`)));
    });
    // Of a process that is to fail nobody asks the address.
    this.url.catch(() => undefined);
    running.add(this);
  }

  async stop(): Promise<void> {
    if (running.has(this)) this.child.kill('SIGTERM');
    await this.ended;
  }
}
