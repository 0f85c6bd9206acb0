import { testContext } from '@cave/conformance';
import { CaveError, type ConfigStore, type Repositories } from '@cave/core';
import { prepareTemplate } from '../../src/config-store/directory.js';
import configStore from '../../src/config-store.js';
import type { Places } from './places.js';

/**
 * One embedded store for many cases, since opening one costs seconds of a processor: cases of
 * a config store do not mind what is there already. What they say about starting and closing
 * has to be asked of stores of their own.
 */
export async function openSharedStore(places: Places): Promise<ConfigStore> {
  await prepareTemplate();
  const shared = configStore.create({ directory: places.directory('shared'), 'transaction-timeout-ms': 60_000 }, testContext());
  await shared.start();
  return shared;
}

/** A view of `shared` with a start and a close of its own. */
export function viewOf(shared: ConfigStore): ConfigStore {
  let open = false;
  const ensureOpen = (): void => {
    if (!open) throw new CaveError('closed', 'The store is not open.');
  };
  const guarded = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name);
        return typeof value !== 'function' ? value : async (...all: unknown[]) => (ensureOpen(), (await Reflect.apply(value, target, all)) as unknown);
      },
    });
  const repositories = Object.entries(shared).filter(([name, one]) => typeof one === 'object' && name !== 'capabilities');
  const guardedRepositories = Object.fromEntries(repositories.map(([name, one]) => [name, guarded(one as object)])) as unknown as Repositories;
  return {
    ...guardedRepositories,
    capabilities: shared.capabilities,
    start: async () => void (open = true),
    close: async () => void (open = false),
    health: async () => ({ healthy: open }),
    transaction: async (work) => (ensureOpen(), shared.transaction(work)),
    nowMs: async () => (ensureOpen(), shared.nowMs()),
  };
}
