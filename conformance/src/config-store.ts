import type { ConfigStore } from '@cave/core';
import { alertCases } from './config-store/alert-cases.js';
import { alertListCases } from './config-store/alert-list-cases.js';
import { coordinationCases } from './config-store/coordination-cases.js';
import type { ConfigStoreHarness, ConfigStoreSettings } from './config-store/means.js';
import { outageCases } from './config-store/outage-cases.js';
import { pruningCases } from './config-store/pruning-cases.js';
import { tenantCases } from './config-store/tenant-cases.js';
import type { TestFrame } from './harness.js';
import { declareKit, type Kit } from './kit.js';
import { lifecycleCases } from './lifecycle.js';

export type { ConfigStoreHarness, ConfigStoreSettings } from './config-store/means.js';

const lifecycle = lifecycleCases<ConfigStore, ConfigStoreSettings, ConfigStoreHarness>('CS', {
  settings: {},
  calls: [
    { name: 'nowMs', use: (store) => store.nowMs() },
    { name: 'a repository', use: (store) => store.organizations.findById('1') },
    { name: 'transaction', use: (store) => store.transaction((inner) => inner.offices.find('lifecycle')) },
  ],
});

/** CS: what every config store must do. */
export const configStoreKit: Kit<ConfigStore, ConfigStoreSettings, ConfigStoreHarness> = {
  port: 'config-store',
  prefix: 'CS',
  cases: [...lifecycle, ...tenantCases, ...alertCases, ...alertListCases, ...coordinationCases, ...pruningCases, ...outageCases].sort((a, b) => (a.id < b.id ? -1 : 1)),
};

export function runConfigStoreConformance(frame: TestFrame, harness: ConfigStoreHarness): void {
  declareKit(frame, configStoreKit, harness);
}
