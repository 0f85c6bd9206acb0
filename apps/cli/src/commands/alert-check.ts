import { Command } from 'commander';
import { tenantOf, userClient } from '../client/connection.js';
import { tenantPath } from '../client/paths.js';
import type { MetricValuesJson } from '../client/types.js';
import { printJson, printTable } from '../output.js';
import { timeArgument, wholeNumber, withTenantOptions, type TenantCommandOptions } from './client-options.js';

interface CheckOptions extends TenantCommandOptions {
  readonly start: string;
  readonly end?: string;
  readonly interval: number;
}

/** `cave alert check`: tries a condition on past data; nothing is saved or sent. */
export function alertCheckCommand(): Command {
  return withTenantOptions(new Command('check').description('try a condition on past data, in at most 60 steps; nothing is saved or sent').argument('<condition>', 'the condition'))
    .requiredOption('--start <time>', 'ISO 8601, seconds since the epoch, or how long ago, such as 30m', timeArgument)
    .option('--end <time>', 'the same (default: now)', timeArgument)
    .option('--interval <minutes>', 'length of a step', wholeNumber, 1)
    .action(async (condition: string, options: CheckOptions) => {
      const path = `${tenantPath(await tenantOf(options))}/check-metrics`;
      const { start, end, interval } = options;
      const answer = await (await userClient(options)).call<MetricValuesJson>('GET', path, { query: { condition, start, end, interval } });
      if (options.json === true) printJson(answer);
      else printTable(['STEP', 'HOLDS'], answer.metrics.map(({ time, value }) => [time, value === 1 ? 'yes' : 'no']), 'There is no step in that time.');
    });
}
