import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { CaveError, type PortName } from '@cave/core';
import { loadAdapter } from '../../src/adapters/load.js';
import { loadConfiguration, type Configuration } from '../../src/configuration/load.js';
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

  it('says of an announced adapter that this version does not bring it', async () => {
    expect(await refusal(loadAdapter('work-queue', 'sqs', '"profile"'))).to.include('does not bring yet');
  });
});

describe('configuration of a service', () => {
  const directory = temporaryDirectory();

  function load(settings: Readonly<Record<string, unknown>>, environment: Readonly<Record<string, string>> = {}, port: PortName = 'mailer'): Promise<Configuration> {
    const shipped = join(directory.path(), 'shipped.yaml');
    writeFileSync(shipped, '');
    return loadConfiguration([fakeService({ ports: [port] })], { shipped, config: undefined, assignments: Object.entries(settings).map(([key, value]) => `${key}=${String(value)}`), environment });
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
    expect(message).to.include('"adapters.mailer" (--set adapters.mailer) names the mailer adapter "sqs", which this version of CAVE does not bring yet.').and.include('"log.level"');
  });

  it('says one sentence for a profile whose adapters are not built', async () => {
    const message = await refusal(load({ profile: 'aws' }, {}, 'work-queue'));
    expect(message).to.equal('"profile" (--set profile) names the work-queue adapter "sqs", which this version of CAVE does not bring yet. Here work-queue can be embedded or rabbitmq or redis, or a plugin.');
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
});
