import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mochaFrame, runMetricsStoreConformance } from '@cave/conformance';
import { metricsStoreHarness } from './fixtures/metrics-store-harness.js';

// The same questions as in metrics-store.conformance.test.ts, there answered from memory; here
// all from disk, and some here and some there.
describe('embedded metrics store that reads from disk', () => {
  const root = mkdtempSync(join(tmpdir(), 'cave-metrics-'));
  after(() => rmSync(root, { recursive: true, force: true }));

  runMetricsStoreConformance(mochaFrame(), metricsStoreHarness('embedded (all from disk)', root, { 'memory-points': 0 }));
  runMetricsStoreConformance(mochaFrame(), metricsStoreHarness('embedded (little memory)', root, { 'memory-points': 200 }));
});
