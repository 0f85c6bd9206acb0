import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Router } from 'express';
import type { Container } from 'inversify';
import type { ConfigStore, Logger } from '@cave/core';
import { parseServiceArguments } from './arguments.js';
import type { CalibratedClock } from './clock.js';
import { loadConfiguration, type Configuration } from './configuration/load.js';
import { BINDINGS, compose, portSymbol, serviceContext, type Part } from './container.js';
import { lockDataDirectoryFor } from './data-directory.js';
import { HealthWatch } from './health-watch.js';
import type { Running } from './health.js';
import { internalRoutes } from './internal-routes.js';
import { Lifecycle } from './lifecycle.js';
import { configuredUrls, listenersOf, openPort, refuseSharedPorts, type OpenPort } from './listeners.js';
import { openLogging, processIdentity, type ProcessIdentity } from './logging.js';
import { EXIT, exitCodeOf, explain } from './process-end.js';
import type { ServiceDefinition, ServiceName } from './service.js';
import { startParts } from './start-parts.js';

export interface RunOptions {
  /** Name of the process: the service's own, or `all-in-one`. */
  readonly name: ServiceName;
  readonly argv: readonly string[];
  /** Shipped defaults; apps/<service>/conf/<service>.yaml unless given. */
  readonly conf?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Told once everything serves; `cave start` prints its hints for people here. */
  readonly serving?: (facts: Serving) => void;
}

export interface Serving {
  /** As this machine reaches the first service. */
  readonly url: string;
  readonly configuration: Configuration;
  /** Base URL under which this machine reaches a service; null for one that is not in this process. */
  readonly urlOf: (service: ServiceName) => string | null;
}

/** The file with a service's shipped defaults, which belongs to the app's package. */
export function shippedConfiguration(name: ServiceName): string {
  return fileURLToPath(new URL(`../../../${name}/conf/${name}.yaml`, import.meta.url));
}

/** Runs one service in this process until it is told to stop, then ends the process. */
export function runService(definition: ServiceDefinition, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  return runServices([definition], { name: definition.name, argv });
}

/**
 * Runs services in one process over one set of adapters and one HTTP port, the first's, beside
 * those of services that have their own, and ends the process: 0 after a graceful stop, 78 for a
 * configuration at fault, 69 when a dependency stayed out of reach, 70 for a defect.
 */
export async function runServices(definitions: readonly ServiceDefinition[], options: RunOptions): Promise<void> {
  let lifecycle: Lifecycle | undefined;
  try {
    const args = parseServiceArguments(options.argv);
    const configuration = await loadConfiguration(definitions, {
      shipped: options.conf ?? shippedConfiguration(options.name),
      config: args.config,
      assignments: args.assignments,
      environment: options.environment ?? process.env,
    });
    const identity = processIdentity(options.name);
    const logging = await openLogging(configuration, identity);
    const { root } = logging;
    const logger = root.child({ service: options.name });
    lifecycle = new Lifecycle(logger, shutdownMs(definitions, configuration));
    lifecycle.onLastLine(() => logging.close());
    lifecycle.install();
    await serve(definitions, options, { configuration, identity, root }, lifecycle);
  } catch (error) {
    if (lifecycle?.stopping !== true) process.stderr.write(`${explain(error)}\n`);
    await lifecycle?.end(exitCodeOf(error));
    process.exit(lifecycle?.stopRequested === true ? EXIT.ok : exitCodeOf(error));
  }
}

interface Ground {
  readonly configuration: Configuration;
  readonly identity: ProcessIdentity;
  readonly root: Logger;
}

async function serve(definitions: readonly ServiceDefinition[], options: RunOptions, { configuration, identity, root }: Ground, lifecycle: Lifecycle): Promise<void> {
  const logger = root.child({ service: options.name });
  const startedAtMs = performance.now();
  const listeners = listenersOf(definitions);
  refuseSharedPorts(listeners, configuration);
  const lock = await lockDataDirectoryFor(configuration.adapters.values(), String(configuration.base['data-dir']), options.name);
  if (lock !== undefined) lifecycle.onEnd('data directory', () => lock.release());

  const container = compose(configuration, root, identity);
  // Asking for a port once creates its driver; `parts` then lists all in the order of start.
  for (const port of [...configuration.adapters.keys(), 'notifier' as const]) container.get(portSymbol(port));
  const parts = container.get<readonly Part[]>(BINDINGS.parts);
  for (const part of parts) lifecycle.onEnd(part.name, (signal) => part.driver.close(signal));
  await startParts(parts, logger, { patienceMs: Number(configuration.base['start-timeout-seconds']) * 1000, signal: lifecycle.starting });
  await startClock(container, configuration, logger, lifecycle);

  const services: Running[] = [];
  const urls = configuredUrls(listeners, configuration);
  for (const definition of definitions) {
    lifecycle.step();
    const service = await definition.create(serviceContext(container, definition, configuration, urls));
    services.push({ definition, service });
    lifecycle.onEnd(definition.name, (signal) => service.stop(signal));
  }
  const internalOf = ({ rootKey }: ServiceDefinition): Router => internalRoutes({
    processName: options.name,
    instanceId: identity.instanceId,
    startedAtMs,
    parts,
    services,
    telemetry: identity.telemetry,
    operatorToken: configuration.services.get(rootKey)?.['operator-token'] as string | undefined,
    operatorTokenKey: `${rootKey}.operator-token`,
  });
  const ports: OpenPort[] = [];
  for (const listener of listeners) {
    const port = await openPort(listener, { configuration, services, logger, internalOf });
    lifecycle.onEnd(`http of ${port.owner.name}`, (signal) => port.close(signal));
    for (const { name } of port.serves) urls.set(name, port.localUrl);
    ports.push(port);
  }
  const watch = new HealthWatch({ parts, services }, logger);
  watch.start();
  lifecycle.onEnd('health watch', () => watch.stop());
  lifecycle.started();
  for (const { serves, localUrl } of ports) for (const { definition, service } of services) if (serves.includes(definition)) service.listening?.(localUrl);
  const [{ url, localUrl }] = ports as [OpenPort, ...OpenPort[]]; // there is one at least
  logger.info('started', { url, profile: configuration.base['profile'], data_dir: resolve(String(configuration.base['data-dir'])), took_ms: Math.round(performance.now() - startedAtMs) });
  for (const port of ports) process.stdout.write(`${JSON.stringify({ event: 'listening', service: port.owner.name, url: port.url })}\n`);
  options.serving?.({ url: localUrl, configuration, urlOf: (service) => urls.get(service) ?? null });
}

async function startClock(container: Container, configuration: Configuration, logger: Logger, lifecycle: Lifecycle): Promise<void> {
  if (!configuration.adapters.has('config-store')) return;
  const clock = container.get<CalibratedClock>(BINDINGS.clock);
  const store = container.get<ConfigStore>(portSymbol('config-store'));
  await clock.calibrate(store, true);
  clock.follow(store, (error) => logger.warn('clock_not_calibrated', { error }));
  lifecycle.onEnd('clock', () => Promise.resolve(clock.stop()));
}

/** The longest patience that any of the services asks for. */
function shutdownMs(definitions: readonly ServiceDefinition[], configuration: Configuration): number {
  return Math.max(...definitions.map((definition) => Number(configuration.services.get(definition.rootKey)?.['shutdown-seconds']))) * 1000;
}
