import { CloudWatchLogsStandIn } from '@cave/test-servers';
import { expect } from 'chai';
import { killLeftovers, startProcess, type Running } from './support/process.js';
import { temporaryDirectory } from './support/temporary.js';

const GROUP = '/cave/test';
const EXIT_CONFIGURATION = 78;

interface Line {
  readonly level: string;
  readonly event: string;
  readonly reason?: string;
}

/** What the service logged on standard output; `listening` is no log line. */
const logged = ({ lines }: Running): Line[] => lines.map((line) => JSON.parse(line) as Line).filter(({ level }) => level !== undefined);

describe('a service process that ships its log lines', function () {
  this.timeout(60_000);
  const directory = temporaryDirectory();
  let service: CloudWatchLogsStandIn;
  beforeEach(async () => {
    service = await CloudWatchLogsStandIn.start();
    service.createGroup(GROUP);
  });
  afterEach(async () => {
    await killLeftovers();
    await service.close();
  });

  const start = (...more: string[]): Running =>
    startProcess({
      settings: [`log.cloudwatch.group=${GROUP}`, `log.cloudwatch.endpoint=${service.url}`, 'log.cloudwatch.region=eu-west-1', 'aws.credentials.access-key=AKIAFIRST', 'aws.credentials.secret-key=secret', ...more],
      cwd: directory.path(),
    });
  const stop = async (running: Running): Promise<number | null> => {
    running.child.kill('SIGTERM');
    return running.exited();
  };

  it('sends every line of standard output, to a stream of its own, signed with the keys of the first CAVE’s names', async () => {
    const running = start();
    await running.url();
    expect(await stop(running)).to.equal(0);
    const streams = service.streamsOf(GROUP);
    expect(streams).to.have.length(1);
    expect(streams[0]).to.match(/^api-[\w-]{12}$/);
    const shipped = service.eventsOf(GROUP, streams[0] ?? '').map(({ message }) => JSON.parse(message) as Line);
    expect(shipped).to.deep.equal(logged(running));
    expect(shipped.map(({ event }) => event)).to.include.members(['started', 'stopping', 'stopped']);
    expect(new Set(service.calls.map(({ accessKey }) => accessKey))).to.deep.equal(new Set(['AKIAFIRST']));
    expect(running.errors()).to.equal('');
  });

  it('sends JSON although standard output is for people, below the root key as well, to the stream that was named', async () => {
    const running = start('log.format=pretty', 'api-service.log.cloudwatch.stream=mine');
    await running.url();
    expect(await stop(running)).to.equal(0);
    const shipped = service.eventsOf(GROUP, 'mine').map(({ message }) => (JSON.parse(message) as Line).event);
    expect(shipped).to.include('started');
    expect(running.lines.some((line) => line.includes('started') && !line.startsWith('{'))).to.equal(true);
  });

  it('starts, serves and ends in time while CloudWatch Logs is away, with one warning, and sends what waited once it is back', async () => {
    await service.vanish();
    const running = start();
    const url = await running.url();
    await running.line((line) => line.includes('log_sink_failed'));
    expect(await (await fetch(url)).json()).to.deep.equal({ greeting: 'hello' });
    await service.appear();
    await running.line((line) => line.includes('log_sink_recovered'));
    const shipped = service.eventsOf(GROUP, service.streamsOf(GROUP)[0] ?? '').map(({ message }) => (JSON.parse(message) as Line).event);
    expect(shipped).to.include('started');
    // Its own trouble is told where it can be read, and not to itself.
    expect(shipped).to.not.include.members(['log_sink_failed']);
    expect(await (await fetch(`${url}/_internal_/metrics`)).text()).to.match(/^cave_log_lines_shipped_total [1-9]/m);
    await service.vanish();
    const from = performance.now();
    expect(await stop(running)).to.equal(0);
    expect(performance.now() - from).to.be.below(10_000);
    expect(logged(running).filter(({ event }) => event === 'log_sink_failed')).to.have.length(1);
    expect(logged(running).filter(({ event }) => event === 'log_lines_dropped')).to.have.length(1);
  });

  it('ends in time when a call is taken and never answered', async () => {
    service.silence(true);
    const running = start();
    await running.url();
    const from = performance.now();
    expect(await stop(running)).to.equal(0);
    expect(performance.now() - from).to.be.below(10_000);
  });

  it('sends the last lines of a process that ends by a fault', async () => {
    const running = start();
    await fetch(`${await running.url()}/explode`);
    expect(await running.exited()).to.equal(70);
    const shipped = service.eventsOf(GROUP, service.streamsOf(GROUP)[0] ?? '').map(({ message }) => (JSON.parse(message) as Line).event);
    expect(shipped).to.include.members(['uncaught_error', 'stopped']);
  });

  it('is off without a group: nothing is called, whatever else is set', async () => {
    const running = startProcess({ settings: [`log.cloudwatch.endpoint=${service.url}`, 'log.cloudwatch.region=eu-west-1'], cwd: directory.path() });
    await running.url();
    expect(await stop(running)).to.equal(0);
    expect(service.calls).to.deep.equal([]);
  });

  it('refuses wrong settings by name, with the exit code of a configuration', async () => {
    for (const [setting, key] of [['log.cloudwatch.group=a b', 'log.cloudwatch.group'], ['log.cloudwatch.endpoint=logs', 'log.cloudwatch.endpoint'], ['log.cloudwatch.secret-key=', 'log.cloudwatch.secret-key']] as const) {
      const running = startProcess({ settings: [`log.cloudwatch.group=${GROUP}`, 'log.cloudwatch.access-key=A', 'log.cloudwatch.secret-key=B', setting], cwd: directory.path() });
      expect(await running.exited(), key).to.equal(EXIT_CONFIGURATION);
      expect(running.errors()).to.match(/^cave: /).and.to.include(key);
    }
  });
});
