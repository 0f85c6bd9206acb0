import { failsWith, testContext } from '@cave/conformance';
import { expect } from 'chai';
import configBus from '../src/config-bus.js';
import leaderElection from '../src/leader-election.js';
import { checkServers } from '../src/options.js';
import workQueue from '../src/work-queue.js';

describe('Redis options', () => {
  for (const definition of [leaderElection, workQueue, configBus]) {
    const defaults = Object.fromEntries(Object.entries(definition.options.properties).map(([name, { default: value }]) => [name, value]));
    const create = (changes: object): unknown => (definition.create as (options: unknown, context: unknown) => unknown)({ ...defaults, ...changes }, testContext());

    it(`${definition.port}: the defaults are complete and allowed`, () => {
      expect(Object.values(defaults)).not.to.include(undefined);
      expect(definition.options.properties['password']?.['x-secret']).to.equal(true);
      create({});
    });

    it(`${definition.port}: what a schema cannot say is refused before any I/O, without the password`, async () => {
      for (const changes of [{ host: 'a,b' }, { port: 0 }, { db: -1 }, { user: 'cave' }, { 'key-prefix': 'a b' }, { 'command-timeout-ms': 1 }]) {
        const error = await failsWith('configuration', JSON.stringify(changes), () => create({ password: '', ...changes }));
        expect(error.message).to.match(/^The option "/);
      }
      const error = await failsWith('configuration', 'a bad prefix', () => create({ password: 'the-secret', 'key-prefix': '{' }));
      expect(error.message).not.to.include('the-secret');
    });
  }

  it('servers that vote: host:port, also IPv6; one by host and port where none is named', () => {
    const single = { host: 'localhost', port: 6379 };
    expect(checkServers(' ', single)).to.deep.equal([single]);
    expect(checkServers('a:1, [::1]:2,c:3', single)).to.deep.equal([
      { host: 'a', port: 1 },
      { host: '::1', port: 2 },
      { host: 'c', port: 3 },
    ]);
  });
});
