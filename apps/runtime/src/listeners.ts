import { CaveError, type Logger } from '@cave/core';
import type { Router } from 'express';
import type { Configuration } from './configuration/load.js';
import type { Running } from './health.js';
import { listen, localUrlAt, type Listening } from './http.js';
import type { ServiceDefinition, ServiceName } from './service.js';

/** A port of the process: the service whose settings name it, and those whose routes are there. */
export interface Listener {
  readonly owner: ServiceDefinition;
  readonly serves: readonly ServiceDefinition[];
}

/** The first service's port, which the others share, and that of each which asks for its own. The first one leads. */
export function listenersOf(definitions: readonly ServiceDefinition[]): readonly Listener[] {
  const [main] = definitions;
  if (main === undefined) throw new Error('a process needs at least one service');
  const alone = definitions.filter((definition) => definition !== main && definition.ownPort === true);
  return [{ owner: main, serves: definitions.filter((definition) => !alone.includes(definition)) }, ...alone.map((owner) => ({ owner, serves: [owner] }))];
}

/** Where services are to be reached, as far as it is known before a port is bound: all but those on any free port. */
export function configuredUrls(listeners: readonly Listener[], configuration: Configuration): Map<ServiceName, string> {
  return new Map(listeners.flatMap(({ owner, serves }) => {
    const { host, port } = addressOf(owner, configuration);
    return port === 0 ? [] : serves.map(({ name }) => [name, localUrlAt(host, port)] as const);
  }));
}

export interface OpenPort extends Listener, Listening {}

export interface OpenOptions {
  readonly configuration: Configuration;
  readonly services: readonly Running[];
  readonly logger: Logger;
  /** What lies below `/_internal_/` of a port. */
  readonly internalOf: (owner: ServiceDefinition) => Router;
}

/** Binds a listener's port and serves. Throws `configuration` naming the key when it cannot be bound. */
export async function openPort(listener: Listener, { configuration, services, logger, internalOf }: OpenOptions): Promise<OpenPort> {
  const { owner, serves } = listener;
  const http = await listen({
    ...addressOf(owner, configuration),
    portKey: portKey(owner),
    trustedProxies: configuration.base['trusted-proxies'] as readonly string[],
    internal: internalOf(owner),
    logger,
    apps: services.flatMap(({ definition, service }) => (service.app !== undefined && serves.includes(definition) ? [service.app] : [])),
  });
  return { ...listener, ...http };
}

/** Throws `configuration` when two listeners are to have one port, which would else be said to be another process's. */
export function refuseSharedPorts(listeners: readonly Listener[], configuration: Configuration): void {
  const taken = new Map<string, ServiceDefinition>();
  for (const { owner } of listeners) {
    const { host, port } = addressOf(owner, configuration);
    const other = taken.get(`${host} ${port}`);
    if (other !== undefined && port !== 0) throw new CaveError('configuration', `${portKey(other)} and ${portKey(owner)} are both ${port}; set one of them to another port, or to 0 for any free one.`);
    taken.set(`${host} ${port}`, owner);
  }
}

function addressOf({ rootKey }: ServiceDefinition, configuration: Configuration): { readonly host: string; readonly port: number } {
  const settings = configuration.services.get(rootKey) ?? {};
  return { host: String(settings['http.host']), port: Number(settings['http.port']) };
}

function portKey({ rootKey }: ServiceDefinition): string {
  return `${rootKey}.http.port`;
}
