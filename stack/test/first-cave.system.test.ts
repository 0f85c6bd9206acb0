import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { SMTPServer } from 'smtp-server';
import { Stack } from '../src/index.js';
import { describeOnStack } from './support/describe-on-stack.js';
import { NAMES, REQUIRED, ROOT_KEYS, SERVICES, settingsOf, WAYS, type FirstService, type MailServer, type Settings } from './support/first-cave.js';
import { killLeftovers, startTold, type ToldProcess } from './support/told-process.js';

/** What each service says to AWS if it read its names. */
const SPOKEN: Readonly<Record<FirstService, readonly string[]>> = {
  api: [NAMES.stream, NAMES.topic],
  dbwriter: [NAMES.stream],
  scheduler: [NAMES.topic, NAMES.changes, NAMES.schedule],
  worker: [NAMES.stream, NAMES.schedule],
};

/** The vendor-neutral name below a root key, for what the profile does not assume. */
const NEUTRAL: Readonly<Record<string, string>> = {
  'aws.rds.database-server': 'database.host',
  'aws.rds.database-user': 'database.user',
  'aws.rds.database-password': 'database.password',
  'influx.url': 'metrics-store.url',
  'influx.user': 'metrics-store.user',
  'influx.pass': 'metrics-store.password',
  'smtp.host': 'mail.host',
  'smtp.user': 'mail.user',
  'smtp.password': 'mail.password',
};

const without = (settings: Settings, ...keys: readonly string[]): Settings => Object.fromEntries(Object.entries(settings).filter(([key]) => !keys.includes(key)));

describeOnStack('aws', 'the first CAVE’s parameter names', () => {
  const user = { user: 'apikey', password: 'sesame-of-mail' };
  let directory: string;
  let stack: Stack;
  let mail: MailServer;
  let mailServer: SMTPServer;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-first-'));
    // Servers and a database that is up to date; the services are this suite's own.
    stack = await Stack.start({ profile: 'aws', directory, instances: 0, noteCalls: true });
    mailServer = new SMTPServer({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true, onAuth: ({ username, password }, _session, done) => (username === user.user && password === user.password ? done(null, { user: username }) : done(new Error('Wrong password'))) });
    mailServer.listen(0, '127.0.0.1');
    await once(mailServer.server, 'listening');
    mail = { ...user, port: (mailServer.server.address() as AddressInfo).port };
  });
  afterEach(killLeftovers);
  after(async () => {
    await new Promise<void>((resolve) => (mailServer === undefined ? resolve() : mailServer.close(() => resolve())));
    await stack?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const settings = (service: FirstService, accessKey: string = service): Settings => settingsOf(service, stack, mail, accessKey);
  const start = async (way: string, app: string, told: Settings): Promise<ReturnType<typeof startTold>> => startTold(app, await (WAYS[way] ?? expect.fail(way))(told, directory), directory);
  const refusal = async (way: string, app: string, told: Settings): Promise<readonly string[]> => {
    const { code, errors } = await (await start(way, app, told)).ended;
    expect({ code, stack: /\n\s+at /.test(errors) }, errors).to.deep.equal({ code: 78, stack: false });
    return errors.trim().split('\n');
  };

  for (const way of Object.keys(WAYS)) {
    it(`start each service by ${way}`, async () => {
      const keyOf = (service: FirstService): string => `${service}-by-${way.replaceAll(/\W/g, '')}`;
      const started = async (service: FirstService): Promise<readonly [FirstService, ToldProcess]> => [service, await start(way, service, settings(service, keyOf(service)))];
      const [api, process] = await started('api');
      // The api makes the topic, and the scheduler waits for it.
      await process.url;
      const all = [[api, process] as const, ...(await Promise.all(SERVICES.filter((service) => service !== 'api').map(started)))];
      for (const [service, { url }] of all) {
        const healthcheck = new URL('/_internal_/healthcheck', await url);
        // A scheduler is well once it has loaded the alerts, which is a moment after it listens.
        await eventually(`${service} is well`, async () => ((await fetch(healthcheck)).ok ? true : undefined));
      }
      for (const [service, one] of all) {
        one.stop();
        const { code, errors, output } = await one.ended;
        expect({ code, errors }, service).to.deep.equal({ code: 0, errors: '' });
        expect(output.split('\n').filter((line) => line.includes('"level":"error"')), service).to.deep.equal([]);
        const said = JSON.stringify(stack.gateway?.calls.filter((call) => call.accessKey === keyOf(service)));
        for (const name of SPOKEN[service]) expect(said, `${service} speaks of ${name}`).to.include(name);
      }
    });

    for (const service of SERVICES) {
      it(`are named by ${service} where one is missing in ${way}, each in a sentence, by both names`, async () => {
        const root = ROOT_KEYS[service];
        const needed = REQUIRED[service].filter((name) => !name.startsWith('aws.credentials.'));
        const servers = [...(needed.includes('influx.user') ? ['influx.url'] : []), ...(needed.includes('aws.rds.database-user') ? ['aws.rds.database-server'] : [])];
        const mails = service === 'api' || service === 'worker' ? ['smtp.host', 'smtp.user', 'smtp.password'] : [];
        const all = [...needed, ...servers, ...mails];
        const sentences = all.map((name) => `"${root}.${NEUTRAL[name] ?? ''}" (${name}) is required on the profile aws and was not given.`);
        const lines = await refusal(way, service, without(settings(service), ...all.flatMap((name) => [name, `${root}.${name}`])));
        expect(lines.map((line) => line.replace(/^cave: /, ''))).to.have.members(sentences);
        const [first = ''] = needed;
        expect(await refusal(way, service, without(settings(service), `${root}.${first}`))).to.have.length(1);
      });
    }
  }

  for (const service of SERVICES) {
    it(`${service} names the key of a pair that is missing`, async () => {
      for (const [given, missing] of [['secret-key', 'access-key'], ['access-key', 'secret-key']] as const) {
        const lines = await refusal('--set', service, without(settings(service), `${ROOT_KEYS[service]}.aws.credentials.${missing}`));
        expect(lines).to.have.length(1);
        expect(lines[0]).to.match(new RegExp(`\\.${given} is given and .*\\.${missing} is not`));
      }
    });

    it(`${service} says that it found no credentials where there are none at all`, async () => {
      const keys = ['access-key', 'secret-key'].map((key) => `${ROOT_KEYS[service]}.aws.credentials.${key}`);
      const lines = await refusal('environment variables', service, without(settings(service), ...keys));
      expect(lines).to.have.length(1);
      expect(lines[0]).to.include('no credentials were found').and.include('access-key');
    });
  }

  it('and the names of today are one setting: different values are refused, equal ones are not', async () => {
    const told = settings('dbwriter');
    const [sentence, ...others] = await refusal('--set', 'dbwriter', { ...told, 'db-writer.metrics-store.url': 'http://elsewhere:8086' });
    expect(others).to.deep.equal([]);
    expect(sentence).to.include('"db-writer.influx.url"').and.include('"db-writer.metrics-store.url"').and.include('two names of one setting');
    const process = await start('--set', 'dbwriter', { ...told, 'db-writer.metrics-store.url': told['db-writer.influx.url'] });
    await process.url;
    process.stop();
    expect((await process.ended).code).to.equal(0);
  });

  it('are shown by `cave config` with their sources, secrets masked', async () => {
    for (const service of SERVICES) {
      const told = settings(service);
      const { args, environment } = await (WAYS['environment variables'] ?? expect.fail())(told, directory);
      const { code, output, errors } = await startTold('cli', { args: ['config', '--service', service, ...args], environment }, directory).ended;
      expect({ code, errors }).to.deep.equal({ code: 0, errors: '' });
      const secrets = Object.entries(told).filter(([key]) => /password$|\.pass$|secret-key$/.test(key) && output.includes(`${key}:`));
      expect(secrets.map(([key]) => key)).to.include(`${ROOT_KEYS[service]}.aws.credentials.secret-key`);
      for (const [key, value] of secrets) {
        expect(output).to.match(new RegExp(`^${key.replaceAll('.', '\\.')}: \\*{8} +# environment variable [A-Z_]+$`, 'm'));
        // Two of the servers' passwords are short words that stand elsewhere too.
        if (String(value).length > 6) expect(output).not.to.include(String(value));
      }
    }
  });
});
