import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import configStoreAdapter from '@cave/adapter-embedded/config-store';
import metricsStoreAdapter from '@cave/adapter-embedded/metrics-store';
import { CaveError, type AdapterContext, type AdapterDefinition, type ConfigStore, type MetricsStore, type MetricsStores, type PortName } from '@cave/core';
import { noTelemetry, quietLogger, systemClock } from './doubles.js';

const context: AdapterContext = { logger: quietLogger, telemetry: noTelemetry, clock: systemClock, service: 'test', instanceId: 'test' };

/** Builds an adapter with its defaults and the options given. */
export function createAdapter<T>(definition: unknown, given: Readonly<Record<string, unknown>>): T {
  const adapter = definition as AdapterDefinition<PortName, unknown>;
  const defaults = Object.entries(adapter.options.properties).flatMap(([key, schema]) => (schema.default === undefined ? [] : [[key, schema.default] as const]));
  return adapter.create({ ...Object.fromEntries(defaults), ...given }, context) as T;
}

/**
 * The embedded config store and metrics store in one temporary directory. They take seconds to
 * open, so a test file shares them; each test has a scene of its own in them.
 */
export class World {
  readonly configStore: ConfigStore;
  readonly metricsStore: MetricsStore;
  readonly metricsStores: MetricsStores;
  #scenes = 0;

  private constructor(private readonly directory: string) {
    this.configStore = createAdapter<ConfigStore>(configStoreAdapter, { directory: join(directory, 'config') });
    this.metricsStore = createAdapter<MetricsStore>(metricsStoreAdapter, { directory: join(directory, 'metrics') });
    this.metricsStores = {
      get: (cluster) => {
        if (cluster !== null) throw new CaveError('configuration', `There is no cluster ${cluster}.`);
        return this.metricsStore;
      },
      names: () => [],
    };
  }

  static async open(): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'cave-checks-')));
    await Promise.all([world.configStore.start(), world.metricsStore.start()]);
    return world;
  }

  /** A directory, and a name, that no other scene has. */
  place(): { readonly name: string; readonly directory: string } {
    const name = `scene${++this.#scenes}`;
    return { name, directory: join(this.directory, name) };
  }

  async close(): Promise<void> {
    await Promise.all([this.configStore.close(), this.metricsStore.close()]);
    await rm(this.directory, { recursive: true, force: true });
  }
}
