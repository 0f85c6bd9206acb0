import { PORT_NAMES, type OptionSchema, type OptionsSchema, type PortName } from '@cave/core';
import { PROFILES } from '../adapters/profiles.js';
import type { ServiceDefinition, ServiceName } from '../service.js';

/** Settings at the top level, the same for every service. */
export const BASE_SETTINGS: OptionsSchema = {
  type: 'object',
  properties: {
    profile: { type: 'string', enum: [...PROFILES], default: 'embedded', description: 'Which adapter each port has, unless `adapters.<port>` says otherwise.' },
    'data-dir': { type: 'string', minLength: 1, default: './data', description: 'Directory of everything that embedded adapters keep. One process at a time.' },
    'log.level': { type: 'string', enum: ['debug', 'info', 'warn', 'error'], default: 'info', description: 'The least level that is logged.' },
    'log.format': { type: 'string', enum: ['json', 'pretty'], description: 'One JSON object a line, or text for people. Default: pretty on a terminal, else json.' },
    'trusted-proxies': { type: 'array', items: { type: 'string', minLength: 1 }, default: [], description: 'Addresses or CIDR ranges of proxies whose X-Forwarded-… headers are believed.' },
    'start-timeout-seconds': { type: 'integer', minimum: 1, maximum: 3600, default: 60, description: 'How long a dependency that cannot be reached is tried again at start.' },
    'api-service.base-url': { type: 'string', format: 'uri', description: 'Public address of the api, for Location headers. Default: the address it listens on.' },
    'www.base-url': { type: 'string', format: 'uri', description: 'Public address of the web UI, for links in mails and notifications. Default: the address it listens on in this process, else http://127.0.0.1:7002.' },
    ...Object.fromEntries(PORT_NAMES.filter((port) => port !== 'notifier').map((port) => [`adapters.${port}`, adapterChoice(port)])),
    'adapters.notifiers': { type: 'array', items: { type: 'string', minLength: 1 }, default: [], description: 'Notifiers asked before the built-in ones, in this order: package or file names.' },
  },
};

/**
 * The first CAVE named its notifiers by class. These two are always asked, PagerDuty first; a
 * class of one's own is a plugin now, so that any other name is refused rather than ignored.
 */
export const CONVERTER_SETTINGS: OptionsSchema = {
  type: 'object',
  properties: {
    list: { type: 'array', minItems: 1, items: { type: 'string', enum: ['worker.converter.PagerDutyConverter'] }, description: 'Of the first CAVE, and without effect: PagerDuty is always there. Further notifiers are plugins, named in `adapters.notifiers`.' },
    default: { type: 'string', enum: ['worker.converter.JsonConverter'], description: 'Of the first CAVE, and without effect: what no other notifier takes goes to the webhook.' },
  },
};

/** The part of them that says which adapters there are; read first, because the adapters bring the schemas of the rest. */
export const ADAPTER_CHOICES: OptionsSchema = {
  type: 'object',
  properties: Object.fromEntries(Object.entries(BASE_SETTINGS.properties).filter(([key]) => key === 'profile' || key === 'data-dir' || key.startsWith('adapters.'))),
};

function adapterChoice(port: PortName): OptionSchema {
  return { type: 'string', minLength: 1, description: `Adapter of the ${port} port: a built-in name, a package or a file. Default: the profile's.` };
}

/** Below `log.cloudwatch`, at the top level or below a service's root key. */
export const CLOUDWATCH_PREFIX = 'log.cloudwatch';
export const CLOUDWATCH_SETTINGS: OptionsSchema = {
  type: 'object',
  properties: {
    group: { type: 'string', default: '', description: 'Log group in CloudWatch Logs that log lines go to as well, beside standard output; it must be there. Empty: none.' },
    stream: { type: 'string', default: '', description: 'Log stream in the group, made where it is not there; empty for the name of the service and of its instance, a new one for each start.' },
    region: { type: 'string', default: '', description: "AWS region, such as eu-west-1; empty for the SDK's own search (AWS_REGION, the shared configuration file)." },
    endpoint: { type: 'string', default: '', description: "URL of CloudWatch Logs; empty for AWS's own in the region. For emulators and VPC endpoints." },
    'access-key': { type: 'string', default: '', description: "Access key id; with secret-key. Empty for the SDK's own chain: environment, shared files, roles of containers and instances." },
    'secret-key': { type: 'string', default: '', description: 'Secret access key; with access-key.', 'x-secret': true },
  },
};

const HTTP_PORTS: Readonly<Record<ServiceName, number>> = { api: 7001, www: 7002, dbwriter: 7003, worker: 7004, scheduler: 7005, 'all-in-one': 7001 };

/** What every service has below its root key, its own settings and those that the runtime reads. */
export function serviceSettings(definition: ServiceDefinition): OptionsSchema {
  return {
    type: 'object',
    ...(definition.settings.required === undefined ? {} : { required: definition.settings.required }),
    properties: {
      ...definition.settings.properties,
      'http.host': { type: 'string', minLength: 1, default: '127.0.0.1', description: 'Address to listen on. Images set 0.0.0.0.' },
      'http.port': { type: 'integer', minimum: 0, maximum: 65535, default: HTTP_PORTS[definition.name], description: 'Port to listen on; 0 picks a free one.' },
      'shutdown-seconds': { type: 'integer', minimum: 1, maximum: 600, default: 20, description: 'How long a graceful stop may take before what is in flight is aborted.' },
      'operator-token': { type: 'string', minLength: 16, 'x-secret': true, description: 'Secret that opens the operator routes below /_internal_/. Without it they answer loopback only.' },
      ...(definition.ports.includes('notifier') ? { 'notifications.allow-networks': ALLOW_NETWORKS } : {}),
    },
  };
}

const ALLOW_NETWORKS: OptionSchema = {
  type: 'array',
  items: { type: 'string', minLength: 1 },
  default: [],
  description: 'CIDR ranges that notification URLs may reach although private.',
};
