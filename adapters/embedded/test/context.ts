import type { AdapterContext, Logger } from '@cave/core';

const logger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => logger };

/** What an adapter is given, without logs and figures. */
export const context: AdapterContext = {
  logger,
  telemetry: { count: () => undefined, gauge: () => undefined, observe: () => undefined },
  clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
  service: 'test',
  instanceId: 'test',
};
