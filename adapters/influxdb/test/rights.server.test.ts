import { describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import { failure, put, windows } from './support/batches.js';
import { Operator, createStore, optionsFor } from './support/server.js';

describeOnServer('influxdb', 'rights on InfluxDB', (server) => {
  const prefix = 'rights_';
  let operator: Operator;
  before(async () => {
    operator = new Operator(server());
    await operator.rows(`CREATE USER "modest" WITH PASSWORD 'modest'`);
  });
  after(async () => {
    await operator.rows('DROP USER "modest"');
    await operator.remove(prefix);
  });

  it('wrong credentials, and none, are a wrong setting that the message names without the secret', async () => {
    for (const change of [{ password: 'verysecret' }, { user: 'nobody', password: 'verysecret' }, { user: '', password: '' }]) {
      const store = createStore(optionsFor(server().url, change));
      const error = await failure(store.start());
      expect(error.code).to.equal('configuration');
      expect(error.message).to.contain('metrics-store.user').and.contain(new URL(server().url).host);
      expect(error.message).not.to.contain('verysecret');
      await store.close();
    }
  });

  it('a user that may not create databases is told what to grant; with it the same store goes on', async () => {
    const store = createStore(optionsFor(server().url, { user: 'modest', password: 'modest', 'database-prefix': prefix }));
    await store.start();
    try {
      const refusals = [await failure(put(store, 'tenant', [{}])), await failure(store.createDatabase('tenant')), await failure(store.setStoredUpTo([{ incarnation: 'i', partition: '0', timeMs: 1 }]))];
      for (const { code, message } of refusals) {
        expect(code).to.equal('configuration');
        expect(message).to.contain('modest').and.contain('GRANT ALL PRIVILEGES');
      }
      expect(await store.query([windows('tenant', 'm', 'count')])).to.deep.equal([{ kind: 'unknown_series' }]);
      await operator.rows('GRANT ALL PRIVILEGES TO "modest"');
      expect(await put(store, 'tenant', [{}])).to.deep.equal({ status: 'stored', refused: [] });
    } finally {
      await operator.rows('REVOKE ALL PRIVILEGES FROM "modest"');
      await store.close();
    }
  });

  it('a user without administration writes and reads what was prepared for it', async () => {
    for (const [database, policies] of [[`${prefix}prepared`, true], [`${prefix}~meta`, false]] as const) {
      await operator.rows(`CREATE DATABASE "${database}"`);
      await operator.rows(`GRANT ALL ON "${database}" TO "modest"`);
      if (policies) await operator.rows(`CREATE RETENTION POLICY "seen" ON "${database}" DURATION INF REPLICATION 1`);
    }
    const store = createStore(optionsFor(server().url, { user: 'modest', password: 'modest', 'database-prefix': prefix }));
    await store.start();
    try {
      expect(await put(store, 'prepared', [{ value: 6 }])).to.deep.equal({ status: 'stored', refused: [] });
      expect(await store.query([windows('prepared', 'm', 'sum')])).to.deep.equal([{ kind: 'windows', values: [6] }]);
      await store.setStoredUpTo([{ incarnation: 'i', partition: '0', timeMs: 1 }]);
      const error = await failure(store.dropMetric('prepared', 'm'));
      expect(error.code).to.equal('configuration');
    } finally {
      await store.close();
    }
  });
});
