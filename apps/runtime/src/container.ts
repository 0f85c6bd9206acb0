import 'reflect-metadata';
import { CaveError, type AdapterContext, type Clock, type Lifecycle, type Logger, type MetricsStore, type MetricsStores, type PortName, type PortTypes, type Telemetry } from '@cave/core';
import { Container } from 'inversify';
import type { Configuration, ConfiguredAdapter } from './configuration/load.js';
import type { ClusterOptions } from './configuration/clusters.js';
import { CalibratedClock } from './clock.js';
import type { Ports, ServiceContext, ServiceDefinition, ServiceName } from './service.js';
import type { ProcessIdentity } from './logging.js';
import type { PrometheusTelemetry } from './telemetry.js';

/** What the composition root binds. Ports are bound by `portSymbol`. */
export const BINDINGS = {
  logger: Symbol.for('cave.logger'),
  telemetry: Symbol.for('cave.telemetry'),
  clock: Symbol.for('cave.clock'),
  instanceId: Symbol.for('cave.instance-id'),
  parts: Symbol.for('cave.parts'),
} as const;

export function portSymbol(port: PortName): symbol {
  return Symbol.for(`cave.port.${port}`);
}

/** An adapter of this process, as starting, closing and the healthcheck see it. */
export interface Part {
  /** `raw-stream`, `metrics-store west`, `notifier webhook`, … */
  readonly name: string;
  /** The adapter's name. */
  readonly adapter: string;
  readonly driver: Lifecycle;
}

/**
 * The composition root: one container for a process, whose bindings are singletons shared by
 * all services in it. Creating does no I/O.
 */
export function compose(configuration: Configuration, logger: Logger, { name: processName, instanceId, telemetry }: ProcessIdentity): Container {
  const container = new Container();
  container.bind<Logger>(BINDINGS.logger).toConstantValue(logger);
  container.bind<PrometheusTelemetry>(BINDINGS.telemetry).toConstantValue(telemetry);
  container.bind<CalibratedClock>(BINDINGS.clock).toDynamicValue(() => new CalibratedClock()).inSingletonScope();
  container.bind<string>(BINDINGS.instanceId).toConstantValue(instanceId);
  const parts: Part[] = [];
  container.bind<readonly Part[]>(BINDINGS.parts).toConstantValue(parts);
  const context = (part: string): AdapterContext => ({
    logger: logger.child({ service: processName, part }),
    telemetry,
    clock: container.get<Clock>(BINDINGS.clock),
    service: processName,
    instanceId,
  });
  const make = <P extends PortName>(name: string, adapter: Pick<ConfiguredAdapter<P>, 'definition' | 'options'>): PortTypes[P]['driver'] => {
    const driver = adapter.definition.create(adapter.options, context(name));
    parts.push({ name, adapter: adapter.definition.name, driver });
    return driver;
  };
  for (const [port, adapter] of configuration.adapters) {
    if (port === 'metrics-store') {
      const store = adapter as ConfiguredAdapter<'metrics-store'>;
      container.bind(portSymbol(port)).toDynamicValue(() => new NamedStores(make('metrics-store', store), configuration.clusters, (cluster) => make(`metrics-store ${cluster.name}`, { definition: cluster.adapter.definition, options: cluster.options }))).inSingletonScope();
    } else {
      container.bind(portSymbol(port)).toDynamicValue(() => make(port, adapter)).inSingletonScope();
    }
  }
  container.bind(portSymbol('notifier')).toDynamicValue(() => configuration.notifiers.map((one) => make(`notifier ${one.definition.name}`, one))).inSingletonScope();
  return container;
}

class NamedStores implements MetricsStores {
  readonly #default: MetricsStore;
  readonly #named: ReadonlyMap<string, MetricsStore>;

  constructor(main: MetricsStore, clusters: readonly ClusterOptions[], make: (cluster: ClusterOptions) => MetricsStore) {
    this.#default = main;
    this.#named = new Map(clusters.map((cluster) => [cluster.name, make(cluster)]));
  }

  get(cluster: string | null): MetricsStore {
    if (cluster === null) return this.#default;
    const store = this.#named.get(cluster);
    if (store === undefined) throw new CaveError('configuration', `There is no metrics store named "${cluster}" in metrics-store.clusters.`, { details: { cluster } });
    return store;
  }

  names(): readonly string[] {
    return [...this.#named.keys()];
  }
}

/** What one service is given; asking for a port that it did not declare is a defect. */
export function serviceContext(container: Container, definition: ServiceDefinition, configuration: Configuration, urls: ReadonlyMap<ServiceName, string>): ServiceContext {
  const port = <T>(name: PortName): T => {
    if (!definition.ports.includes(name)) throw new CaveError('internal', `The service ${definition.name} uses the port ${name} without declaring it.`);
    return container.get<T>(portSymbol(name));
  };
  const ports: Ports = {
    get rawStream() { return port<Ports['rawStream']>('raw-stream'); },
    get configBus() { return port<Ports['configBus']>('config-bus'); },
    get workQueue() { return port<Ports['workQueue']>('work-queue'); },
    get metricsStores() { return port<Ports['metricsStores']>('metrics-store'); },
    get configStore() { return port<Ports['configStore']>('config-store'); },
    get leaderElection() { return port<Ports['leaderElection']>('leader-election'); },
    get mailer() { return port<Ports['mailer']>('mailer'); },
    get notifiers() { return port<Ports['notifiers']>('notifier'); },
  };
  return {
    name: definition.name,
    settings: configuration.services.get(definition.rootKey) ?? {},
    base: configuration.base,
    profile: String(configuration.base['profile']),
    ports,
    logger: container.get<Logger>(BINDINGS.logger).child({ service: definition.name }),
    telemetry: container.get<Telemetry>(BINDINGS.telemetry),
    clock: container.get<Clock>(BINDINGS.clock),
    instanceId: container.get<string>(BINDINGS.instanceId),
    urlOf: (service) => urls.get(service) ?? null,
  };
}
