import { mochaFrame, runMetricsStoreConformance, spawnAdapter, systemClock, testContext, type MetricsStoreSettings } from '@cave/conformance';
import { addressVariable, describeOnServer } from '@cave/test-servers';
import definition, { type InfluxdbOptions } from '../src/metrics-store.js';
import { Operator, createStore, optionsFor } from './support/server.js';

describeOnServer('influxdb', 'influxdb metrics store', (server) => {
  const shift = { ms: 0 };
  const clock = { nowMs: () => systemClock.nowMs() + shift.ms, monotonicMs: () => systemClock.monotonicMs() + shift.ms };
  const prefix = (place: string): string => `${place}_`;
  const options = (place: string, { seriesLimit, retentionDays }: MetricsStoreSettings): InfluxdbOptions =>
    optionsFor(server().cuttable?.url ?? server().url, {
      'database-prefix': prefix(place),
      ...(seriesLimit === undefined ? {} : { 'series-limit': seriesLimit }),
      ...(retentionDays === undefined ? {} : { 'retention-days': retentionDays }),
    });
  const wrong = (change: Partial<InfluxdbOptions>) => (): unknown => createStore(optionsFor('http://localhost:8086', change));
  // A server that the environment names is not ours to kill or cut.
  const means = {
    killBroker: async () => server().control?.kill(),
    restartBroker: async () => server().control?.start(),
    cutNetwork: async () => {
      const { cuttable } = server();
      if (cuttable === null) throw new Error('The server cannot be cut.');
      return cuttable.cut();
    },
  };
  runMetricsStoreConformance(mochaFrame(), {
    name: 'influxdb',
    capabilities: definition.capabilities,
    patienceMs: 60_000,
    create: async (place, settings) => createStore(options(place, settings), testContext(clock)),
    remove: async (place) => {
      shift.ms = 0;
      await new Operator(server()).remove(prefix(place));
    },
    spawnProcess: async (place, settings) => spawnAdapter(import.meta.resolve('../src/metrics-store.js'), options(place, settings)),
    // The adapter's clock decides what has expired; InfluxDB clears away a day behind it.
    advanceTime: async (ms) => {
      shift.ms += ms;
    },
    badOptions: [
      { title: 'a url that is none', attempt: wrong({ url: 'localhost' }) },
      { title: 'another protocol', attempt: wrong({ url: 'ftp://localhost:8086' }) },
      { title: 'a password in the url', attempt: wrong({ url: 'http://cave:cave@localhost:8086' }) },
      { title: 'both token and user', attempt: wrong({ user: 'cave', password: 'cave', token: 'secret' }) },
      { title: 'a password without a user', attempt: wrong({ password: 'cave' }) },
      { title: '2.x without an organization', attempt: wrong({ version: '2', token: 'secret' }) },
      { title: 'a prefix that is no directory name', attempt: wrong({ 'database-prefix': '../' }) },
    ],
    ...(process.env[addressVariable('influxdb')] === undefined ? means : {}),
  });
});
