import { defineAdapter } from '@cave/core';
import { InfluxMetricsStore } from './driver.js';
import { OPTION_DEFAULTS, SECONDS_PER_DAY, checkOptions, optionsSchema, type InfluxdbOptions } from './options.js';

export type { InfluxdbOptions } from './options.js';

const capabilities = {
  keepsMarks: false,
  readAfterWriteMs: 0,
  seriesLimit: OPTION_DEFAULTS['series-limit'],
  retentionSeconds: OPTION_DEFAULTS['retention-days'] * SECONDS_PER_DAY,
} as const;

/** Metrics in an InfluxDB server: 1.x, by whose tests it is proven, 2.x or 3.x. */
export default defineAdapter<'metrics-store', InfluxdbOptions>({
  port: 'metrics-store',
  name: 'influxdb',
  capabilities,
  options: optionsSchema,
  create(options, context) {
    checkOptions(options);
    return new InfluxMetricsStore({ ...capabilities, seriesLimit: options['series-limit'], retentionSeconds: options['retention-days'] * SECONDS_PER_DAY }, options, context);
  },
});
