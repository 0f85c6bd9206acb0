import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Stack } from './stack.js';

const WALKTHROUGH = fileURLToPath(new URL('../../../apps/cli/dist/src/walkthrough/main.js', import.meta.url));

export interface WalkOptions {
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Told what it prints; default: it prints where this process does. */
  readonly told?: (text: string) => void;
}

/** Walks through a running stack as a process of its own; answers that process's exit code. */
export async function walkThrough(stack: Stack, { signal, told }: WalkOptions = {}): Promise<number> {
  const [api] = stack.instances('api');
  const child = spawn(process.execPath, [WALKTHROUGH, '--url', api?.url ?? '', '--mail', `dir:${stack.outbox}`], { stdio: told === undefined ? 'inherit' : 'pipe', ...(signal && { signal }), killSignal: 'SIGTERM' });
  child.on('error', () => undefined); // ended by us: its exit tells
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => told?.(data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}
