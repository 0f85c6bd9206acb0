import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigStore } from '@cave/core';
import { createEmbeddedConfigStore } from '@cave/adapter-embedded/config-store';
import { RecordingLogger } from './doubles.js';

export interface OpenStore {
  readonly store: ConfigStore;
  readonly close: () => Promise<void>;
}

/** The embedded config store on a directory of its own, migrated and empty. */
export async function openStore(): Promise<OpenStore> {
  const directory = await mkdtemp(join(tmpdir(), 'cave-api-test-'));
  const store = createEmbeddedConfigStore({ directory: join(directory, 'config-store'), 'transaction-timeout-ms': 30_000 }, new RecordingLogger());
  await store.start();
  return {
    store,
    async close() {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
