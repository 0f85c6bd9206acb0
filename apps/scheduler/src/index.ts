import type { ServiceDefinition } from '@cave/app-runtime';
import { schedulerSettings } from './settings.js';
import { createScheduler } from './wiring.js';

/** Keeps every enabled alert in memory; the leader puts due checks on the work queue. */
export const schedulerService: ServiceDefinition = {
  name: 'scheduler',
  rootKey: 'scheduler',
  ports: ['config-store', 'config-bus', 'work-queue', 'leader-election'],
  settings: schedulerSettings,
  create: createScheduler,
};
