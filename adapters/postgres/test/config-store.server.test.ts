import { CONFIG_STORE_CASES } from '@cave/adapter-sql/testing';
import { CaveError, type AdapterContext, type ConfigStore, type Logger } from '@cave/core';
import { expect } from 'chai';
import { configStore } from '../src/index.js';
import type { PostgresOptions } from '../src/options.js';
import { absent, postgresServer, type PostgresServer } from './support/server.js';

const nothing = (): void => undefined;
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger };
const context: AdapterContext = {
  logger,
  telemetry: { count: nothing, gauge: nothing, observe: nothing },
  clock: { nowMs: Date.now, monotonicMs: () => performance.now() },
  service: 'test',
  instanceId: 'test',
};

async function failure(promise: Promise<unknown>): Promise<CaveError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CaveError) return error;
    throw error;
  }
  throw new Error('It was expected to fail.');
}

const reason = absent();
const required = (process.env['CAVE_TEST_REQUIRE'] ?? '').split(',').includes('postgres');

if (reason !== null && !required) {
  describe('postgres config store', () => {
    it(`all cases [not proven: ${reason}]`);
  });
} else {
  describe('postgres config store', function () {
    this.timeout(60_000);
    let server: PostgresServer;
    let options: PostgresOptions;
    let store: ConfigStore;

    before(async () => {
      if (reason !== null) throw new Error(`CAVE_TEST_REQUIRE names postgres, but there is ${reason}.`);
      server = await postgresServer();
      options = await server.freshDatabase();
      const behind = configStore.create(options, context);
      const refused = await failure(behind.start());
      expect(refused.code).to.equal('configuration');
      expect(refused.message).to.include('cave migrate');
      await behind.close();
      // Two at once: one applies, the other waits and finds nothing to do.
      const applied = await Promise.all([configStore.migrate?.(options), configStore.migrate?.(options)]);
      expect(applied.map((names) => names?.length ?? 0).sort()).to.deep.equal([0, 1]);
      store = configStore.create(options, context);
      await store.start();
    });

    after(async () => {
      await store.close();
      await server.stop();
    });

    for (const { title, run } of CONFIG_STORE_CASES) it(title, () => run(store));

    it('names the place that it cannot reach, and the database that is not there', async () => {
      const nowhere = configStore.create({ ...options, port: 1 }, context);
      const unreachable = await failure(nowhere.start());
      expect(unreachable.code).to.equal('unavailable');
      expect(unreachable.message).to.include('127.0.0.1:1');
      await nowhere.close();
      const wrong = configStore.create({ ...options, database: 'missing' }, context);
      expect((await failure(wrong.start())).code).to.equal('configuration');
      await wrong.close();
    });

    const killed = 'serves again after the server was killed and restarted, and says sick in between';
    const foreign = process.env['CAVE_TEST_POSTGRES_URL'] !== undefined;
    if (foreign && !required) it(`${killed} [not proven: the server that CAVE_TEST_POSTGRES_URL names is not ours to kill]`);
    else it(killed, async () => {
      if (server.control === undefined) throw new Error('CAVE_TEST_REQUIRE names postgres, but the server that CAVE_TEST_POSTGRES_URL names is not ours to kill; leave the variable out to have one started.');
      const office = await store.offices.takeOffice('survivor');
      await server.control.kill();
      expect((await store.health()).healthy).to.equal(false);
      expect((await failure(store.nowMs())).code).to.be.oneOf(['unavailable', 'unknown_outcome']);
      await server.control.start();
      expect((await store.health()).healthy).to.equal(true);
      expect(await store.offices.find('survivor')).to.deep.equal(office);
    });
  });
}
