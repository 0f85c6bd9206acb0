import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const WWW = fileURLToPath(new URL('../../../../dist/src/main.js', import.meta.url));

/** The web UI as a process of its own, before an api that may come and go. */
export class WwwProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Resolves once it serves; rejects with what it printed when it ends before. */
  static async start(apiUrl: string): Promise<WwwProcess> {
    const child = spawn(process.execPath, [WWW], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, WWW_API_URL: apiUrl, WWW_HTTP_PORT: '0', LOG_LEVEL: 'error' } });
    let printed = '';
    child.stderr.on('data', (data: Buffer) => (printed += data.toString()));
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.includes('"event":"listening"')) resolve((JSON.parse(line) as { readonly url: string }).url);
      });
      child.once('exit', (code, signal) => reject(new Error(`The web UI ended with ${signal ?? String(code)} before it served:\n${printed}`)));
    });
    return new WwwProcess(child, url);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}
