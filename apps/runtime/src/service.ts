import type { Application, Router } from 'express';
import type {
  Clock,
  ConfigBus,
  ConfigStore,
  Health,
  LeaderElection,
  Logger,
  Mailer,
  MetricsStores,
  Notifier,
  OptionsSchema,
  PortName,
  RawStream,
  Telemetry,
  WorkQueue,
} from '@cave/core';

export type ServiceName = 'api' | 'dbwriter' | 'scheduler' | 'worker' | 'www' | 'all-in-one';

/** The adapters that a service declared in `ports`, started. Touching another one throws `internal`. */
export interface Ports {
  readonly rawStream: RawStream;
  readonly configBus: ConfigBus;
  readonly workQueue: WorkQueue;
  readonly metricsStores: MetricsStores;
  readonly configStore: ConfigStore;
  readonly leaderElection: LeaderElection;
  readonly mailer: Mailer;
  /** In the order in which they are asked; the default one last. */
  readonly notifiers: readonly Notifier[];
}

export interface ServiceContext {
  readonly name: ServiceName;
  /** This service's own settings by kebab-case dotted key below its root key, validated, defaults filled in. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Top-level settings and those that several services share (`trusted-proxies`, `api-service.base-url`, `www.base-url`, …), by full key. */
  readonly base: Readonly<Record<string, unknown>>;
  readonly profile: string;
  readonly ports: Ports;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Unique for each start of a process. */
  readonly instanceId: string;
  /**
   * Base URL under which this machine reaches a service of this process, without a slash at its
   * end; null where it is not in this process, or is to listen on any free port and does not yet.
   */
  urlOf(service: ServiceName): string | null;
}

export interface RunningService {
  /** Public HTTP routes, mounted at `/` of the service's port (api and www have some; the others none). */
  readonly app?: Application | Router;
  /** Below `/_internal_/`, beside the healthcheck, version and metrics that the runtime serves. */
  readonly internal?: Router;
  /** Parts of the service beside its adapters (the runtime asks those itself). */
  health(): Promise<Readonly<Record<string, Health>>>;
  /** What `/_internal_/status` shows of this service, JSON-serialisable; the runtime serves the route. */
  status?(): Promise<Readonly<Record<string, unknown>>>;
  /** Called once every HTTP port of the process is bound and requests are served, with what `urlOf` answers of this service. */
  listening?(url: string): void;
  /** Take no new work, finish or give back what is held, flush. The signal ends the patience. */
  stop(signal: AbortSignal): Promise<void>;
}

/** One of CAVE's services, as the runtime runs it: alone, or beside others in all-in-one. */
export interface ServiceDefinition {
  readonly name: ServiceName;
  /** First part of its configuration keys, such as `api-service`. */
  readonly rootKey: string;
  readonly ports: readonly PortName[];
  /**
   * Listens on its own `http.port` also where it shares a process; the others are then found at
   * the port of the first service. For public routes that would get into each other's way.
   */
  readonly ownPort?: boolean;
  /** Its own settings; the runtime adds `http.host`, `http.port`, `shutdown-seconds` and the adapters' ones. */
  readonly settings: OptionsSchema;
  create(context: ServiceContext): Promise<RunningService>;
}
