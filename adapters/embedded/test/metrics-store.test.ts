import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { eventually, failsWith } from '@cave/conformance';
import type { Answer, Question } from '@cave/core';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import type { EmbeddedMetricsStore } from '../src/metrics-store/driver.js';
import { BASE, everything, numberedBatch } from './fixtures/metrics-store-batch.js';
import { createMetricsStore, metricsStoreContext } from './fixtures/metrics-store-harness.js';

const PATIENCE_MS = 20_000;

describe('embedded metrics store: beyond the kit', function () {
  this.timeout(60_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cave-metrics-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('starts its thread again when that dies: calls fail with unavailable, then all is as before', async () => {
    const workers: Worker[] = [];
    const seen = (worker: Worker): void => void workers.push(worker);
    process.on('worker', seen);
    const store = createMetricsStore({ directory });
    try {
      await store.start();
      await store.write([numberedBatch(0, [{ second: 0, value: 1 }])]);
      const asking = failsWith('unavailable', 'a call under way when the thread dies', () => store.query(Array.from({ length: 50_000 }, () => everything())));
      await Promise.all([workers[0]?.terminate(), asking]);
      await failsWith('unavailable', 'a call while the thread is gone', () => store.query([everything()]));
      expect((await store.health()).healthy).to.equal(false);
      await eventually('the store is healthy again', PATIENCE_MS, async () => (await store.health()).healthy);
      expect(await store.query([everything()])).to.deep.equal([{ kind: 'points', times: [BASE], values: [1] }]);
      expect(await store.write([numberedBatch(0, [{ second: 0, value: 1 }])])).to.deep.equal([{ status: 'duplicate' }]);
    } finally {
      process.off('worker', seen);
      await store.close();
    }
  });

  it('refuses a directory that is open in this process already', async () => {
    const [first, second] = [createMetricsStore({ directory }), createMetricsStore({ directory })];
    await first.start();
    await failsWith('configuration', 'the second start', () => second.start());
    await first.close();
    await second.start();
    await second.close();
  });

  it('fills its memory behind a start, and gives the same answers before, meanwhile and afterwards', async () => {
    const questions = ['sum', 'stddev', 'mode', 'p99', 'last'].map(
      (aggregator): Question => ({ kind: 'windows', database: 'tenant', metric: 'load', tags: {}, aggregator: aggregator as 'sum', from: BASE, width: 100, count: 40 }),
    );
    questions.push(everything());
    let store = createMetricsStore({ directory });
    await store.start();
    for (let n = 0; n < 20; n += 1) await store.write([numberedBatch(n, Array.from({ length: 5_000 }, (_, i) => ({ second: (i * 7 + n) % 4_000, value: Math.sin(i * n) * 1e3 })))]);
    const before = await store.query(questions);
    await store.close();

    store = createMetricsStore({ directory });
    await store.start();
    const meanwhile = await store.query(questions);
    const late = numberedBatch(20, [{ second: 3, value: 1 }, { second: 3_999, value: 2 }]);
    await store.write([late]); // perhaps while memory is being filled
    await (store as EmbeddedMetricsStore).warm();
    const warm = await store.query(questions);
    await store.close();

    store = createMetricsStore({ directory, 'memory-points': 0 });
    await store.start();
    const fromDisk = await store.query(questions);
    await store.close();
    expect(meanwhile).to.deep.equal(before);
    expect(warm).to.deep.equal(fromDisk);
    expect(count(warm[5])).to.equal(count(before[5]) + 2);
  });

  it('deletes from the disk what has expired or was dropped', async () => {
    const shift = { ms: 0 };
    const store = createMetricsStore({ directory, 'retention-days': 10 }, metricsStoreContext(shift));
    await store.start();
    await store.write([numberedBatch(0, [{ second: 0, value: 1 }, { second: 86_000, value: 2 }])]);
    await store.write([numberedBatch(1, [{ second: 86_000, value: 3 }], 'other')]);
    shift.ms = BASE * 1_000 + 10.5 * 86_400_000 - Date.now();
    await store.dropDatabase('other'); // cleaning follows a drop
    await store.close();
    const instance = await DuckDBInstance.create(join(directory, 'metrics.duckdb'));
    const connection = await instance.connect();
    const rows = (await connection.runAndReadAll('SELECT value FROM points')).getRows();
    connection.closeSync();
    instance.closeSync();
    expect(rows).to.deep.equal([[2]]);
  });
});

function count(answer: Answer | undefined): number {
  return answer?.kind === 'points' ? answer.values.length : NaN;
}
