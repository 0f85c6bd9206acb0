import { randomBytes } from 'node:crypto';
import type { Logger } from '@cave/core';
import { openCloudWatch } from './adapters/log-sink.js';
import type { Configuration } from './configuration/load.js';
import { createLogger } from './logger.js';
import { PrometheusTelemetry } from './telemetry.js';

/** What is told apart in logs, metrics and leases. */
export interface ProcessIdentity {
  /** Name of the service, or `all-in-one`. */
  readonly name: string;
  /** Unique for each start of a process. */
  readonly instanceId: string;
  readonly telemetry: PrometheusTelemetry;
}

export interface Logging {
  readonly root: Logger;
  /** Sends what is still on its way, for a bounded time. Never rejects. */
  close(): Promise<void>;
}

export function processIdentity(name: string): ProcessIdentity {
  return { name, instanceId: randomBytes(9).toString('base64url'), telemetry: new PrometheusTelemetry() };
}

/**
 * Lines go to standard output, and to CloudWatch Logs where `log.cloudwatch.group` is set. What
 * goes wrong on the way there is said on standard output alone.
 */
export async function openLogging(configuration: Configuration, { name, instanceId, telemetry }: ProcessIdentity): Promise<Logging> {
  const options = { level: String(configuration.base['log.level']), format: configuration.base['log.format'] as string | undefined };
  const plain = createLogger(options);
  const { cloudWatch } = configuration;
  if (cloudWatch['group'] === '') return { root: plain, close: () => Promise.resolve() };
  const stream = cloudWatch['stream'] === '' ? `${name}-${instanceId}` : cloudWatch['stream'];
  const sink = await openCloudWatch(
    { ...cloudWatch, stream },
    {
      logger: plain.child({ service: name, part: 'log sink' }),
      telemetry,
      // The config store is not there yet, and durations are all that is asked.
      clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
      service: name,
      instanceId,
    },
  );
  return { root: createLogger({ ...options, sink }), close: () => sink.close() };
}
