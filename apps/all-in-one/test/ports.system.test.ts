import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from './support/eventually.js';
import { Instance } from './support/instance.js';
import { expectCall } from './support/tenant.js';

describe('all services in one process', function () {
  this.timeout(120_000);
  let directory: string;
  let one: Instance;
  let two: Instance;
  const running: Instance[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-ports-'));
    [one, two] = await Promise.all([start('one'), start('two')]);
  });

  after(async () => {
    for (const instance of running) await instance.kill();
    await rm(directory, { recursive: true });
  });

  async function start(name: string, environment: Readonly<Record<string, string>> = {}): Promise<Instance> {
    const instance = await Instance.start({ directory: join(directory, name), environment });
    running.push(instance);
    return instance;
  }

  it('are at two ports, beside another such process, each port answering for all parts', async () => {
    const urls = [one.url, one.webUiUrl, two.url, two.webUiUrl];
    expect(new Set(urls).size).to.equal(4);
    for (const url of urls) {
      const { service, healthy, parts } = await expectCall<{ service: string; healthy: boolean; parts: Record<string, unknown> }>(200, url, 'GET', '/_internal_/healthcheck');
      expect({ service, healthy }).to.deep.equal({ service: 'all-in-one', healthy: true });
      expect(parts).to.include.keys('raw-stream', 'config-store', 'api change relay');
    }
    expect(one.printed.split('\n').filter((line) => line.includes('"listening"'))).to.deep.equal([
      JSON.stringify({ event: 'listening', service: 'api', url: one.url }),
      JSON.stringify({ event: 'listening', service: 'www', url: one.webUiUrl }),
    ]);
  });

  it('put the address where the web UI really listens into mails', async () => {
    await expectCall(202, one.url, 'POST', '/users/register', { body: { email: 'links@example.com' } });
    const outbox = join(directory, 'one', 'outbox');
    const mail = await eventually('the mail', async () => {
      const [file] = existsSync(outbox) ? (await readdir(outbox)).filter((name) => name.endsWith('.eml')) : [];
      return file === undefined ? undefined : readFile(join(outbox, file), 'utf8');
    });
    // Quoted-printable breaks long lines with "=".
    expect(mail.replace(/=\r?\n/g, '')).to.include(`${one.webUiUrl}/`);
  });

  it('end with 0 at SIGTERM although a connection to each port is kept open', async () => {
    const instance = await start('kept', { API_SERVICE_SHUTDOWN_SECONDS: '600' });
    const sockets = await Promise.all([instance.url, instance.webUiUrl].map(async (url) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.on('error', () => undefined); // it is to be ended, in whatever way
      socket.write('GET /_internal_/version HTTP/1.1\r\nHost: test\r\n\r\n');
      expect(((await once(socket, 'data')) as [Buffer])[0].toString()).to.match(/^HTTP\/1\.1 200 [^]*keep-alive/);
      return socket;
    }));
    expect(await instance.stop(), instance.printed).to.equal(0);
    for (const socket of sockets) expect(socket.closed || (await once(socket, 'close')) !== null).to.equal(true);
  });

  it('do not start where the web UI’s port is taken, and say by which key to move it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const error = await start('taken', { WWW_HTTP_PORT: String(port) }).then(() => null, (reason: Error) => reason);
    expect(error?.message).to.match(/^CAVE ended with 78 before it served:/).and.include(`Port ${port} on 127.0.0.1 is taken by another process; set www.http.port to another one`);
    other.close();
    await once(other, 'close');
  });
});
