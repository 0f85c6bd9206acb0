import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { killLeftovers, startProcess } from './support/process.js';
import { temporaryDirectory } from './support/temporary.js';

const MAILER = fileURLToPath(new URL('./support/adapters/file-mailer.js', import.meta.url));

describe('a service process', function () {
  this.timeout(30_000);
  const directory = temporaryDirectory();
  afterEach(killLeftovers);

  const mailer = (): readonly string[] => [`adapters.mailer=${MAILER}`, `mail.sick-file=${join(directory.path(), 'sick')}`];

  it('serves on a free port, prints one listening line, and exits 0 on SIGTERM', async () => {
    const service = startProcess({ settings: [], cwd: directory.path() });
    const url = await service.url();
    expect(await (await fetch(url)).json()).to.deep.equal({ greeting: 'hello' });
    service.child.kill('SIGTERM');
    expect(await service.exited()).to.equal(0);
    const listening = service.lines.filter((line) => line.includes('"listening"'));
    expect(listening).to.deep.equal([JSON.stringify({ event: 'listening', service: 'api', url })]);
    expect(service.errors()).to.equal('');
  });

  it('prints the listening line as JSON when logs are pretty', async () => {
    const service = startProcess({ settings: ['log.format=pretty'], cwd: directory.path() });
    expect(await service.url()).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(service.lines.some((line) => line.includes('started') && !line.startsWith('{'))).to.equal(true);
    service.child.kill('SIGINT');
    expect(await service.exited()).to.equal(0);
  });

  it('answers 503 naming a broken part, and 200 again after', async () => {
    const service = startProcess({ ports: ['mailer'], settings: mailer(), cwd: directory.path() });
    const health = async (): Promise<readonly [number, { readonly sick: readonly string[]; readonly parts: Record<string, unknown> }]> => {
      const response = await fetch(`${await service.url()}/_internal_/healthcheck`);
      return [response.status, (await response.json()) as { sick: string[]; parts: Record<string, unknown> }];
    };
    expect((await health())[0]).to.equal(200);
    writeFileSync(join(directory.path(), 'sick'), '');
    const [status, body] = await health();
    expect(status).to.equal(503);
    expect(body.sick).to.deep.equal(['mailer']);
    expect(body.parts['mailer']).to.deep.equal({ healthy: false, detail: 'The sick file is there.' });
    rmSync(join(directory.path(), 'sick'));
    expect((await health())[0]).to.equal(200);
  });

  it('serves version, status and metrics, the latter two to this machine only', async () => {
    const service = startProcess({ settings: [], cwd: directory.path() });
    const url = await service.url();
    expect(await (await fetch(`${url}/_internal_/version`)).json()).to.include({ service: 'api' });
    expect(await (await fetch(`${url}/_internal_/status`)).json()).to.deep.include({ service: 'api', parts: { api: { alerts: 3 } } });
    expect(await (await fetch(`${url}/_internal_/metrics`)).text()).to.include('process_cpu_seconds_total');
    const passedOn = await fetch(`${url}/_internal_/metrics`, { headers: { 'X-Forwarded-For': '127.0.0.1' } });
    expect(passedOn.status).to.equal(403);
    const nowhere = await fetch(`${url}/nowhere`);
    expect(nowhere.status).to.equal(404);
    expect(nowhere.headers.get('content-type')).to.match(/^application\/problem\+json/);
    expect(await nowhere.json()).to.include({ status: 404, code: 'not_found' });
  });

  it('asks for the operator token where one is set', async () => {
    const service = startProcess({ settings: ['api-service.operator-token=sixteen-letters-and-more'], cwd: directory.path() });
    const url = await service.url();
    const status = async (authorization?: string): Promise<number> => (await fetch(`${url}/_internal_/metrics`, authorization === undefined ? {} : { headers: { authorization } })).status;
    expect(await status()).to.equal(401);
    expect(await status('Bearer wrong')).to.equal(403);
    expect(await status('Bearer sixteen-letters-and-more')).to.equal(200);
    expect(await status(`Basic ${Buffer.from('sixteen-letters-and-more:').toString('base64')}`)).to.equal(200);
  });

  it('tries an unreachable dependency again, one line each, and starts once it is there', async () => {
    const service = startProcess({ ports: ['mailer'], settings: [...mailer(), 'mail.refused-starts=2'], cwd: directory.path() });
    await service.url();
    const tries = service.lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['event'] === 'dependency_unreachable');
    expect(tries.map((line) => [line['part'], line['attempt'], line['detail']])).to.deep.equal([
      ['mailer', 1, 'Connection refused by mail.test:25.'],
      ['mailer', 2, 'Connection refused by mail.test:25.'],
    ]);
  });

  it('gives up with 69 and a sentence when a dependency stays away', async () => {
    const service = startProcess({ ports: ['mailer'], settings: [...mailer(), 'mail.refused-starts=99', 'start-timeout-seconds=1'], cwd: directory.path() });
    expect(await service.exited()).to.equal(69);
    expect(service.errors()).to.equal('cave: mailer (adapter file-mailer) could not be reached in 1 s: Connection refused by mail.test:25.\n');
  });

  it('stops with 0 when told to while it still tries to start', async () => {
    const service = startProcess({ ports: ['mailer'], settings: [...mailer(), 'mail.refused-starts=99'], cwd: directory.path() });
    await service.line((line) => line.includes('dependency_unreachable'));
    service.child.kill('SIGTERM');
    expect(await service.exited()).to.equal(0);
  });

  it('exits 78 with sentences and no stack for a wrong configuration', async () => {
    const service = startProcess({ settings: ['api-service.http.prt=1', 'log.level=loud'], cwd: directory.path() });
    expect(await service.exited()).to.equal(78);
    expect(service.errors()).to.include('Did you mean "api-service.http.port"?').and.include('"log.level"').and.not.match(/\n\s+at /);
  });

  it('exits 78 naming the key when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const service = startProcess({ settings: [`api-service.http.port=${port}`], cwd: directory.path() });
    expect(await service.exited()).to.equal(78);
    expect(service.errors()).to.equal(`cave: Port ${port} on 127.0.0.1 is taken by another process; set api-service.http.port to another one, or to 0 for any free one.\n`);
    other.close();
    await once(other, 'close');
  });

  it('ends its patience at a second signal, and when shutdown-seconds have passed', async () => {
    const impatient = startProcess({ settings: [], cwd: directory.path(), slowStop: true });
    await impatient.url();
    impatient.child.kill('SIGTERM');
    await impatient.line((line) => line.includes('"stopping"'));
    impatient.child.kill('SIGTERM');
    expect(await impatient.exited()).to.equal(0);
    expect(impatient.lines.some((line) => line.includes('"stop_forced"'))).to.equal(true);

    const timed = startProcess({ settings: ['api-service.shutdown-seconds=1'], cwd: directory.path(), slowStop: true });
    await timed.url();
    timed.child.kill('SIGTERM');
    expect(await timed.exited()).to.equal(0);
    expect(timed.lines.some((line) => line.includes('"stop_forced"'))).to.equal(false);
  });

  it('logs an error that nobody caught and exits 70', async () => {
    const service = startProcess({ settings: [], cwd: directory.path() });
    await fetch(`${await service.url()}/explode`);
    expect(await service.exited()).to.equal(70);
    const line = service.lines.find((text) => text.includes('"uncaught_error"'));
    expect(JSON.parse(line ?? '{}')).to.include({ level: 'error' });
    expect(line).to.include('nobody catches this');
  });

  it('runs side by side with another on another data directory', async () => {
    const services = ['one', 'two'].map((name) => startProcess({ ports: ['mailer'], settings: [`data-dir=${join(directory.path(), name)}`], cwd: directory.path() }));
    const [one, two] = await Promise.all(services.map((service) => service.url()));
    expect(one).not.to.equal(two);
    for (const url of [one, two]) expect((await fetch(`${url}/_internal_/healthcheck`)).status).to.equal(200);
  });

  it('exits 78 naming the holder of its data directory, and starts once that one is gone, killed or not', async () => {
    const settings = [`data-dir=${join(directory.path(), 'data')}`];
    const first = startProcess({ ports: ['mailer'], settings, cwd: directory.path() });
    await first.url();
    const second = startProcess({ ports: ['mailer'], settings, cwd: directory.path() });
    expect(await second.exited()).to.equal(78);
    expect(second.errors()).to.include(String(first.child.pid)).and.include('api').and.not.match(/\n\s+at /);
    first.child.kill('SIGKILL');
    await first.exited();
    const third = startProcess({ ports: ['mailer'], settings, cwd: directory.path() });
    await third.url();
    third.child.kill('SIGTERM');
    expect(await third.exited()).to.equal(0);
    const fourth = startProcess({ ports: ['mailer'], settings, cwd: directory.path() });
    await fourth.url();
  });
});
