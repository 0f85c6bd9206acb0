import { mochaFrame, runConfigStoreConformance, testContext, type ConfigStoreHarness } from '@cave/conformance';
import { addressVariable, describeOnServer, type ServerControl, type TestServer } from '@cave/test-servers';
import { configStore } from '../src/index.js';
import type { PostgresOptions } from '../src/options.js';
import { Databases } from './support/databases.js';

const NOWHERE: PostgresOptions = { host: '127.0.0.1', port: 1, database: 'cave', user: 'cave', password: 'x', 'pool-size': 5, 'connection-timeout-ms': 5_000, 'statement-timeout-ms': 30_000, ssl: 'off' };
const make = (options: PostgresOptions) => configStore.create(options, testContext());
const bad = (changes: Partial<PostgresOptions>) => () => make({ ...NOWHERE, ...changes });

// Within a suite of its own: what it undoes at the end needs the server.
describeOnServer('postgres', 'Postgres config store', (server) => describe('through the kit', () => {
  let databases: Databases;
  before(() => {
    const { url, cuttable } = server();
    databases = new Databases(new URL(url), new URL(cuttable?.url ?? url));
  });
  after(() => databases.removeTemplate());

  const harness: ConfigStoreHarness = {
    name: 'postgres',
    capabilities: configStore.capabilities,
    patienceMs: 30_000,
    create: async (place, { giveUpAfterMs }) =>
      make(databases.options(await databases.migrated(place), giveUpAfterMs === undefined ? {} : { 'statement-timeout-ms': giveUpAfterMs, 'connection-timeout-ms': giveUpAfterMs })),
    remove: (place) => databases.remove(place),
    ...(ours() ? means(server) : {}),
    withWrongPassword: async (place) => make(databases.options(await databases.migrated(place), { password: 'wrong-password' })),
    withoutDatabase: async () => ({ store: make(databases.options('cave_missing')), names: 'cave_missing' }),
    unreachable: async () => ({ store: make(NOWHERE), names: '127.0.0.1:1' }),
    badOptions: [
      { title: 'no host', attempt: bad({ host: '' }) },
      { title: 'no database', attempt: bad({ database: '' }) },
      { title: 'no user', attempt: bad({ user: '' }) },
      { title: 'a pool of one', attempt: bad({ 'pool-size': 1 }) },
    ],
  };
  runConfigStoreConformance(mochaFrame(), harness);
}));

/** A server that the environment names is not ours to kill. */
function ours(): boolean {
  return process.env[addressVariable('postgres')] === undefined;
}

function means(server: () => TestServer): Pick<ConfigStoreHarness, 'killBroker' | 'restartBroker' | 'cutNetwork' | 'freezeBroker'> {
  const control = (): ServerControl => server().control ?? missing();
  return {
    killBroker: () => control().kill(),
    restartBroker: () => control().start(),
    cutNetwork: () => (server().cuttable ?? missing()).cut(),
    freezeBroker: async () => {
      await control().freeze();
      return () => control().thaw();
    },
  };
}

function missing(): never {
  throw new Error('A server that the tests started can be killed and cut off.');
}
