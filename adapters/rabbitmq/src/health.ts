import type { Health } from '@cave/core';
import { channelError, placeOf } from './errors.js';
import type { RabbitConnectionOptions } from './options.js';

/** Below the 2 s that a health check may take. */
const PATIENCE_MS = 1_900;

/** What `ask` finds, or that the server did not answer in time. Never rejects. */
export async function withinHealthPatience(options: RabbitConnectionOptions, ask: () => Promise<Health>): Promise<Health> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Health>((resolve) => {
    timer = setTimeout(() => resolve({ healthy: false, detail: `${placeOf(options)} did not answer within ${PATIENCE_MS} ms.` }), PATIENCE_MS);
  });
  const asked = ask().catch((error: unknown): Health => ({ healthy: false, detail: channelError(error, options).message }));
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}
