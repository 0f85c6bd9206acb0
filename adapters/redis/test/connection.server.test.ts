import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { eventually, failsWith, testContext } from '@cave/conformance';
import type { CaveError, ErrorCode, Logger } from '@cave/core';
import { describeOnServer, testServer } from '@cave/test-servers';
import { expect } from 'chai';
import configBus, { type RedisConfigBusOptions } from '../src/config-bus.js';
import leaderElection from '../src/leader-election.js';
import type { RedisConnectionOptions } from '../src/options.js';
import workQueue from '../src/work-queue.js';
import { connectionOptions, control, itOnOurs, PREFIX, tidiesForeign, withClient } from './support/server.js';

const adapters = (options: RedisConnectionOptions) => ({
  'leader election': leaderElection.create({ ...options, servers: '', 'lease-ms': 2_000, 'poll-interval-ms': 50 }, testContext()),
  'work queue': workQueue.create({ ...options, queue: 'connection', 'max-attempts': 3, 'max-dead-letters': 1_000, 'deduplication-window-ms': 0, durability: 'checked' }, testContext()),
  'config bus': configBus.create({ ...busOptions(options), stream: 'connection' }, testContext()),
});
const busOptions = (options: RedisConnectionOptions): RedisConfigBusOptions => ({ ...options, stream: 'connection', 'stream-length': 100, 'queue-length': 100, 'max-message-bytes': 4_096 });

/** The permissions that this adapter's documentation asks for. */
const LEAST_PERMISSIONS = ['-@all', '+@connection', '+@stream', '+@sortedset', '+@hash', '+evalsha', '+eval', '+time', '+get', '+set', '+del', '+incr', '+exists', '+config|get'];

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What each of the three ports says when it is started with these options. */
async function refusals(options: RedisConnectionOptions, code: ErrorCode): Promise<readonly CaveError[]> {
  const errors: CaveError[] = [];
  for (const [name, adapter] of Object.entries(adapters(options))) {
    errors.push(await failsWith(code, `start of the ${name}`, () => adapter.start()));
    // A start that failed may be tried again.
    await failsWith(code, `second start of the ${name}`, () => adapter.start());
    expect((await adapter.health()).healthy).to.equal(false);
    await adapter.close();
  }
  return errors;
}

describeOnServer('redis', 'Redis connections', (server) => {
  tidiesForeign(server);
  const options = (changes: Partial<RedisConnectionOptions> = {}): RedisConnectionOptions => ({ ...connectionOptions(server().url), ...changes });
  const place = (): string => new URL(server().url).host;

  it('a wrong password is a wrong setting, and stands in no message and no error', async () => {
    for (const error of await refusals(options({ password: 'not-the-secret' }), 'configuration')) {
      expect(error.message).to.include(place()).and.include('"password"');
      expect(inspect(error, { depth: 20, showHidden: true })).not.to.include('not-the-secret');
    }
  });

  it('no password where one is asked for', async () => {
    for (const error of await refusals(options({ password: '' }), 'configuration')) expect(error.message).to.include('set "password"');
  });

  it('an unknown user', async () => {
    for (const error of await refusals(options({ user: 'nobody', password: 'x' }), 'configuration')) expect(error.message).to.include('"nobody"');
  });

  it('a database that is not there: nothing is written into another one', async () => {
    for (const error of await refusals(options({ db: 9_999 }), 'configuration')) expect(error.message).to.include('9999').and.include('"db"');
  });

  it('another database is another place', async () => {
    const bus = configBus.create(busOptions(options({ db: 3 })), testContext());
    await bus.start();
    await bus.publish([{ key: 'a', version: 1, body: Buffer.from('b') }]);
    await bus.close();
    const counts = await withClient(server(), async (client) => {
      const here = await client.exists(`${PREFIX}{connection}:changes`);
      await client.select(3);
      const there = await client.exists(`${PREFIX}{connection}:changes`);
      await client.del(`${PREFIX}{connection}:changes`, `${PREFIX}{connection}:count`);
      return { here, there };
    });
    expect(counts).to.deep.equal({ here: 0, there: 1 });
  });

  itOnOurs('a user without permission for the keys', async () => {
    await withClient(server(), (client) => client.call('ACL', 'SETUSER', 'elsewhere', 'on', '>secret', '~other:*', '+@all'));
    for (const error of await refusals(options({ user: 'elsewhere', password: 'secret' }), 'configuration')) expect(error.message).to.include('ACL SETUSER');
  });

  itOnOurs('a user with just the permissions that are documented serves all three ports', async () => {
    await withClient(server(), (client) => client.call('ACL', 'SETUSER', 'least', 'on', '>secret', `~${PREFIX}*`, ...LEAST_PERMISSIONS));
    const least = adapters(options({ user: 'least', password: 'secret' }));
    const { 'leader election': election, 'work queue': queue, 'config bus': bus } = least;
    try {
      for (const adapter of Object.values(least)) {
        await adapter.start();
        expect(await adapter.health()).to.deep.equal({ healthy: true });
      }
      await (await election.campaign('least', 'a')).resign();
      expect(await queue.publish([{ id: 'a', body: Buffer.from('b') }])).to.deep.equal([{ status: 'accepted' }]);
      const [job] = await queue.receive({ maxJobs: 1, waitMs: 5_000, leaseMs: 60_000 });
      expect(await queue.extend([job?.lease ?? ''], 60_000)).to.deep.equal(['ok']);
      expect(await queue.nack([job?.lease ?? ''], { reason: 'again' })).to.deep.equal(['ok']);
      const [again] = await queue.receive({ maxJobs: 1, waitMs: 5_000, leaseMs: 60_000 });
      expect(await queue.ack([again?.lease ?? ''])).to.deep.equal(['ok']);
      expect(await queue.receive({ maxJobs: 1, waitMs: 50, leaseMs: 60_000 })).to.deep.equal([]);
      expect(await queue.deadLetters(1)).to.deep.equal([]);
      const arrived = new Promise<number>((resolve) => void bus.subscribe({ onMessage: ({ version }) => resolve(version), onResync: () => undefined }).then(() => bus.publish([{ key: 'a', version: 7, body: Buffer.from('b') }])));
      expect(await arrived).to.equal(7);
    } finally {
      for (const adapter of Object.values(least)) await adapter.close();
    }
  });

  it('nobody listens: unavailable, naming the place', async () => {
    for (const error of await refusals(options({ port: 1 }), 'unavailable')) expect(error.message).to.include('127.0.0.1:1').and.include('ECONNREFUSED');
  });

  it('a server that accepts connections and never answers is noticed in bounded time', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const sockets = new Set<{ destroy(): void }>();
    mute.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
    try {
      for (const error of await refusals(options({ port, 'command-timeout-ms': 300 }), 'unavailable')) expect(error.message).to.include(String(port));
    } finally {
      for (const socket of sockets) socket.destroy();
      mute.close();
    }
  });

  it('TLS to a server that speaks none', async () => {
    for (const error of await refusals(options({ tls: 'on', 'connection-timeout-ms': 500 }), 'unavailable')) expect(error.message).to.include('"tls"');
  });

  const tls = 'TLS: by an authority that is named, unverified, and refused by one that is unknown';
  if (!hasOpenssl()) it(`${tls} [not proven: there is no openssl to make a certificate]`);
  else itOnOurs(tls, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cave-redis-tls-'));
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
    try {
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
      const spare = createServer().listen(0, '127.0.0.1');
      await once(spare, 'listening');
      const { port } = spare.address() as AddressInfo;
      spare.close();
      await once(spare, 'close');
      await withClient(server(), async (client) => {
        for (const [setting, value] of [['tls-cert-file', certificate], ['tls-key-file', key], ['tls-ca-cert-file', certificate], ['tls-auth-clients', 'no'], ['tls-port', String(port)]] as const) await client.config('SET', setting, value);
      });
      for (const good of [{ tls: 'on', 'tls-ca': readFileSync(certificate, 'utf8') }, { tls: 'unverified' }] as const) {
        for (const adapter of Object.values(adapters(options({ port, ...good })))) {
          await adapter.start();
          expect(await adapter.health()).to.deep.equal({ healthy: true });
          await adapter.close();
        }
      }
      for (const error of await refusals(options({ port, tls: 'on' }), 'configuration')) expect(error.message).to.include('"tls-ca"');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('a start that is aborted leaves nothing behind and may be repeated', async () => {
    for (const adapter of Object.values(adapters(options()))) {
      const control = new AbortController();
      const starting = adapter.start(control.signal);
      setImmediate(() => control.abort());
      await starting.then(
        () => undefined,
        (error: CaveError) => expect(error.code).to.equal('aborted'),
      );
      await adapter.close();
    }
  });

  itOnOurs('an outage is logged once when it begins and once when it is over', async () => {
    const events: string[] = [];
    const note = (event: string, fields?: object): void => void events.push(`${event} ${JSON.stringify(fields)}`);
    const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
    const election = leaderElection.create({ ...options(), servers: '', 'lease-ms': 2_000, 'poll-interval-ms': 50 }, { ...testContext(), logger });
    await election.start();
    try {
      await control(server()).kill();
      // Several attempts to connect are in vain meanwhile.
      await failsWith('aborted', 'a campaign in vain', () => election.campaign('logged', 'a', AbortSignal.timeout(1_500)));
      await control(server()).start();
      await eventually('it is restored', 15_000, async () => (await election.health()).healthy);
    } finally {
      await election.close();
    }
    expect(events.map((event) => event.split(' ')[0])).to.deep.equal(['redis_connection_lost', 'redis_connection_restored']);
    expect(events[0]).to.include(place());
    expect(events.join(' ')).not.to.include(options().password);
  });

  itOnOurs('a read-only replica is refused at start, and told while it runs', async () => {
    const primary = await testServer('redis');
    const { hostname, port } = new URL(primary.url);
    const running = configBus.create(busOptions(options()), testContext());
    await running.start();
    const unmake = (): Promise<unknown> => withClient(server(), (client) => client.call('REPLICAOF', 'NO', 'ONE'));
    try {
      await withClient(server(), async (client) => {
        await client.config('SET', 'masterauth', 'cave');
        await client.call('REPLICAOF', hostname, port);
      });
      for (const error of await refusals(options(), 'configuration')) expect(error.message).to.include('primary');
      const [result] = await running.publish([{ key: 'a', version: 1, body: Buffer.from('b') }]);
      expect(result?.status === 'failed' ? result.error.code : result?.status).to.equal('unavailable');
      await unmake();
      await eventually('it serves again', 15_000, async () => (await running.publish([{ key: 'a', version: 2, body: Buffer.from('b') }]))[0]?.status === 'published');
    } finally {
      await running.close();
      await unmake();
      await primary.stop();
    }
  });
});
