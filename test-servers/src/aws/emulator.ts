import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EmulatorName, TestServer } from '../contract.js';
import { CutProxy } from '../cut-proxy.js';
import { freePort } from '../free-port.js';

const MAIN = fileURLToPath(new URL('./emulator-main.js', import.meta.url));
const SERVES_WITHIN_MS = 30_000;
const POLL_MS = 50;

/**
 * An emulator of AWS services from npm, as a process of its own that can be killed. Any
 * credentials will do, in any region. Data is kept over `kill` and `start` by `kinesis` and
 * `dynamodb`, and lost by the others.
 */
export async function awsEmulator(name: EmulatorName, kept?: string): Promise<TestServer> {
  const directory = kept ?? (await mkdtemp(join(tmpdir(), `cave-${name}-`)));
  const port = await freePort();
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    await mkdir(directory, { recursive: true });
    child = launch(name, port, directory);
    await serving(child, port, name);
  };
  const kill = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  await start();
  const proxy = await CutProxy.start({ host: '127.0.0.1', port });
  return {
    url: `http://127.0.0.1:${port}`,
    cuttable: { url: `http://127.0.0.1:${proxy.port}`, cut: () => proxy.cut(), loseAnswers: () => proxy.loseAnswers() },
    guarded: null,
    control: {
      kill,
      start,
      freeze: () => Promise.resolve(void child?.kill('SIGSTOP')),
      thaw: () => Promise.resolve(void child?.kill('SIGCONT')),
      forget: async () => {
        await kill();
        await rm(directory, { recursive: true, force: true });
      },
    },
    stop: async () => {
      await proxy.close();
      await kill();
      if (kept === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** In a process group of its own, out of Ctrl-C's reach, and ended by the end of its standard input: it does not outlive whoever started it. */
function launch(name: EmulatorName, port: number, directory: string): ChildProcess {
  return spawn(process.execPath, [MAIN, name, String(port), join(directory, 'data')], { stdio: ['pipe', 'ignore', 'inherit'], detached: true });
}

async function serving(child: ChildProcess, port: number, name: string): Promise<void> {
  const deadline = performance.now() + SERVES_WITHIN_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The emulator ${name} ended with ${child.signalCode ?? String(child.exitCode)} before it served.`);
    // Whatever it says: it answers.
    if (await fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.arrayBuffer().then(() => true), () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  child.kill('SIGKILL');
  throw new Error(`The emulator ${name} did not serve within ${SERVES_WITHIN_MS / 1000} s.`);
}
