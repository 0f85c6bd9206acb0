import type { Clock } from './ports/clock.js';
import type { ConfigBus, ConfigBusCapabilities } from './ports/config-bus.js';
import type { ConfigStore, ConfigStoreCapabilities } from './ports/config-store.js';
import type { LeaderElection, LeaderElectionCapabilities } from './ports/leader-election.js';
import type { Logger } from './ports/logger.js';
import type { Mailer, MailerCapabilities } from './ports/mailer.js';
import type { MetricsStore, MetricsStoreCapabilities } from './ports/metrics-store.js';
import type { Notifier, NotifierCapabilities } from './ports/notifier.js';
import type { RawStream, RawStreamCapabilities } from './ports/raw-stream.js';
import type { Telemetry } from './ports/telemetry.js';
import type { WorkQueue, WorkQueueCapabilities } from './ports/work-queue.js';
import { CaveError } from './errors.js';

/** Every port that a plugin can bring, by the name that configuration uses. */
export interface PortTypes {
  'raw-stream': { readonly driver: RawStream; readonly capabilities: RawStreamCapabilities };
  'config-bus': { readonly driver: ConfigBus; readonly capabilities: ConfigBusCapabilities };
  'work-queue': { readonly driver: WorkQueue; readonly capabilities: WorkQueueCapabilities };
  'metrics-store': { readonly driver: MetricsStore; readonly capabilities: MetricsStoreCapabilities };
  'config-store': { readonly driver: ConfigStore; readonly capabilities: ConfigStoreCapabilities };
  'leader-election': { readonly driver: LeaderElection; readonly capabilities: LeaderElectionCapabilities };
  mailer: { readonly driver: Mailer; readonly capabilities: MailerCapabilities };
  notifier: { readonly driver: Notifier; readonly capabilities: NotifierCapabilities };
}

export type PortName = keyof PortTypes;

export const PORT_NAMES: readonly PortName[] = [
  'raw-stream',
  'config-bus',
  'work-queue',
  'metrics-store',
  'config-store',
  'leader-election',
  'mailer',
  'notifier',
];

/**
 * JSON Schema (2020-12) of an adapter's options: an object whose `properties` say type,
 * default and description. Option names are kebab-case, as in configuration files. Unknown
 * keys are rejected by the runtime. `"x-secret": true` masks a value wherever it is shown.
 */
export interface OptionsSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, OptionSchema>>;
  readonly required?: readonly string[];
}

export interface OptionSchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly description: string;
  readonly default?: unknown;
  readonly 'x-secret'?: boolean;
  readonly [keyword: string]: unknown;
}

/** What the runtime hands to every adapter. */
export interface AdapterContext {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Name of the service this runs in, such as `worker`. */
  readonly service: string;
  /** Unique for each start of a process. */
  readonly instanceId: string;
}

export interface AdapterDefinition<P extends PortName = PortName, O = unknown> {
  readonly port: P;
  readonly name: string;
  /** Readable before anything connects. The driver may narrow numbers by its options. */
  readonly capabilities: PortTypes[P]['capabilities'];
  readonly options: OptionsSchema;
  /** No I/O. `options` were validated against the schema, defaults filled in. */
  create(options: O, context: AdapterContext): PortTypes[P]['driver'];
  /**
   * Brings a store that lies outside the process up to this version's schema and answers the
   * names of what was applied: what `cave migrate` runs. Absent where there is nothing to
   * migrate, or where the adapter migrates itself at start.
   */
  migrate?(options: O): Promise<readonly string[]>;
}

/** Declares an adapter; the default export of a plugin package or file. */
export function defineAdapter<P extends PortName, O>(definition: AdapterDefinition<P, O>): AdapterDefinition<P, O> {
  if (!PORT_NAMES.includes(definition.port)) {
    throw new CaveError('configuration', `Adapter "${definition.name}" names the port "${String(definition.port)}"; ports are ${PORT_NAMES.join(', ')}.`);
  }
  return definition;
}
