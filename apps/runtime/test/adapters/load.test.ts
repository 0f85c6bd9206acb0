import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { CaveError, type PortName } from '@cave/core';
import { loadAdapter } from '../../src/adapters/load.js';
import { PROFILE_ADAPTERS, type SinglePort } from '../../src/adapters/profiles.js';
import { loadConfiguration, type Configuration } from '../../src/configuration/load.js';
import type { ServiceDefinition } from '../../src/service.js';
import { fakeService } from '../support/fake-service.js';
import { temporaryDirectory } from '../support/temporary.js';

const MAILER = fileURLToPath(new URL('../support/adapters/file-mailer.js', import.meta.url));
const NO_ADAPTER = fileURLToPath(new URL('../support/adapters/not-an-adapter.js', import.meta.url));

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    expect(error).to.be.instanceOf(CaveError);
    expect((error as CaveError).code).to.equal('configuration');
    return (error as CaveError).message;
  }
  throw new Error('it was accepted');
}

describe('adapter loading', () => {
  const directory = temporaryDirectory();

  it('loads a plugin by file name', async () => {
    const loaded = await loadAdapter('mailer', MAILER, '"adapters.mailer"');
    expect(loaded.definition.name).to.equal('file-mailer');
    expect(loaded.builtIn).to.equal(false);
  });

  it('loads a plugin by package name from where it was started', async () => {
    const before = process.cwd();
    const home = join(directory.path(), 'node_modules', 'cave-test-plugin');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'cave-test-plugin', type: 'module', exports: './index.js' }));
    writeFileSync(join(home, 'index.js'), `export { default } from ${JSON.stringify(MAILER)};\n`);
    try {
      process.chdir(directory.path());
      expect((await loadAdapter('mailer', 'cave-test-plugin', '"adapters.mailer"')).definition.name).to.equal('file-mailer');
    } finally {
      process.chdir(before);
    }
  });

  it('refuses an adapter of another port, naming both', async () => {
    expect(await refusal(loadAdapter('work-queue', MAILER, '"adapters.work-queue" (file my.yaml)'))).to.match(/"adapters.work-queue" \(file my.yaml\).*for the mailer port, not for work-queue/);
  });

  it('refuses what defineAdapter did not make, a missing file and an unknown name', async () => {
    expect(await refusal(loadAdapter('mailer', NO_ADAPTER, '"adapters.mailer"'))).to.include('not an adapter made by defineAdapter');
    expect(await refusal(loadAdapter('mailer', './nothing.js', '"adapters.mailer"'))).to.include('there is no file');
    expect(await refusal(loadAdapter('mailer', 'embeded', '"adapters.mailer"'))).to.include('Did you mean "embedded"?');
  });

  it('brings the adapter of every port in every profile', async () => {
    for (const [profile, ports] of Object.entries(PROFILE_ADAPTERS)) {
      for (const [port, name] of Object.entries(ports)) {
        const { definition, builtIn } = await loadAdapter(port as SinglePort, name, `the profile ${profile}`);
        expect({ port: definition.port, name: definition.name, builtIn }).to.deep.equal({ port, name, builtIn: true });
      }
    }
  }).timeout(60_000);
});

describe('configuration of a service', () => {
  const directory = temporaryDirectory();

  function load(settings: Readonly<Record<string, unknown>>, environment: Readonly<Record<string, string>> = {}, port: PortName = 'mailer'): Promise<Configuration> {
    return loadFor([fakeService({ ports: [port] })], Object.entries(settings).map(([key, value]) => `${key}=${String(value)}`), environment);
  }

  function loadFor(services: readonly ServiceDefinition[], assignments: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Configuration> {
    const shipped = join(directory.path(), 'shipped.yaml');
    writeFileSync(shipped, '');
    return loadConfiguration(services, { shipped, config: undefined, assignments, environment });
  }

  it('validates an adapter’s options by its own schema, fills defaults and rejects unknown keys', async () => {
    const configuration = await load({ 'adapters.mailer': MAILER, 'mail.sick-file': 'x' });
    expect(configuration.adapters.get('mailer')?.options).to.deep.equal({ 'sick-file': 'x', 'refused-starts': 0 });
    const message = await refusal(load({ 'adapters.mailer': MAILER, 'mail.sik-file': 'x', 'mail.refused-starts': 'often', 'api-service.greting': 'hi' }));
    expect(message.split('\n')).to.have.members([
      '"mail.sik-file" (--set mail.sik-file) is not a setting. Did you mean "mail.sick-file"?',
      '"mail.refused-starts" (--set mail.refused-starts) must be integer.',
      '"api-service.mail.sick-file" is required and was not given.',
      '"api-service.greting" (--set api-service.greting) is not a setting. Did you mean "api-service.greeting"?',
    ]);
  });

  it('names a wrong adapter and a wrong setting at once', async () => {
    const message = await refusal(load({ 'adapters.mailer': 'sqs', 'mail.host': 'x', 'log.level': 'loud' }));
    expect(message.split('\n')).to.have.length(2);
    expect(message).to.include('"adapters.mailer" (--set adapters.mailer) names the mailer adapter "sqs"; there is no such built-in adapter (embedded, smtp) and no such package is installed.').and.include('"log.level"');
  });

  it('asks on the profile aws for what has no default there, by both names, and takes an empty text for an answer', async () => {
    expect((await refusal(load({ profile: 'aws', 'mail.from': 'cave@example.com', 'smtp.user': 'u' }))).split('\n')).to.have.members([
      '"api-service.mail.host" (smtp.host) is required on the profile aws and was not given.',
      '"api-service.mail.password" (smtp.password) is required on the profile aws and was not given.',
    ]);
    const { adapters } = await load({ profile: 'aws', 'mail.from': 'cave@example.com', 'smtp.host': 'relay', 'smtp.user': '', 'smtp.password': '' });
    expect(adapters.get('mailer')?.options).to.include({ host: 'relay', user: '', password: '' });
  });

  it('asks for no password of a metrics store that is given a token, and leaves other adapters than the profile’s alone', async () => {
    const store = { profile: 'aws', 'influx.url': 'http://influxdb:8086' };
    expect((await refusal(load(store, {}, 'metrics-store'))).split('\n')).to.have.length(2);
    expect((await load({ ...store, 'metrics-store.token': 't' }, {}, 'metrics-store')).adapters.get('metrics-store')?.options).to.include({ token: 't', user: '' });
    expect((await load({ profile: 'aws', 'adapters.mailer': MAILER, 'mail.sick-file': 'x' })).adapters.size).to.equal(1);
  });

  it('takes the first CAVE’s converters, and refuses a class that it does not bring', async () => {
    const settings = { 'adapters.mailer': MAILER, 'mail.sick-file': 'x', 'api-service.converters.list': 'worker.converter.PagerDutyConverter' };
    const { entries } = await load(settings, { CONVERTERS_DEFAULT: 'worker.converter.JsonConverter' });
    expect(entries.filter(({ key }) => key.includes('converters')).map(({ value }) => value)).to.deep.equal([['worker.converter.PagerDutyConverter'], 'worker.converter.JsonConverter']);
    expect(await refusal(load(settings, { CONVERTERS_DEFAULT: 'com.example.Mine' }))).to.match(/^"converters.default" .*worker.converter.JsonConverter\.$/);
  });

  it('passes over sections of services and ports that are not run here', async () => {
    const settings = { 'adapters.mailer': MAILER, 'mail.sick-file': 'x', 'worker.anything': 1, 'raw-stream.brokers': 'a' };
    expect((await load(settings, { WORKER_INFLUX_USER: 'u', SCHEDULER_AWS_RDS_DATABASE_USER: 'u' })).services.size).to.equal(1);
  });

  it('hands a service its own settings, and the shared ones by full key', async () => {
    const configuration = await load({ 'adapters.mailer': MAILER, 'mail.sick-file': 'x', 'www.base-url': 'https://cave.example.com' });
    expect(configuration.services.get('api-service')).to.include({ greeting: 'hello', 'http.port': 7001 });
    expect(configuration.base).to.include({ 'www.base-url': 'https://cave.example.com', profile: 'embedded' });
  });

  it('lets notification URLs reach this machine only while every service of the process listens on loopback alone', async () => {
    const services = [fakeService({ ports: ['notifier'] }), fakeService({ name: 'www', rootKey: 'www', ownPort: true })];
    const reaches = async (...assignments: readonly string[]): Promise<boolean> => (await loadFor(services, assignments)).loopbackReceivers;
    expect(await reaches()).to.equal(true);
    expect(await reaches('www.http.host=::1', 'api-service.http.host=localhost')).to.equal(true);
    expect(await reaches('www.http.host=0.0.0.0')).to.equal(false);
    expect(await reaches('api-service.http.host=192.168.0.1')).to.equal(false);
  });
});
