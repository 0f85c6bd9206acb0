import { Command } from 'commander';
import { definitionsOf } from '../wiring.js';
import { withServiceOptions, type ServiceOptions } from './service-options.js';

/** `cave config`: the effective configuration, each value with its source, secrets masked. */
export function configCommand(): Command {
  return withServiceOptions(new Command('config').description('print the effective configuration of a service')).action(async (options: ServiceOptions) => {
    const [runtime, definitions] = await Promise.all([import('@cave/app-runtime'), definitionsOf(options.service)]);
    const configuration = await runtime.loadConfiguration(definitions, {
      shipped: runtime.shippedConfiguration(options.service),
      config: options.config,
      assignments: options.set,
      environment: process.env,
    });
    process.stdout.write(`${runtime.printConfiguration(configuration.entries)}\n`);
  });
}
