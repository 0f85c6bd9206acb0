import { CaveError, backoffMs, sleep, toCaveError, type ErrorCode, type Logger } from '@cave/core';
import type { Part } from './container.js';

export interface StartOptions {
  /** How long one part that cannot be reached is tried again. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** What may pass without anybody's doing. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unavailable', 'resource_exhausted']);

/**
 * Starts the adapters one after another. A dependency that cannot be reached, or that pushes
 * back (throttled, full), is tried again with back-off, one log line for each try; anything else
 * is final. What has started when one fails is the caller's to close.
 */
export async function startParts(parts: readonly Part[], logger: Logger, options: StartOptions): Promise<void> {
  for (const part of parts) await startPart(part, logger, options);
}

async function startPart(part: Part, logger: Logger, options: StartOptions): Promise<void> {
  const deadline = performance.now() + options.patienceMs;
  for (let attempt = 1; ; attempt++) {
    try {
      await part.driver.start(options.signal);
      logger.debug('part_started', { part: part.name, adapter: part.adapter });
      return;
    } catch (caught) {
      const error = toCaveError(caught);
      const wait = backoffMs(attempt, { firstMs: 500, maxMs: 10_000 });
      if (!PASSING.has(error.code) || options.signal.aborted) throw error;
      if (performance.now() + wait > deadline) {
        throw new CaveError('unavailable', `${part.name} (adapter ${part.adapter}) could not be reached in ${Math.round(options.patienceMs / 1000)} s: ${error.message}`, { cause: error });
      }
      logger.warn('dependency_unreachable', { part: part.name, adapter: part.adapter, attempt, retry_in_ms: wait, detail: error.message });
      await sleep(wait, options.signal);
    }
  }
}
