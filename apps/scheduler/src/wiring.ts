import type { RunningService, ServiceContext } from '@cave/app-runtime';
import { Scheduler } from '@cave/core';
import type { SchedulerSettings } from './settings.js';

/** Builds the scheduler from the adapters of the runtime's container and starts it. */
export async function createScheduler(context: ServiceContext): Promise<RunningService> {
  const settings = context.settings as unknown as SchedulerSettings;
  const { configStore, configBus, workQueue, leaderElection } = context.ports;
  const { clock, logger, telemetry, instanceId } = context;
  const scheduler = new Scheduler(
    { configStore, configBus, workQueue, leaderElection, clock, logger, telemetry, instanceId },
    {
      reconcileMs: settings['reconcile-seconds'] * 1000,
      pageSize: settings['page-size'],
      publishBatch: settings['publish-batch'],
      settleMs: settings['settle-seconds'] * 1000,
    },
  );
  await scheduler.start();
  return {
    health: () => Promise.resolve(scheduler.health()),
    status: () => Promise.resolve({ ...scheduler.status() }),
    stop: () => scheduler.stop(),
  };
}
