import type { OptionsSchema } from '@cave/core';

/** The scheduler's own settings, below `scheduler`. */
export const schedulerSettings = {
  type: 'object',
  properties: {
    'reconcile-seconds': { type: 'integer', minimum: 1, default: 300, description: 'How often all alerts in memory are compared with the config store.' },
    'page-size': { type: 'integer', minimum: 1, maximum: 100_000, default: 5_000, description: 'Alerts read from the config store at once.' },
    'publish-batch': { type: 'integer', minimum: 1, maximum: 10_000, default: 1_000, description: 'Jobs put on the work queue at once.' },
    'settle-seconds': { type: 'integer', minimum: 1, default: 10, description: 'How often disabled and deleted alerts are looked for whose last checks are still owed.' },
  },
} as const satisfies OptionsSchema;

export interface SchedulerSettings {
  readonly 'reconcile-seconds': number;
  readonly 'page-size': number;
  readonly 'publish-batch': number;
  readonly 'settle-seconds': number;
}
