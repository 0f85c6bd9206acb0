import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Stack } from './stack.js';

const WALKTHROUGH = fileURLToPath(new URL('../../../apps/cli/dist/src/walkthrough/main.js', import.meta.url));

/** Walks through a running stack as a process of its own; answers that process's exit code. */
export async function walkThrough(stack: Stack, signal?: AbortSignal, stdio: StdioOptions = 'inherit'): Promise<number> {
  const [api] = stack.instances('api');
  const child = spawn(process.execPath, [WALKTHROUGH, '--url', api?.url ?? '', '--mail', `dir:${stack.outbox}`], { stdio, ...(signal && { signal }), killSignal: 'SIGTERM' });
  child.on('error', () => undefined); // ended by us: its exit tells
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
