import type { ServiceDefinition } from '@cave/app-runtime';
import { dbwriterSettings } from './settings.js';
import { createDbwriter } from './wiring.js';

/** Stores what is in the raw stream and tells up to which time it has. */
export const dbwriterService: ServiceDefinition = {
  name: 'dbwriter',
  rootKey: 'db-writer',
  ports: ['raw-stream', 'metrics-store'],
  settings: dbwriterSettings,
  create: createDbwriter,
};
