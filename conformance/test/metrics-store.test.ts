import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import type { MetricsStoreHarness } from '../src/index.js';
import { metricsStoreKit, runKit } from '../src/index.js';
import { brokenStores } from './metrics-store/broken-stores.js';
import { Disk, MemoryStore } from './metrics-store/memory-store.js';

function harness(Store: typeof MemoryStore): MetricsStoreHarness {
  const disks = new Map<string, Disk>();
  let shiftMs = 0;
  return {
    name: 'memory',
    capabilities: new Store(new Disk(), {}, Date.now).capabilities,
    create: async (place, settings) => {
      const disk = disks.get(place) ?? new Disk();
      disks.set(place, disk);
      return new Store(disk, settings, () => Date.now() + shiftMs);
    },
    remove: async (place) => {
      shiftMs = 0;
      disks.delete(place);
    },
    badOptions: [],
    advanceTime: async (ms) => {
      shiftMs += ms;
    },
    cutNetwork: async () => {
      for (const disk of disks.values()) disk.isCut = true;
      return async () => {
        for (const disk of disks.values()) disk.isCut = false;
      };
    },
    patienceMs: 3_000,
  };
}

describe('the metrics-store kit', function () {
  this.timeout(60_000);

  it('passes a correct store', async () => {
    await nextTurn(); // mocha sets its timer after calling us; it must not count as left open by a case
    const { cases } = await runKit(metricsStoreKit, harness(MemoryStore));
    expect(cases.filter((kase) => kase.status === 'failed')).to.deep.equal([]);
    expect(cases.filter((kase) => kase.status === 'not_proven').map((kase) => kase.id)).to.deep.equal(['MS-37', 'MS-62']);
  });

  for (const { defect, caseId, store } of brokenStores) {
    it(`finds a store that ${defect}, by ${caseId}`, async () => {
      const { cases } = await runKit(metricsStoreKit, harness(store), [caseId]);
      expect(cases.map(({ id, status }) => ({ id, status }))).to.deep.equal([{ id: caseId, status: 'failed' }]);
    });
  }
});
