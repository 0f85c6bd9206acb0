import type { ApiClient } from './api-client.js';
import { ApiError } from './api-error.js';
import type { PointJson } from './types.js';

/** What one request may carry at most: far below the api's bound on the body. */
export const MAX_BATCH = 1_000;

const MAX_PUSH_BACKS = 10;

/**
 * Publishes in requests of at most `batch` points, one after another. Waits and repeats when the
 * api pushes back (429), because then nothing was stored; any other failure ends it, since a
 * repetition could count points twice. `published` is told the number after each request.
 */
export async function publishPoints(publisher: ApiClient, tenantPath: string, points: readonly PointJson[], batch = MAX_BATCH, published: (count: number) => void = () => undefined): Promise<void> {
  for (let start = 0; start < points.length; start += batch) {
    const metrics = points.slice(start, start + batch);
    await publishBatch(publisher, tenantPath, metrics);
    published(metrics.length);
  }
}

async function publishBatch(publisher: ApiClient, tenantPath: string, metrics: readonly PointJson[]): Promise<void> {
  for (let pushedBack = 0; ; pushedBack++) {
    try {
      return await publisher.call('POST', `${tenantPath}/metrics`, { body: { metrics } });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429 || pushedBack >= MAX_PUSH_BACKS) throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs ?? 1_000));
    }
  }
}
