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
 * Throws `configuration` when another process has it, naming that one.
 */
export async function lockDataDirectoryFor(adapters: Iterable<ConfiguredAdapter>, directory: string, service: string): Promise<DirectoryLock | undefined> {
  const kept = [...adapters].some((adapter) => adapter.builtIn && adapter.chosen === 'embedded' && ('directory' in adapter.options || 'data-dir' in adapter.options));
  if (!kept) return undefined;
  const module = (await import(DATA_DIRECTORY_MODULE)) as DataDirectoryModule;
  return module.lockDataDirectory(directory, { service });
}
