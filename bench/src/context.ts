import type { AdapterContext, Clock, Logger, Telemetry } from '@cave/core';

export const QUIET: Telemetry = { count: () => undefined, gauge: () => undefined, observe: () => undefined };

/** Warnings and errors are shown: a benchmark that hides them would measure a fault. */
const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (event, fields) => console.error('warn', event, fields),
  error: (event, fields) => console.error('error', event, fields),
  child: () => logger,
};

const startMs = Date.now() - performance.now();
const clock: Clock = { nowMs: () => startMs + performance.now(), monotonicMs: () => performance.now() };

export function adapterContext(telemetry: Telemetry = QUIET): AdapterContext {
  return { logger, telemetry, clock, service: 'bench', instanceId: `bench-${process.pid}` };
}
