import type { MetricsStore } from '@cave/core';
import type { TestFrame } from './harness.js';
import { declareKit } from './kit.js';
import type { Kit } from './kit.js';
import { lifecycleCases } from './lifecycle.js';
import { aggregateCases } from './metrics-store/aggregate-cases.js';
import type { MetricsStoreHarness, MetricsStoreSettings } from './metrics-store/means.js';
import { queryCases } from './metrics-store/query-cases.js';
import { writeCases } from './metrics-store/write-cases.js';

export type { MetricsStoreHarness, MetricsStoreSettings } from './metrics-store/means.js';

const lifecycle = lifecycleCases<MetricsStore, MetricsStoreSettings, MetricsStoreHarness>('MS', {
  settings: {},
  calls: [
    { name: 'createDatabase', use: (store) => store.createDatabase('lifecycle') },
    { name: 'write', use: (store) => store.write([]) },
    { name: 'query', use: (store) => store.query([]) },
    { name: 'mark', use: (store) => store.mark('incarnation', '0') },
    { name: 'setStoredUpTo', use: (store) => store.setStoredUpTo([]) },
    { name: 'storedUpTo', use: (store) => store.storedUpTo() },
    { name: 'listMetrics', use: (store) => store.listMetrics('lifecycle') },
    { name: 'tagValues', use: (store) => store.tagValues('lifecycle', 'metric', 'tag') },
    { name: 'dropMetric', use: (store) => store.dropMetric('lifecycle', 'metric') },
  ],
});

/** MS: what every metrics store must do. */
export const metricsStoreKit: Kit<MetricsStore, MetricsStoreSettings, MetricsStoreHarness> = {
  port: 'metrics-store',
  prefix: 'MS',
  cases: [...lifecycle, ...aggregateCases, ...writeCases, ...queryCases].sort((a, b) => (a.id < b.id ? -1 : 1)),
};

export function runMetricsStoreConformance(frame: TestFrame, harness: MetricsStoreHarness): void {
  declareKit(frame, metricsStoreKit, harness);
}
