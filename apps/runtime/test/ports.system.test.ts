import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
import { killLeftovers, startProcess, type Running } from './support/process.js';
import { temporaryDirectory } from './support/temporary.js';

/** Longer than a test may take: a stop that waits for the end of this patience fails its test. */
const LONG_PATIENCE = ['api-service.shutdown-seconds=120', 'www.shutdown-seconds=120'];

describe('a process with a service that has its own port', function () {
  this.timeout(30_000);
  const directory = temporaryDirectory();
  afterEach(killLeftovers);

  const start = (...settings: readonly string[]): Running => startProcess({ settings, cwd: directory.path(), withWww: true });
  const both = (service: Running): Promise<readonly [string, string]> => Promise.all([service.url('api'), service.url('www')]);
  const json = async (url: string): Promise<unknown> => (await fetch(url)).json();

  it('prints one listening line for each port, the first service’s first', async () => {
    const service = start('api-service.greeting=from api', 'www.greeting=from www');
    const [api, www] = await both(service);
    const listening = service.lines.filter((line) => line.includes('"listening"'));
    expect(listening).to.deep.equal([JSON.stringify({ event: 'listening', service: 'api', url: api }), JSON.stringify({ event: 'listening', service: 'www', url: www })]);
    expect(await json(api)).to.deep.equal({ greeting: 'from api' });
    expect(await json(www)).to.deep.equal({ greeting: 'from www' });
  });

  it('serves the internal routes of all its parts on each', async () => {
    for (const url of await both(start())) {
      expect(await json(`${url}/_internal_/healthcheck`)).to.deep.include({ service: 'all-in-one', healthy: true, parts: { 'api memory': { healthy: true }, 'www memory': { healthy: true } } });
      expect(await json(`${url}/_internal_/status`)).to.deep.include({ parts: { api: { alerts: 3 }, www: { alerts: 3 } } });
    }
  });

  it('asks on each for the operator token of the service that has the port', async () => {
    const [api, www] = await both(start('www.operator-token=sixteen-letters-of-www'));
    const status = async (url: string, token?: string): Promise<number> => (await fetch(`${url}/_internal_/status`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await status(api), await status(www), await status(www, 'sixteen-letters-of-www')]).to.deep.equal([200, 401, 200]);
    const passedOn = await fetch(`${api}/_internal_/status`, { headers: { 'X-Forwarded-For': '10.0.0.1' } });
    expect(await passedOn.json()).to.have.property('detail').that.includes('Set api-service.operator-token');
  });

  it('tells each service where the others are, by loopback where a host stands for every address', async () => {
    const service = start('www.http.host=0.0.0.0');
    const [api, everywhere] = await both(service);
    const port = /^http:\/\/0\.0\.0\.0:(\d+)$/.exec(everywhere)?.[1];
    const www = `http://127.0.0.1:${port}`;
    expect(await json(`${api}/urls`)).to.deep.equal({ api, www, worker: null });
    expect(await json(`${www}/urls`)).to.deep.equal({ api, www, worker: null });
  });

  it('exits 78 naming the key of the port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const service = start(`www.http.port=${port}`);
    expect(await service.exited()).to.equal(78);
    expect(service.errors()).to.equal(`cave: Port ${port} on 127.0.0.1 is taken by another process; set www.http.port to another one, or to 0 for any free one.\n`);
    expect(service.lines.filter((line) => line.includes('"listening"'))).to.deep.equal([]);
    other.close();
    await once(other, 'close');
  });

  it('exits 78 naming both keys when both have one port', async () => {
    const service = start('api-service.http.port=7999', 'www.http.port=7999');
    expect(await service.exited()).to.equal(78);
    expect(service.errors()).to.equal('cave: api-service.http.port and www.http.port are both 7999; set one of them to another port, or to 0 for any free one.\n');
  });

  it('closes both ports on SIGTERM and exits 0, whatever connections are open, the service with its own port asked first', async () => {
    const service = start(...LONG_PATIENCE);
    const sockets = await Promise.all((await both(service)).flatMap((url) => [unused(url), answered(url), halfAsked(url)]));
    const closed = sockets.map((socket) => once(socket, 'close'));
    service.child.kill('SIGTERM');
    expect(await service.exited()).to.equal(0);
    await Promise.all(closed);
    const asked = service.lines.filter((line) => line.includes('"asked_to_stop"')).map((line) => (JSON.parse(line) as { readonly service: string }).service);
    expect(asked).to.deep.equal(['www', 'api']);
  });

  it('answers what was asked before SIGTERM, and ends that connection then', async () => {
    const service = start(...LONG_PATIENCE);
    const [, www] = await both(service);
    const socket = await unused(www);
    socket.write('POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n12');
    await service.line((line) => line.includes('"upload_begun"'));
    service.child.kill('SIGTERM');
    await refused(www);
    socket.write('34');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).to.match(/^HTTP\/1\.1 200 /);
    expect(await service.exited()).to.equal(0);
  });
});

/** A connection on which nothing was asked, such as browsers open ahead of need. */
async function unused(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), new URL(url).hostname);
  await once(socket, 'connect');
  // The process may end a connection by a reset; that it ends is what is looked at.
  socket.on('error', () => undefined);
  return socket;
}

/** Resolves once the port takes no connection. */
async function refused(url: string): Promise<void> {
  for (;;) {
    try {
      (await unused(url)).destroy();
    } catch {
      return;
    }
  }
}

/** One that was used and is kept. */
async function answered(url: string): Promise<Socket> {
  const socket = await unused(url);
  socket.write('GET / HTTP/1.1\r\nHost: test\r\nConnection: keep-alive\r\n\r\n');
  await once(socket, 'data');
  return socket;
}

/** One with the beginning of a request that never comes. */
async function halfAsked(url: string): Promise<Socket> {
  const socket = await answered(url);
  socket.write('GET / HTTP/1.1\r\nHo');
  return socket;
}
