import { CaveError, defineAdapter } from '@cave/core';
import { EmbeddedMetricsStore } from './metrics-store/driver.js';
import { OPTION_DEFAULTS, SECONDS_PER_DAY, optionsSchema } from './metrics-store/options.js';
import type { MetricsStoreOptions } from './metrics-store/options.js';

export type { MetricsStoreOptions } from './metrics-store/options.js';

const capabilities = {
  keepsMarks: true,
  readAfterWriteMs: 0,
  seriesLimit: OPTION_DEFAULTS['series-limit'],
  retentionSeconds: OPTION_DEFAULTS['retention-days'] * SECONDS_PER_DAY,
} as const;

/** Metrics in a DuckDB file of one process, the newest of them in memory as well. */
export default defineAdapter<'metrics-store', MetricsStoreOptions>({
  port: 'metrics-store',
  name: 'embedded',
  capabilities,
  options: optionsSchema,
  create(options, context) {
    if (typeof options.directory !== 'string' || options.directory === '') {
      throw new CaveError('configuration', 'The embedded metrics store needs a "directory".');
    }
    const retentionSeconds = options['retention-days'] * SECONDS_PER_DAY;
    return new EmbeddedMetricsStore(
      { ...capabilities, seriesLimit: options['series-limit'], retentionSeconds },
      {
        directory: options.directory,
        memoryPoints: options['memory-points'],
        memoryLimit: options['memory-limit'],
        threads: options.threads,
        seriesLimit: options['series-limit'],
        retentionSeconds,
      },
      context,
    );
  },
});
