import { PORT_NAMES, type CaveError, type PortName, toCaveError } from '@cave/core';
import type { Entry } from '../configuration/types.js';
import { BUILT_IN_NOTIFIERS } from './built-in.js';
import { loadAdapter, type LoadedAdapter } from './load.js';
import { PROFILE_ADAPTERS, type Profile, type SinglePort } from './profiles.js';

export interface Selection {
  readonly single: ReadonlyMap<SinglePort, LoadedAdapter>;
  readonly notifiers: readonly LoadedAdapter<'notifier'>[];
  /** Ports whose adapter could not be loaded, with why. */
  readonly failed: ReadonlyMap<PortName, CaveError>;
}

/** Loads the adapters of these ports, and no other, as the top-level settings choose them. */
export async function selectAdapters(ports: ReadonlySet<PortName>, base: Readonly<Record<string, unknown>>, entries: readonly Entry[]): Promise<Selection> {
  const single = new Map<SinglePort, LoadedAdapter>();
  const notifiers: LoadedAdapter<'notifier'>[] = [];
  const failed = new Map<PortName, CaveError>();
  const said = (key: string): string => {
    const entry = entries.find((one) => one.key === key);
    return `"${key}" (${entry?.source.text ?? 'default'})`;
  };
  const attempt = async (port: PortName, load: () => Promise<void>): Promise<void> => {
    try {
      await load();
    } catch (error) {
      failed.set(port, toCaveError(error));
    }
  };
  for (const port of PORT_NAMES) {
    if (!ports.has(port)) continue;
    if (port === 'notifier') {
      for (const name of [...(base['adapters.notifiers'] as readonly string[]), ...BUILT_IN_NOTIFIERS]) {
        await attempt(port, async () => void notifiers.push(await loadAdapter('notifier', name, said('adapters.notifiers'))));
      }
    } else {
      const override = base[`adapters.${port}`] as string | undefined;
      const name = override ?? PROFILE_ADAPTERS[base['profile'] as Profile][port];
      await attempt(port, async () => void single.set(port, await loadAdapter(port, name, said(override === undefined ? 'profile' : `adapters.${port}`))));
    }
  }
  return { single, notifiers, failed };
}
