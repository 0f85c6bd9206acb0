import { join } from 'node:path';
import type { OptionsSchema } from '@cave/core';
import { loadAdapter, type LoadedAdapter } from '../adapters/load.js';
import { validateOptions } from './validate.js';

/** A named metrics store beside the default one. */
export interface ClusterOptions {
  readonly name: string;
  readonly adapter: LoadedAdapter<'metrics-store'>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** `metrics-store.clusters`: a list, each with a name, perhaps an adapter, and that adapter's options. */
export function clusterSettings(adapterOptions: OptionsSchema): OptionsSchema {
  const secret = Object.values(adapterOptions.properties).some((schema) => schema['x-secret'] === true);
  return {
    type: 'object',
    properties: {
      clusters: {
        type: 'array',
        default: [],
        items: { type: 'object', required: ['name'], properties: { name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$' }, adapter: { type: 'string', minLength: 1 } } },
        description: 'Named metrics stores beside the default one: `name`, perhaps `adapter`, and options; what is not given is the default store’s.',
        ...(secret ? { 'x-secret': true } : {}),
      },
    },
  };
}

/**
 * Options of each named store: its own over the default store's (when it is the same kind).
 * Each keeps its files in a directory of its own. Faults go to `problems`.
 */
export async function resolveClusters(
  store: LoadedAdapter | undefined,
  dataDir: string,
  defaults: Readonly<Record<string, unknown>>,
  list: unknown,
  problems: string[],
): Promise<readonly ClusterOptions[]> {
  if (store === undefined || !Array.isArray(list)) return [];
  const clusters: ClusterOptions[] = [];
  for (const { name, adapter: kind, ...own } of list as readonly { readonly name: string; readonly adapter?: string }[]) {
    const key = `metrics-store.clusters.${name}`;
    if (clusters.some((cluster) => cluster.name === name)) {
      problems.push(`"metrics-store.clusters" has two clusters named "${name}".`);
      continue;
    }
    try {
      const adapter = await loadAdapter('metrics-store', kind ?? store.chosen, `"${key}.adapter"`);
      const inherited = kind === undefined || kind === store.chosen ? defaults : {};
      const options: Record<string, unknown> = { ...inherited, ...own };
      if ('directory' in adapter.definition.options.properties && !('directory' in own)) options['directory'] = join(dataDir, 'clusters', name);
      if ('data-dir' in adapter.definition.options.properties && !('data-dir' in own)) options['data-dir'] = join(dataDir, 'clusters', name);
      const faults = validateOptions(options, adapter.definition.options);
      for (const { option, text } of faults) problems.push(`"${key}.${option}" ${text}.`);
      if (faults.length === 0) clusters.push({ name, adapter, options });
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  return clusters;
}
