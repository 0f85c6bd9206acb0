import { join } from 'node:path';
import { CaveError, type OptionsSchema, type PortName } from '@cave/core';
import type { LoadedAdapter } from '../adapters/load.js';
import { PORT_DIRECTORY, PORT_PREFIX, PROFILE_ADAPTERS, PROFILE_DEMANDS, type Profile, type SinglePort } from '../adapters/profiles.js';
import { selectAdapters, type Selection } from '../adapters/select.js';
import type { ServiceDefinition } from '../service.js';
import { ADAPTER_CHOICES, BASE_SETTINGS, CLOUDWATCH_PREFIX, CLOUDWATCH_SETTINGS, CONVERTER_SETTINGS, serviceSettings } from './base-settings.js';
import { clusterSettings, resolveClusters, type ClusterOptions } from './clusters.js';
import { readLayers, type LayerInput } from './layers.js';
import { joinKey } from './names.js';
import { resolve } from './resolve.js';
import { tolerance } from './tolerance.js';
import type { Entry, SettingGroup } from './types.js';

/** An adapter that was chosen, with its validated options. */
export interface ConfiguredAdapter<P extends PortName = PortName> extends LoadedAdapter<P> {
  readonly options: Readonly<Record<string, unknown>>;
}

/** Everything that the process was told, validated. */
export interface Configuration {
  /** Top-level settings. */
  readonly base: Readonly<Record<string, unknown>>;
  /** By root key: the service's own settings. */
  readonly services: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly adapters: ReadonlyMap<SinglePort, ConfiguredAdapter>;
  readonly notifiers: readonly ConfiguredAdapter<'notifier'>[];
  /** Notification URLs may reach this machine, because everything runs on it (see loopbackNetworks). */
  readonly loopbackReceivers: boolean;
  /** Metrics stores beside the default one. */
  readonly clusters: readonly ClusterOptions[];
  /** What is below `log.cloudwatch`. */
  readonly cloudWatch: Readonly<Record<string, unknown>>;
  /** Every effective value with its source, for `cave config`. */
  readonly entries: readonly Entry[];
}

const NOBODY = (): boolean => true;

function demanded(choices: Readonly<Record<string, unknown>> | undefined, port: SinglePort, adapter: LoadedAdapter): Pick<SettingGroup, 'demanded'> {
  if (choices === undefined) return {};
  const profile = choices['profile'] as Profile;
  const demands = adapter.chosen === PROFILE_ADAPTERS[profile][port] ? PROFILE_DEMANDS[profile][port] : undefined;
  return demands === undefined ? {} : { demanded: { by: `on the profile ${profile}`, demands } };
}

/**
 * Reads, resolves and validates the configuration of the services that run in this process,
 * loading the chosen adapters for their option schemas. With `onlyPorts`, the adapters of the
 * other ports are left alone and their options are not judged. Throws one `configuration` error
 * whose message holds a sentence for each thing that is wrong.
 */
export async function loadConfiguration(definitions: readonly ServiceDefinition[], input: LayerInput & { readonly onlyPorts?: readonly PortName[] }): Promise<Configuration> {
  const raw = readLayers(input);
  const baseGroup: SettingGroup = { id: 'base', scopes: [['']], schema: BASE_SETTINGS };
  const first = resolve(raw, [{ id: 'choices', scopes: [['']], schema: ADAPTER_CHOICES }], NOBODY);
  const chosen = first.groups.get('choices');
  const ports = new Set(definitions.flatMap((definition) => definition.ports));
  const wanted = new Set([...ports].filter((port) => input.onlyPorts?.includes(port) ?? true));
  // Without valid choices no adapter can be loaded; the rest is still checked.
  const selection: Selection = chosen === undefined ? { single: new Map(), notifiers: [], failed: new Map() } : await selectAdapters(wanted, chosen, first.entries);
  const failed = new Set([...ports].filter((port) => chosen === undefined || !wanted.has(port) || selection.failed.has(port)));

  const roots = definitions.map((definition) => definition.rootKey);
  const dataDir = (chosen?.['data-dir'] as string | undefined) ?? './data';
  const cloudWatch = { id: 'cloudwatch', scopes: [roots.map((root) => joinKey(root, CLOUDWATCH_PREFIX)), [CLOUDWATCH_PREFIX]], schema: CLOUDWATCH_SETTINGS };
  const groups: SettingGroup[] = [baseGroup, cloudWatch];
  for (const definition of definitions) groups.push({ id: definition.rootKey, scopes: [[definition.rootKey]], schema: serviceSettings(definition) });
  groups.push({ id: 'converters', scopes: [roots.map((root) => joinKey(root, 'converters')), ['converters']], schema: CONVERTER_SETTINGS });
  for (const [port, adapter] of selection.single) {
    const prefix = PORT_PREFIX[port];
    const users = definitions.filter((definition) => definition.ports.includes(port)).map((definition) => joinKey(definition.rootKey, prefix));
    const scopes = [users, [prefix]];
    // An adapter that keeps files asks for a directory of its own, or for the one of all.
    const inherited = { directory: { value: join(dataDir, PORT_DIRECTORY[port]), text: 'below data-dir' }, 'data-dir': { value: dataDir, text: 'data-dir' } };
    groups.push({ id: port, scopes, schema: adapter.definition.options, inherited, ...demanded(chosen, port, adapter) });
    if (port === 'metrics-store') groups.push({ id: 'clusters', scopes, schema: clusterSettings(adapter.definition.options) });
  }
  for (const { definition } of selection.notifiers) {
    const users = definitions.filter((one) => one.ports.includes('notifier')).map((one) => joinKey(one.rootKey, `notifiers.${definition.name}`));
    groups.push({ id: `notifier ${definition.name}`, scopes: [users, [`notifiers.${definition.name}`]], schema: withoutInjected(definition.options) });
  }

  const tolerated = tolerance({ roots: new Set(roots), ports, failed });
  const result = resolve(raw, groups, tolerated);
  const problems = [...[...selection.failed.values()].map((error) => error.message), ...result.problems];
  const store = selection.single.get('metrics-store');
  const clusters = await resolveClusters(store, dataDir, result.groups.get('metrics-store') ?? {}, result.groups.get('clusters')?.['clusters'], problems);
  if (problems.length > 0) {
    const foreign = selection.failed.size === 1 && problems.length === 1 ? [...selection.failed.values()][0] : undefined;
    throw new CaveError('configuration', problems.join('\n'), { details: { problems }, ...(foreign === undefined ? {} : { cause: foreign }) });
  }

  const base = result.groups.get('base') ?? {};
  const options = (id: string): Readonly<Record<string, unknown>> => result.groups.get(id) ?? {};
  const allow = definitions.flatMap((definition) => (options(definition.rootKey)['notifications.allow-networks'] as readonly string[] | undefined) ?? []);
  const loopback = loopbackNetworks(base, definitions, options);
  return {
    base,
    loopbackReceivers: loopback.length > 0 && selection.notifiers.length > 0,
    services: new Map(roots.map((root) => [root, options(root)])),
    adapters: new Map([...selection.single].map(([port, adapter]) => [port, { ...adapter, options: options(port) }])),
    notifiers: selection.notifiers.map((adapter) => ({
      ...adapter,
      options: injectNetworks(adapter.definition.options, options(`notifier ${adapter.definition.name}`), [...allow, ...loopback]),
    })),
    clusters,
    cloudWatch: options('cloudwatch'),
    entries: result.entries,
  };
}

/** The notifiers' `allow-networks` has one setting of its own, `worker.notifications.allow-networks`. */
const INJECTED = 'allow-networks';

function withoutInjected(schema: OptionsSchema): OptionsSchema {
  const properties = Object.fromEntries(Object.entries(schema.properties).filter(([option]) => option !== INJECTED));
  return { ...schema, properties };
}

function injectNetworks(schema: OptionsSchema, options: Readonly<Record<string, unknown>>, networks: readonly string[]): Readonly<Record<string, unknown>> {
  return INJECTED in schema.properties ? { ...options, [INJECTED]: networks } : options;
}

/** On the embedded profile and bound to loopback, receivers on this machine are what people try first. */
function loopbackNetworks(base: Readonly<Record<string, unknown>>, definitions: readonly ServiceDefinition[], options: (root: string) => Readonly<Record<string, unknown>>): readonly string[] {
  const hosts = definitions.map((definition) => String(options(definition.rootKey)['http.host']));
  return base['profile'] === 'embedded' && hosts.every(isLoopback) ? ['127.0.0.0/8'] : [];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}


