import type { ConfiguredAdapter } from './configuration/load.js';
import { DATA_DIRECTORY_MODULE } from './adapters/built-in.js';

export interface DirectoryLock {
  release(): Promise<void>;
}

interface DataDirectoryModule {
  lockDataDirectory(directory: string, holder: { readonly service: string }): Promise<DirectoryLock>;
}

/**
 * Takes the data directory for this process when one of the adapters keeps files in it.
 * Throws `configuration` naming the holder when another process has it.
 */
export async function lockDataDirectoryFor(adapters: Iterable<ConfiguredAdapter>, service: string): Promise<DirectoryLock | undefined> {
  for (const adapter of adapters) {
    const directory = adapter.options['data-dir'];
    if (!adapter.builtIn || adapter.chosen !== 'embedded' || typeof directory !== 'string') continue;
    const { lockDataDirectory } = (await import(DATA_DIRECTORY_MODULE)) as DataDirectoryModule;
    return lockDataDirectory(directory, { service });
  }
  return undefined;
}
