import { webUiUrl, type RunningService, type ServiceContext } from '@cave/app-runtime';
import { CheckRunner, DeliveryDispatcher, HistoryRelay, KpiPublisher, NumberBlocks, type AlertWork } from '@cave/core';
import type { WorkerSettings } from './settings.js';

/** How often loops look for work of other processes without having been woken; milliseconds. */
const IDLE_POLL_MS = 1_000;

/** Builds the worker's four loops from the adapters of the runtime's container and starts them. */
export function createWorker(context: ServiceContext): Promise<RunningService> {
  const settings = context.settings as unknown as WorkerSettings;
  const { configStore, workQueue, rawStream, metricsStores, mailer, notifiers } = context.ports;
  const { clock, logger, telemetry, instanceId } = context;

  const history = new HistoryRelay(configStore, rawStream, clock, logger, { batchSize: settings['history.batch-size'], pollMs: IDLE_POLL_MS });
  const deliveries = new DeliveryDispatcher(
    { configStore, notifiers, mailer, clock, logger, telemetry, instanceId },
    {
      timeoutMs: settings['notifications.timeout-ms'],
      maxAttempts: settings['notifications.max-attempts'],
      firstRetryMs: settings['notifications.first-retry-ms'],
      maxRetryMs: settings['notifications.max-retry-ms'],
      concurrency: settings['notifications.concurrency'],
      pollMs: IDLE_POLL_MS,
    },
  );
  const kpi = new KpiPublisher({ configStore, rawStream, numbers: new NumberBlocks(configStore.numbers), clock, logger });
  const checks = new CheckRunner(
    {
      configStore,
      workQueue,
      rawStream,
      metricsStores,
      clock,
      logger,
      telemetry,
      alertUrl: (work) => alertUrl(webUiUrl(context), work),
      onCommitted: (committed) => {
        if (committed.history > 0) history.wake();
        if (committed.deliveries > 0) deliveries.wake();
        kpi.addOperations(committed.history);
      },
    },
    {
      batchSize: settings['checks.batch-size'],
      batches: settings['checks.batches'],
      cachedAlerts: settings['checks.cached-alerts'],
      catchUpSeconds: settings['checks.catch-up-seconds'],
      minPatienceSeconds: settings['checks.patience-seconds'],
      maxTicks: settings['checks.max-ticks'],
      gatePollMs: settings['checks.gate-poll-ms'],
      capacity: settings['jobs.capacity'],
      receiveBatch: settings['jobs.receive-batch'],
      leaseMs: settings['jobs.lease-seconds'] * 1000,
      waitMs: settings['jobs.wait-seconds'] * 1000,
    },
  );
  history.start();
  deliveries.start();
  kpi.start();
  checks.start();
  return Promise.resolve({
    health: () => Promise.resolve({ ...checks.health(), history: history.health(), deliveries: deliveries.health() }),
    status: () => Promise.resolve(checks.status()),
    stop: async () => {
      await checks.stop();
      await Promise.all([history.stop(), deliveries.stop(), kpi.stop()]);
    },
  });
}

function alertUrl(base: string, { alert, tenant }: AlertWork): string {
  const team = tenant.team === null ? '' : `/teams/${tenant.team.name}`;
  return new URL(`/organizations/${tenant.organization.name}${team}/alerts/${alert.id}`, base).href;
}
