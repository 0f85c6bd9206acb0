import { Option, type Command } from 'commander';

/** The processes that can be run, as `--service` names them. */
export const SERVICE_NAMES = ['all-in-one', 'api', 'dbwriter', 'scheduler', 'worker', 'www'] as const;
export type ServiceChoice = (typeof SERVICE_NAMES)[number];

export interface ServiceOptions {
  readonly service: ServiceChoice;
  readonly config?: string;
  readonly set: readonly string[];
}

/** Adds `--service`, `--config` and `--set`, which every command about services takes. */
export function withServiceOptions(command: Command): Command {
  return command
    .addOption(new Option('--service <name>', 'which service').choices([...SERVICE_NAMES]).default('all-in-one'))
    .option('--config <file>', 'a configuration file, over the shipped defaults (CAVE_CONFIG)')
    .option('--set <key=value>', 'one setting, over everything else; may be repeated', (value: string, earlier: readonly string[]) => [...earlier, value], [] as readonly string[]);
}

/** The same as arguments of a service's own main program. */
export function serviceArguments(options: ServiceOptions): readonly string[] {
  return [...(options.config === undefined ? [] : ['--config', options.config]), ...options.set.flatMap((assignment) => ['--set', assignment])];
}
