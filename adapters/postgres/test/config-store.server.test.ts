import { failsWith, testContext } from '@cave/conformance';
import type { ConfigStore } from '@cave/core';
import { scripts } from '@cave/schema';
import { describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import { configStore } from '../src/index.js';
import { migratePostgres } from '../src/migrate.js';
import type { PostgresOptions } from '../src/options.js';
import { Databases } from './support/databases.js';

describeOnServer('postgres', 'Postgres config store, what only Postgres has', (server) => {
  let databases: Databases;
  const made: string[] = [];
  const stores: ConfigStore[] = [];

  before(() => {
    databases = new Databases(new URL(server().url));
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close(AbortSignal.abort())));
    await Promise.all(made.splice(0).map((name) => databases.remove(name)));
  });

  const empty = async (name: string): Promise<PostgresOptions> => {
    made.push(name);
    return databases.options(await databases.empty(name));
  };
  const create = (options: PostgresOptions): ConfigStore => {
    const store = configStore.create(options, testContext());
    stores.push(store);
    return store;
  };

  it('refuses a database that is behind and names the command; two migrations at once apply each script once', async () => {
    const options = await empty('behind');
    const behind = await failsWith('configuration', 'start', () => create(options).start());
    expect(behind.message).to.include('cave migrate').and.include(options.database);
    const applied = await Promise.all([configStore.migrate?.(options), configStore.migrate?.(options)]);
    const [none, all] = applied.map((names) => names?.length ?? 0).sort();
    expect(none).to.equal(0);
    expect(all).to.equal((await scripts()).length);
    await create(options).start();
  });

  it('names the place that a migration cannot reach', async () => {
    const error = await failsWith('unavailable', 'migrate', () => migratePostgres({ ...databases.options('cave'), port: 1 }));
    expect(error.message).to.include('127.0.0.1:1');
  });

  it('lets a transaction under way finish when it is closed', async () => {
    const options = await empty('closing');
    await migratePostgres(options);
    const store = create(options);
    await store.start();
    const closing: Promise<void>[] = [];
    const epoch = await store.transaction(async (inner) => {
      await inner.offices.takeOffice('closing');
      closing.push(store.close());
      return (await inner.offices.takeOffice('closing')).epoch;
    });
    await Promise.all(closing);
    expect(epoch).to.equal(2);
    const again = create(options);
    await again.start();
    expect((await again.offices.find('closing'))?.epoch).to.equal(2);
  });
});
