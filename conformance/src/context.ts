import type { AdapterContext, Clock, Logger, Telemetry } from '@cave/core';

export const quietLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => quietLogger };
export const noTelemetry: Telemetry = { count: nothing, gauge: nothing, observe: nothing };
export const systemClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

function nothing(): void {
  // nobody listens in tests
}

/** What an adapter under test is given: no logs, no figures, the machine's clock. */
export const testContext = (clock: Clock = systemClock): AdapterContext => ({ logger: quietLogger, telemetry: noTelemetry, clock, service: 'test', instanceId: 'test' });
