import type { ServiceDefinition } from '@cave/app-runtime';
import { workerSettings } from './settings.js';
import { createWorker } from './wiring.js';

/** Evaluates due checks, records what they found, and tells people. */
export const workerService: ServiceDefinition = {
  name: 'worker',
  rootKey: 'worker',
  ports: ['config-store', 'work-queue', 'raw-stream', 'metrics-store', 'mailer', 'notifier'],
  settings: workerSettings,
  create: createWorker,
};
