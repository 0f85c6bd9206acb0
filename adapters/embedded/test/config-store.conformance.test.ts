import { mochaFrame, runConfigStoreConformance, testContext, type ConfigStoreHarness } from '@cave/conformance';
import type { ConfigStore } from '@cave/core';
import { prepareTemplate } from '../src/config-store/directory.js';
import configStore from '../src/config-store.js';
import { Places } from './support/places.js';
import { openSharedStore, viewOf } from './support/shared-config-store.js';

const ONE_CONNECTION = 'The embedded Postgres has one connection, and so one transaction at a time.';

/** Cases about starting and closing, and the last one, which get a store of their own. */
const OWN = /^cs-(?:0\d|30|49)-/;

const places = new Places();
let shared: ConfigStore | null = null;
const make = (directory: string) => configStore.create({ directory, 'transaction-timeout-ms': 60_000 }, testContext());

async function closeShared(): Promise<void> {
  await shared?.close();
  shared = null;
}

const harness: ConfigStoreHarness = {
  name: 'embedded',
  capabilities: configStore.capabilities,
  patienceMs: 30_000,
  create: async (place) => {
    if (!OWN.test(place)) return viewOf((shared ??= await openSharedStore(places)));
    await closeShared(); // before the last case looks for what is left open, and never two at once
    return make(places.directory(place));
  },
  remove: (place) => places.remove(place),
  badOptions: [{ title: 'no directory', attempt: () => make('') }],
  differs: { 'CS-25': ONE_CONNECTION, 'CS-26': ONE_CONNECTION, 'CS-31': ONE_CONNECTION },
};

describe('embedded', function () {
  this.timeout(120_000);
  before(() => prepareTemplate());
  after(async () => {
    await closeShared();
    await places.removeAll();
  });
  runConfigStoreConformance(mochaFrame(), harness);
});
