import { Command } from 'commander';
import { definitionsOf } from '../wiring.js';
import { serviceArguments, withServiceOptions, type ServiceOptions } from './service-options.js';
import { startSummary } from './start-summary.js';

/** `cave start`: one service, or all of them in one process, until SIGTERM or Ctrl-C. */
export function startCommand(): Command {
  return withServiceOptions(new Command('start').description('start CAVE: all services in one process, or one of them')).action(async (options: ServiceOptions) => {
    const [{ runServices }, definitions] = await Promise.all([import('@cave/app-runtime'), definitionsOf(options.service)]);
    await runServices(definitions, {
      name: options.service,
      argv: serviceArguments(options),
      // Standard output carries log lines and the `listening` line, for programs.
      serving: (facts) => void process.stderr.write(startSummary(options.service, facts)),
    });
  });
}
