import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mochaFrame, runMetricsStoreConformance } from '@cave/conformance';
import { metricsStoreHarness } from './fixtures/metrics-store-harness.js';

describe('embedded metrics store', () => {
  const root = mkdtempSync(join(tmpdir(), 'cave-metrics-'));
  after(() => rmSync(root, { recursive: true, force: true }));

  runMetricsStoreConformance(mochaFrame(), metricsStoreHarness('embedded', root, {}));
});
