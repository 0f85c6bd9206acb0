import { configStoreKit, runKit, withDefect, type ConfigStoreHarness } from '@cave/conformance';
import type { ConfigStore } from '@cave/core';
import { expect } from 'chai';
import configStore from '../src/config-store.js';
import { brokenConfigStores } from './support/broken-config-stores.js';
import { Places } from './support/places.js';
import { openSharedStore, viewOf } from './support/shared-config-store.js';

describe('the config store kit sees what is broken', function () {
  this.timeout(60_000);
  const places = new Places();
  let shared: ConfigStore;
  before(async () => {
    shared = await openSharedStore(places);
  });
  after(async () => {
    await shared.close();
    await places.removeAll();
  });

  const harness = (spoil: (store: ConfigStore, round: number) => ConfigStore): ConfigStoreHarness => {
    const rounds = new Map<string, number>();
    return {
      name: 'shared',
      capabilities: configStore.capabilities,
      patienceMs: 10_000,
      create: async (place) => {
        const round = (rounds.get(place) ?? 0) + 1;
        rounds.set(place, round);
        return spoil(viewOf(shared), round);
      },
    };
  };

  it('passes the sound one', async () => {
    const ids = [...new Set(brokenConfigStores.map(({ fails }) => fails))];
    const report = await runKit(configStoreKit, harness((store) => store), ids);
    expect(report.cases.filter(({ status }) => status !== 'passed')).to.deep.equal([]);
  });

  for (const broken of brokenConfigStores) {
    it(`fails a config store that ${broken.defect} on ${broken.fails}`, async () => {
      const report = await runKit(configStoreKit, harness((store, round) => withDefect(store, broken.break(store, round))), [broken.fails]);
      expect(report.cases.map(({ id, status }) => [id, status])).to.deep.equal([[broken.fails, 'failed']]);
    });
  }
});
