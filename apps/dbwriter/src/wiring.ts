import type { RunningService, ServiceContext } from '@cave/app-runtime';
import { StoreWriter } from '@cave/core';
import type { DbwriterSettings } from './settings.js';

/** Builds the store writer from the adapters of the runtime's container and starts it. */
export async function createDbwriter(context: ServiceContext): Promise<RunningService> {
  const settings = context.settings as unknown as DbwriterSettings;
  const { rawStream, metricsStores } = context.ports;
  const { clock, logger, telemetry } = context;
  const writer = new StoreWriter(
    { stream: rawStream, stores: metricsStores, clock, logger, telemetry },
    {
      pollRecords: settings['read.records'],
      pollBytes: settings['read.bytes'],
      pollWaitMs: settings['read.wait-ms'],
      maxPendingBytes: settings['read.max-pending-bytes'],
      gatherMs: settings['write.gather-ms'],
      maxPointsPerWrite: settings['write.max-points'],
      reportMs: settings['report-ms'],
      sickAfterMs: settings['sick-after-seconds'] * 1_000,
    },
  );
  await writer.start();
  return {
    health: () => Promise.resolve({ 'store-writer': writer.health() }),
    status: () => Promise.resolve({ partitions: writer.progress() }),
    stop: (signal) => writer.stop(signal),
  };
}
