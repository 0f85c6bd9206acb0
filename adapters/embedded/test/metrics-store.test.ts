import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mochaFrame, runMetricsStoreConformance } from '@cave/conformance';
import { metricsStoreHarness } from './fixtures/metrics-store-harness.js';

describe('embedded metrics store', () => {
  const root = mkdtempSync(join(tmpdir(), 'cave-metrics-'));
  after(() => rmSync(root, { recursive: true, force: true }));

  // The same questions answered from memory, from disk, and some here and some there.
  runMetricsStoreConformance(mochaFrame(), metricsStoreHarness('embedded', root, {}));
  runMetricsStoreConformance(mochaFrame(), metricsStoreHarness('embedded (all from disk)', root, { 'memory-points': 0 }));
  runMetricsStoreConformance(mochaFrame(), metricsStoreHarness('embedded (little memory)', root, { 'memory-points': 200 }));
});
