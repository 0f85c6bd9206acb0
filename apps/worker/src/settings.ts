import type { OptionsSchema } from '@cave/core';

/** The worker's own settings, below `worker`. */
export const workerSettings = {
  type: 'object',
  properties: {
    'checks.batch-size': { type: 'integer', minimum: 1, maximum: 10_000, default: 1_000, description: 'Alerts evaluated and committed together.' },
    'checks.batches': { type: 'integer', minimum: 1, maximum: 16, default: 2, description: 'Batches under way at once: one reads while another commits.' },
    'checks.cached-alerts': { type: 'integer', minimum: 0, default: 200_000, description: 'Alerts whose definition and state are kept in memory between checks.' },
    'checks.catch-up-seconds': { type: 'integer', minimum: 1, default: 3_600, description: 'Due ticks older than this are recorded as one gap instead of being evaluated.' },
    'checks.patience-seconds': { type: 'integer', minimum: 1, default: 30, description: 'Least time a check waits for late points before its verdict is "no data"; one period if that is longer.' },
    'checks.max-ticks': { type: 'integer', minimum: 1, default: 400, description: 'Ticks of one alert evaluated in one run when catching up.' },
    'checks.gate-poll-ms': { type: 'integer', minimum: 10, default: 250, description: 'How often a worker looks up to which time points have been stored; milliseconds.' },
    'jobs.capacity': { type: 'integer', minimum: 1, default: 100_000, description: 'Jobs held at once, waiting for data or running.' },
    'jobs.receive-batch': { type: 'integer', minimum: 1, default: 2_000, description: 'Jobs received at once.' },
    'jobs.lease-seconds': { type: 'integer', minimum: 3, default: 60, description: 'Time after which the jobs of a worker that died go to another.' },
    'jobs.wait-seconds': { type: 'integer', minimum: 1, maximum: 20, default: 20, description: 'Long polling of the work queue.' },
    'history.batch-size': { type: 'integer', minimum: 1, default: 2_000, description: 'History points relayed to the raw stream at once.' },
    'notifications.timeout-ms': { type: 'integer', minimum: 100, default: 10_000, description: 'Deadline of one notification attempt; milliseconds.' },
    'notifications.max-attempts': { type: 'integer', minimum: 1, default: 10, description: 'Attempts before a notification falls back to mail.' },
    'notifications.first-retry-ms': { type: 'integer', minimum: 10, default: 1_000, description: 'Wait before the first retry of a notification; it doubles from there. Milliseconds.' },
    'notifications.max-retry-ms': { type: 'integer', minimum: 10, default: 300_000, description: 'Longest wait between two attempts; milliseconds.' },
    'notifications.concurrency': { type: 'integer', minimum: 1, default: 50, description: 'Notifications under way at once.' },
  },
} as const satisfies OptionsSchema;

/** Validated settings, defaults filled in. */
export type WorkerSettings = Readonly<Record<keyof (typeof workerSettings)['properties'], number>>;
