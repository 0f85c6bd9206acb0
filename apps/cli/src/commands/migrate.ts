import { Command } from 'commander';
import { definitionsOf } from '../wiring.js';
import { withServiceOptions, type ServiceOptions } from './service-options.js';

/** `cave migrate`: applies the schema scripts that the config store's database lacks. */
export function migrateCommand(): Command {
  return withServiceOptions(new Command('migrate').description('bring the config store’s database up to this version of CAVE')).action(async (options: ServiceOptions) => {
    const [runtime, definitions] = await Promise.all([import('@cave/app-runtime'), definitionsOf(options.service)]);
    const configuration = await runtime.loadConfiguration(definitions, {
      shipped: runtime.shippedConfiguration(options.service),
      config: options.config,
      assignments: options.set,
      environment: process.env,
      onlyPorts: ['config-store'],
    });
    const store = configuration.adapters.get('config-store');
    if (store === undefined) {
      process.stdout.write(`The service ${options.service} uses no config store: there is nothing to migrate.\n`);
      return;
    }
    if (store.definition.migrate === undefined) {
      process.stdout.write(`The config store "${store.definition.name}" migrates itself at start: there is nothing to do.\n`);
      return;
    }
    const applied = await store.definition.migrate(store.options);
    process.stdout.write(applied.length === 0 ? 'The database is up to date.\n' : `${applied.map((name) => `Applied ${name}\n`).join('')}`);
  });
}
