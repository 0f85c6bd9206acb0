import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { eventually, failsWith, within } from '@cave/conformance';
import type { LogSink, Telemetry } from '@cave/core';
import { CloudWatchLogsStandIn } from '@cave/test-servers';
import { expect } from 'chai';
import openLogSink from '../src/log-sink.js';
import type { LogSinkOptions } from '../src/log-sink-options.js';
import { complaints, recordingContext, type Line } from './support/recording.js';

const PATIENCE_MS = 20_000;
const GROUP = '/cave/api';
const STREAM = 'api-1';
const MIB = 1_048_576;

describe('CloudWatch Logs sink, against a stand-in', function () {
  this.timeout(60_000);
  let service: CloudWatchLogsStandIn;
  const opened: LogSink[] = [];
  beforeEach(async () => {
    service = await CloudWatchLogsStandIn.start();
    service.createGroup(GROUP);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((sink) => sink.close()));
    await service.close();
  });

  const options = (changes: Partial<LogSinkOptions> = {}): LogSinkOptions => ({ group: GROUP, stream: STREAM, region: 'eu-west-1', endpoint: service.url, 'access-key': 'AKIAEXAMPLE', 'secret-key': 'test', ...changes });

  function open(changes: Partial<LogSinkOptions> = {}): { readonly sink: LogSink; readonly lines: readonly Line[]; readonly counts: ReadonlyMap<string, number> } {
    const { context, lines } = recordingContext();
    const counts = new Map<string, number>();
    const telemetry: Telemetry = {
      ...context.telemetry,
      count: (name, by = 1, labels = {}) => {
        const key = [name, ...Object.values(labels)].join(' ');
        counts.set(key, (counts.get(key) ?? 0) + by);
      },
    };
    const sink = openLogSink(options(changes), { ...context, telemetry });
    opened.push(sink);
    return { sink, lines, counts };
  }
  const messages = (): string[] => service.eventsOf(GROUP, STREAM).map(({ message }) => message);
  const arrived = (expected: readonly string[]) => eventually(`the lines ${expected.join(', ')} arrive`, PATIENCE_MS, () => JSON.stringify(messages()) === JSON.stringify(expected));
  const said = (lines: readonly Line[], event: string) => eventually(`it says ${event}`, PATIENCE_MS, () => lines.some((line) => line.event === event));
  const puts = (): number => service.calls.filter(({ action }) => action === 'PutLogEvents').length;

  it('makes its stream, gathers lines into one call, and says nothing', async () => {
    const { sink, lines, counts } = open();
    const before = Date.now();
    for (const line of ['one', 'two', '{"three":"ü"}']) sink.write(line);
    await arrived(['one', 'two', '{"three":"ü"}']);
    expect(puts()).to.equal(1);
    expect(service.calls.map(({ action, accessKey }) => [action, accessKey])).to.deep.equal([['CreateLogStream', 'AKIAEXAMPLE'], ['PutLogEvents', 'AKIAEXAMPLE']]);
    for (const { timestamp } of service.eventsOf(GROUP, STREAM)) expect(timestamp).to.be.within(before, Date.now());
    await sink.close();
    expect(lines).to.deep.equal([]);
    expect([...counts]).to.deep.equal([['cave_log_lines_shipped_total', 3]]);
  });

  it('goes on in a stream that is there already', async () => {
    for (const line of ['one', 'two']) {
      const { sink, lines } = open();
      sink.write(line);
      await sink.close();
      expect(lines).to.deep.equal([]);
    }
    expect(messages()).to.deep.equal(['one', 'two']);
  });

  it('does no I/O before there is a line, and none when it is closed without one', async () => {
    const { sink } = open();
    await sink.close();
    await sink.close();
    expect(service.calls).to.deep.equal([]);
  });

  it('many lines at once go in calls that the service takes, each line once and in order', async () => {
    const { sink, lines } = open();
    const written = Array.from({ length: 25_000 }, (_, i) => `${String(i)} ${'x'.repeat(i % 200)}`);
    for (const line of written) sink.write(line);
    await eventually('all arrive', PATIENCE_MS, () => messages().length === written.length);
    expect(messages()).to.deep.equal(written);
    expect(lines).to.deep.equal([]);
  });

  it('a line of a megabyte is cut, not refused', async () => {
    const { sink, lines, counts } = open();
    sink.write('x'.repeat(MIB));
    sink.write('after');
    await eventually('both arrive', PATIENCE_MS, () => messages().length === 2);
    await sink.close();
    expect(messages()[0]).to.match(/ \[cut: 1048576 bytes\]$/);
    expect(lines).to.deep.equal([]);
    expect(counts.get('cave_log_lines_shipped_total')).to.equal(2);
  });

  it('throttled: tries again later, says so once, says once when it is over, and loses nothing', async () => {
    const { sink, lines } = open();
    service.throttle(3);
    sink.write('one');
    await said(lines, 'log_sink_failed');
    sink.write('two');
    await arrived(['one', 'two']);
    await said(lines, 'log_sink_recovered');
    expect(lines.map(({ event }) => event)).to.deep.equal(['log_sink_failed', 'log_sink_recovered']);
  });

  it('denied, away or without its group: the same, and the reason can be acted on', async () => {
    const cases: readonly (readonly [what: string, begin: () => unknown, end: () => unknown, reason: RegExp])[] = [
      ['denied', () => service.deny(true), () => service.deny(false), /policy of these credentials/],
      ['away', () => service.vanish(), () => service.appear(), /ECONNREFUSED/],
      ['without its group', () => service.deleteGroup(GROUP), () => service.createGroup(GROUP), /There is no log group "\/cave\/api".*log\.cloudwatch\.group/],
    ];
    const { sink, lines } = open();
    sink.write('first');
    await arrived(['first']);
    for (const [what, begin, end, reason] of cases) {
      const from = lines.length;
      await begin();
      sink.write(what);
      await eventually(`${what}: it says so`, PATIENCE_MS, () => lines.length > from);
      expect(String(lines[from]?.fields['reason'])).to.match(reason);
      await end();
      await eventually(`${what}: the line arrives`, PATIENCE_MS, () => messages().includes(what));
      await eventually(`${what}: it says that it is over`, PATIENCE_MS, () => lines.slice(from).some(({ event }) => event === 'log_sink_recovered'));
      expect(lines.slice(from).map(({ event }) => event), what).to.deep.equal(['log_sink_failed', 'log_sink_recovered']);
    }
  });

  it('a stream that was deleted is made again, without a word', async () => {
    const { sink, lines } = open();
    sink.write('first');
    await arrived(['first']);
    service.deleteGroup(GROUP);
    service.createGroup(GROUP);
    sink.write('second');
    await arrived(['second']);
    expect(lines).to.deep.equal([]);
  });

  it('a group that was never there is named, with what to do', async () => {
    const { sink, lines } = open({ group: '/cave/missing' });
    sink.write('one');
    await said(lines, 'log_sink_failed');
    expect(lines[0]?.fields['reason']).to.match(/There is no log group "\/cave\/missing"\. Make it/);
    service.createGroup('/cave/missing');
    await eventually('the line arrives', PATIENCE_MS, () => service.eventsOf('/cave/missing', STREAM).length === 1);
  });

  it('over its bound it drops the oldest, and says how many once it is well, in a line and a metric', async () => {
    const { sink, lines, counts } = open();
    service.deny(true);
    sink.write('first');
    await said(lines, 'log_sink_failed');
    const line = (i: number): string => `${String(i).padStart(4, '0')} ${'x'.repeat(100_000)}`;
    const written = 120; // 12 MB
    for (let i = 0; i < written; i += 1) sink.write(line(i));
    service.deny(false);
    await eventually('the last line arrives', PATIENCE_MS, () => messages().at(-1) === line(written - 1));
    await said(lines, 'log_lines_dropped');
    const dropped = written + 1 - messages().length;
    expect(dropped).to.be.above(30);
    expect(messages()).to.deep.equal(Array.from({ length: messages().length }, (_, i) => line(written - messages().length + i)));
    expect(complaints(lines)).to.deep.equal(['log_sink_failed', 'log_lines_dropped']);
    expect(lines.find(({ event }) => event === 'log_lines_dropped')?.fields).to.include({ full: dropped });
    expect(counts.get('cave_log_lines_dropped_total full')).to.equal(dropped);
  });

  it('lines that the service rejects for their time are counted and told, and the others kept', async () => {
    const now = Date.now;
    const { sink, lines, counts } = open();
    try {
      sink.write('now');
      Date.now = () => now() + 3 * 3_600_000;
      sink.write('tomorrow');
    } finally {
      Date.now = now;
    }
    await arrived(['now']);
    await said(lines, 'log_lines_dropped');
    expect(lines[0]?.fields).to.include({ rejected: 1 });
    expect(counts.get('cave_log_lines_dropped_total rejected')).to.equal(1);
    expect(counts.get('cave_log_lines_shipped_total')).to.equal(1);
  });

  it('a batch that the service refuses for ever does not hold up the next one', async () => {
    const { sink, lines, counts } = open();
    sink.write(''); // CloudWatch Logs takes no empty message
    await said(lines, 'log_lines_dropped');
    expect(lines[0]?.fields).to.include({ refused: 1 });
    expect(String(lines[0]?.fields['reason'])).to.include('InvalidParameterException');
    sink.write('next');
    await arrived(['next']);
    expect(counts.get('cave_log_lines_dropped_total refused')).to.equal(1);
  });

  it('closing sends what waits, at once', async () => {
    const { sink, lines } = open();
    sink.write('last words');
    await within('close', 1_000, sink.close());
    expect(messages()).to.deep.equal(['last words']);
    sink.write('afterwards');
    expect(lines).to.deep.equal([]);
  });

  it('closing takes 2 s at most when nobody answers, and says how many lines are lost', async () => {
    const { sink, lines, counts } = open();
    service.silence(true);
    sink.write('one');
    sink.write('two');
    await within('close', 3_000, sink.close());
    expect(lines.map(({ event, fields }) => [event, fields['unsent']])).to.deep.equal([['log_lines_dropped', 2]]);
    expect(counts.get('cave_log_lines_dropped_total unsent')).to.equal(2);
  });

  it('credentials that do not come hold up neither lines nor the end', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const sockets = new Set<Socket>();
    silent.on('connection', (socket) => sockets.add(socket));
    const names = ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'];
    const before = names.map((name) => process.env[name]);
    const set = (name: string, value: string | undefined): void => void (value === undefined ? Reflect.deleteProperty(process.env, name) : (process.env[name] = value));
    for (const name of names) set(name, undefined);
    set('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`);
    set('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    set('AWS_CONFIG_FILE', '/dev/null');
    try {
      const { sink, lines } = open({ 'access-key': '', 'secret-key': '' });
      sink.write('one');
      await eventually('they are looked for', PATIENCE_MS, () => sockets.size > 0);
      await within('close', 3_000, sink.close());
      expect(lines.map(({ event, fields }) => [event, fields['unsent']])).to.deep.equal([['log_lines_dropped', 1]]);
    } finally {
      for (const [i, name] of names.entries()) set(name, before[i]);
      for (const socket of sockets) socket.destroy();
      silent.close();
      await once(silent, 'close');
    }
  });

  it('closing tries again what was throttled', async () => {
    const { sink, lines } = open();
    service.throttle(2);
    sink.write('patience');
    await sink.close();
    expect(messages()).to.deep.equal(['patience']);
    expect(complaints(lines)).to.deep.equal([]);
  });

  it('wrong options are refused by name', async () => {
    const wrong: readonly (readonly [Partial<LogSinkOptions>, string])[] = [
      [{ group: 'a b' }, 'log.cloudwatch.group'],
      [{ stream: 'a:b' }, 'log.cloudwatch.stream'],
      [{ endpoint: 'logs' }, 'log.cloudwatch.endpoint'],
      [{ 'secret-key': '' }, 'log.cloudwatch.secret-key'],
    ];
    for (const [changes, key] of wrong) {
      const error = await failsWith('configuration', key, () => open(changes));
      expect(error.message).to.include(key);
    }
  });
});
