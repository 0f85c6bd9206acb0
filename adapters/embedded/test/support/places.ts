import { fork } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lifecycle } from '@cave/core';
import { remoteDriver, type RemoteProcess } from '@cave/conformance';

/** One temporary directory for a test file; each place is a directory in it. */
export class Places {
  readonly #base = mkdtempSync(join(tmpdir(), 'cave-embedded-'));

  directory(place: string): string {
    return join(this.#base, place);
  }

  remove(place: string): Promise<void> {
    return rm(this.directory(place), { recursive: true, force: true });
  }

  removeAll(): Promise<void> {
    return rm(this.#base, { recursive: true, force: true });
  }
}

/** A process that serves an adapter of `port` with these options. */
export function spawnAdapter<D extends Lifecycle>(port: 'raw-stream' | 'work-queue', options: object): Promise<RemoteProcess<D>> {
  const script = fileURLToPath(new URL('./serve-adapter.js', import.meta.url));
  const child = fork(script, [port, JSON.stringify(options)], { serialization: 'advanced', execArgv: [] });
  return remoteDriver<D>(child);
}
