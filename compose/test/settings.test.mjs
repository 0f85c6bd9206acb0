import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { ROOT } from '../../scripts/lib/ready.mjs';
import { COMPOSE, composeFile, ownServices } from './support/stacks.mjs';

const load = (path) => import(pathToFileURL(join(ROOT, path)).href);
const [{ loadConfiguration, shippedConfiguration }, { allServices }] = await Promise.all([
  load('apps/runtime/dist/src/index.js'),
  load('apps/all-in-one/dist/src/index.js'),
]);

/** The environment of a container, its secrets' files where they are in this checkout. */
function environmentOf(stack, name) {
  return Object.fromEntries(Object.entries(stack.services[name].environment).map(([variable, value]) => {
    const [, secret] = /^\/run\/secrets\/(.+)$/.exec(value) ?? [];
    return [variable, secret === undefined ? value : resolve(COMPOSE, stack.secrets[secret].file)];
  }));
}

/** What the process of a compose service runs. */
function definitionOf(stack, name) {
  const { build, command = [] } = stack.services[name];
  const service = build.target === 'cli' ? command[command.indexOf('--service') + 1] : build.target;
  return allServices.find((definition) => definition.name === service);
}

async function configurationOf(stack, name, environment) {
  const definition = definitionOf(stack, name);
  // The migration job reads the config store's options and judges no others.
  const judged = stack.services[name].build.target === 'cli' ? ['config-store'] : definition.ports;
  return loadConfiguration([definition], { shipped: shippedConfiguration(definition.name), config: undefined, assignments: [], environment, onlyPorts: judged });
}

const nothing = () => {};
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger };
/** What an adapter is made with. Making one does no I/O, and refuses what its schema cannot say. */
const context = { logger, telemetry: { count: nothing, gauge: nothing, observe: nothing }, clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() }, service: 'test', instanceId: 'test' };

for (const file of ['open.yaml', 'aws.yaml']) {
  describe(`the settings of compose/${file}`, function () {
    // Adapters are loaded, with their libraries.
    this.timeout(60_000);
    const stack = composeFile(file);

    for (const name of ownServices(stack)) {
      it(`${name}: each is one of CAVE's, with a value that it takes`, async () => {
        const environment = environmentOf(stack, name);
        const { entries, adapters, notifiers } = await configurationOf(stack, name, environment);
        for (const { definition, options } of [...adapters.values(), ...notifiers]) definition.create(options, context);
        const read = entries.flatMap(({ source }) => [...source.text.matchAll(/environment variable (\w+)/g)].map(([, variable]) => variable));
        const ignored = Object.keys(environment).filter((variable) => !read.includes(variable));
        expect(ignored).to.deep.equal([]);
      });
    }

    it('would be found out if one were no setting', async () => {
      const environment = { ...environmentOf(stack, 'api'), DATABASE_HOSTT: 'postgres' };
      const { entries } = await configurationOf(stack, 'api', environment);
      expect(entries.some(({ source }) => source.text.includes('DATABASE_HOSTT'))).to.equal(false);
      await configurationOf(stack, 'api', { ...environmentOf(stack, 'api'), DATABASE_PORT: 'none' }).then(
        () => expect.fail('a wrong value was taken'),
        (error) => expect(error.message).to.include('DATABASE_PORT'),
      );
    });
  });
}
