import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ApiClient } from '../src/client/api-client.js';
import { eventually } from '../src/walkthrough/eventually.js';
import { openMailbox } from '../src/walkthrough/mailbox.js';
import { cave, startCave, walkthrough, type Finished } from './support/cave.js';

const PASSWORD = 'correct horse battery staple';

describe('the command line against a running CAVE', function () {
  this.timeout(180_000);
  let directory: string;
  let instance: Awaited<ReturnType<typeof startCave>>;
  let environment: Readonly<Record<string, string>>;
  const outbox = (): string => `dir:${join(directory, 'data', 'outbox')}`;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-cli-'));
    instance = await startCave(join(directory, 'data'));
    environment = { XDG_CONFIG_HOME: join(directory, 'config') };
    const email = 'cli@example.com';
    const api = new ApiClient(instance.url, null);
    await api.call('POST', '/users/register', { body: { email } });
    const mailbox = openMailbox(outbox());
    const token = await eventually('the mail', async () => (await mailbox.textsTo(email)).map((text) => /[?&]token=([\w-]+)/.exec(text)?.[1])[0]);
    await api.call('POST', '/users/confirm', { body: { first_name: 'C', last_name: 'L', password: PASSWORD, confirmation_token: token } });
    succeeded(await cave(['login', email, '--url', instance.url], environment, `${PASSWORD}\n`));
    succeeded(await cave(['org', 'create', 'shop', '--email', email, '--notification-url', 'http://127.0.0.1:9/hook'], environment));
  });

  after(async () => {
    expect(await instance.stop()).to.equal(0);
    await rm(directory, { recursive: true });
  });

  const json = async <T>(...args: string[]): Promise<T> => JSON.parse(succeeded(await cave([...args, '--json'], environment)).out) as T;

  it('walks through, twice', async () => {
    for (let time = 0; time < 2; time++) {
      const { out } = succeeded(await walkthrough(['--url', instance.url, '--mail', outbox()]));
      for (const step of ['register', 'publish 10,000 points', 'query stddev', 'query p999', 'receive the webhook "triggered"', 'receive the webhook "resolved"', 'read the history as a metric', 'see that nothing is left']) expect(out).to.contain(`✓ ${step}`);
      expect(out).to.match(/All steps passed/).and.not.contain('✗');
    }
  });

  it('ends the walkthrough with a sentence where it cannot go on', async () => {
    const wrongMail = await walkthrough(['--url', instance.url, '--mail', `dir:${join(directory, 'nowhere')}`]);
    expect(wrongMail.code).to.equal(1);
    expect(wrongMail.out).to.contain('✗ receive the mail');
    expect(wrongMail.err).to.match(/^walkthrough: The mails cannot be read in .*nowhere/);
    expect((await walkthrough(['--mail', 'pigeon'])).code).to.equal(64);
  });

  it('keeps the session readable by its user alone', async () => {
    const file = join(directory, 'config', 'cave', 'session.json');
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect(await readFile(file, 'utf8')).not.to.contain(PASSWORD);
  });

  it('refuses a wrong password', async () => {
    const refused = await cave(['login', 'cli@example.com', '--url', instance.url], { XDG_CONFIG_HOME: join(directory, 'other') }, 'wrong password\n');
    expect([refused.code, refused.err]).to.deep.equal([1, 'cave: Login failed.\n']);
  });

  it('publishes by flags and from standard input, and queries points and windows', async () => {
    const input = Array.from({ length: 250 }, (_, index) => JSON.stringify({ name: 'orders', value: index, tags: { shop: 'a' } })).join('\n');
    expect(succeeded(await cave(['publish', '--batch', '100'], environment, input)).out).to.equal('Published 250 points to shop.\n');
    succeeded(await cave(['publish', 'orders', '--value', '1000', '--tag', 'shop=b:1,c'], environment));
    await eventually('251 points', async () => ((await json<{ metrics: unknown[] }>('query', 'orders', '--limit', '1000')).metrics.length === 251 ? true : undefined));
    const odd = await json<{ metrics: { value: number }[] }>('query', 'orders', '--tag', 'shop=b:1,c');
    expect(odd.metrics.map(({ value }) => value)).to.deep.equal([1000]);
    const sums = await json<{ metrics: { value: number }[] }>('query', 'orders', '--aggregator', 'sum', '--period', '5', '--start', '1h');
    expect(sums.metrics.reduce((sum, { value }) => sum + value, 0)).to.equal((249 * 250) / 2 + 1000);
    expect((await cave(['query'], environment)).out).to.match(/orders +shop/);
  });

  it('says what was published before a failure', async () => {
    const input = `${JSON.stringify({ name: 'partial', value: 1 })}\n${JSON.stringify({ name: 'partial', value: 'x' })}\n`;
    const failed = await cave(['publish', '--batch', '1'], environment, input);
    expect(failed.code).to.equal(1);
    expect(failed.err).to.match(/point 0 is not valid[^]*The first 1 points were published before/);
  });

  it('manages tokens and teams', async () => {
    const team = await json<{ tokens: { id: string; value: string }[] }>('team', 'create', 'web');
    const created = await json<{ id: string; value: string }>('token', 'create', 'second', '--team', 'web');
    const listed = succeeded(await cave(['token', 'list', '--team', 'web', '--json'], environment)).out;
    expect((JSON.parse(listed) as { id: string }[]).map(({ id }) => id)).to.have.members([team.tokens[0]?.id, created.id]);
    expect(listed).not.to.contain(created.value);
    succeeded(await cave(['publish', 'hits', '--value', '1', '--team', 'web'], environment));
    succeeded(await cave(['token', 'delete', created.id, '--team', 'web'], environment));
    const last = await cave(['token', 'delete', team.tokens[0]?.id ?? '', '--team', 'web'], environment);
    expect(last.code).to.equal(1);
    succeeded(await cave(['team', 'delete', 'web'], environment));
    expect((await cave(['token', 'list', '--team', 'web'], environment)).code).to.equal(1);
  });

  it('creates, edits, tries, shows and deletes an alert', async () => {
    const { id } = await json<{ id: string }>('alert', 'create', '--description', 'many', '--condition', 'basket > 5', '--period', '1h', '--disabled');
    const edited = await json<Record<string, unknown>>('alert', 'edit', id, '--condition', 'basket > 7', '--handbook-url', 'https://example.com/h', '--notify-error');
    expect(edited).to.include({ condition: 'basket > 7', enabled: false, handbook_url: 'https://example.com/h', notify_error: true, description: 'many' });
    expect(await json('alert', 'enable', id)).to.include({ enabled: true });
    expect(await json('alert', 'disable', id)).to.include({ enabled: false });
    expect(succeeded(await cave(['alert', 'show', id], environment)).out).to.contain('basket > 7');
    expect(succeeded(await cave(['alert', 'history', id], environment)).out).to.match(/^State: ok/);
    const listed = async (...options: string[]): Promise<string> => succeeded(await cave(['alert', 'list', ...options], environment)).out;
    expect(await listed()).to.match(new RegExp(`^ID +STATE +SINCE +HEALTH +ENABLED +PERIOD +DESCRIPTION +CONDITION\n${id} +ok +- +fine +no +1h +many +basket > 7\n$`));
    expect(await listed('--query', 'BASKET >', '--state', 'ok')).to.contain('basket > 7');
    expect(await listed('--query', 'basket%')).to.equal('There are no such alerts.\n');
    expect(await listed('--state', 'firing')).to.equal('There are no such alerts.\n');
    expect((await cave(['alert', 'list', '--state', 'burning'], environment)).code).to.equal(64);
    expect(await json('alert', 'list', '--query', 'many')).to.have.nested.property('[0].status').that.deep.includes({ state: 'ok', since: null, health: 'fine' });
    const wrong = await cave(['alert', 'edit', id, '--condition', 'basket >> 7'], environment);
    expect([wrong.code, /column 9/.test(wrong.err)]).to.deep.equal([1, true]);
    succeeded(await cave(['publish', 'basket', '--value', '8', '--time', '2m'], environment));
    const steps = await eventually('the steps', async () => (await json<{ metrics: { value: number }[] }>('alert', 'check', 'basket > 7', '--start', '10m')).metrics);
    expect(steps.map(({ value }) => value)).to.include.members([0, 1]);
    succeeded(await cave(['alert', 'delete', id], environment));
    expect((await cave(['alert', 'show', id], environment)).code).to.equal(1);
  });

  it('feeds the metrics of this computer', async () => {
    expect(succeeded(await cave(['feed', 'host', '--once'], environment)).out).to.match(/published \d+ points/);
    for (const metric of ['host.cpu.busy', 'host.load', 'host.memory.used', 'host.disk.used', 'host.network.received']) {
      const values = await eventually(metric, async () => (await json<{ metrics: { value: number }[] }>('query', metric, '--tag', `host=${hostname()}`)).metrics);
      expect(values[0]?.value, metric).to.be.at.least(0);
    }
  });

  it('tells apart what failed and what was called in a wrong way', async () => {
    const nobody = { XDG_CONFIG_HOME: join(directory, 'nobody') };
    expect((await cave(['query', 'x', '--org', 'shop', '--url', instance.url], nobody)).err).to.match(/not logged in/);
    expect((await cave(['query', 'x'], nobody)).code).to.equal(64);
    expect((await cave(['org', 'create', 'x'], environment)).code).to.equal(64);
    expect((await cave(['query', 'x', '--period', '0'], environment)).code).to.equal(64);
    expect((await cave(['query', 'x', '--nonsense'], environment)).code).to.equal(64);
    expect((await cave(['feed', 'host', '--once', '--token', 'wrong'], environment)).code).to.equal(1);
    expect((await cave(['org', 'list', '--help'], environment)).code).to.equal(0);
    const unreachable = await cave(['publish', 'x', '--value', '1', '--org', 'o', '--token', 't', '--url', 'http://127.0.0.1:1'], nobody);
    expect([unreachable.code, /does not answer/.test(unreachable.err)]).to.deep.equal([1, true]);
  });
});

function succeeded(finished: Finished): Finished {
  expect(finished.code, finished.err + finished.out).to.equal(0);
  return finished;
}
