import { Command, Option } from 'commander';
import { AGGREGATORS } from '@cave/core';
import { tenantOf, userClient } from '../client/connection.js';
import { tagFilter, tenantPath } from '../client/paths.js';
import type { MetricValuesJson } from '../client/types.js';
import { printJson, printTable } from '../output.js';
import { collectPair, timeArgument, wholeNumber, withTenantOptions, type TenantCommandOptions } from './client-options.js';

interface QueryOptions extends TenantCommandOptions {
  readonly aggregator?: string;
  readonly period?: number;
  readonly tag?: Readonly<Record<string, string>>;
  readonly start?: string;
  readonly end?: string;
  readonly limit: number;
}

/** `cave query`: points or windows of a metric; without a metric, which metrics there are. */
export function queryCommand(): Command {
  return withTenantOptions(new Command('query').description('query a metric: points, or an aggregate over windows of time'))
    .argument('[metric]', 'name of the metric; left out, the names of all metrics')
    .addOption(new Option('--aggregator <name>', 'of the points in each window').choices(AGGREGATORS))
    .option('--period <minutes>', 'length of a window in minutes; goes with --aggregator', wholeNumber)
    .option('--tag <name=value>', 'only series with this tag; may be repeated', collectPair)
    .option('--start <time>', 'ISO 8601, seconds since the epoch, or how long ago, such as 6h', timeArgument)
    .option('--end <time>', 'the same; what lies at it is left out (default: now)', timeArgument)
    .option('--limit <values>', 'most values in the answer, newest first, at most 1440', wholeNumber, 20)
    .addHelpText('after', '\nExample: cave query host.cpu.busy --aggregator p95 --period 5 --tag host=web-1 --start 6h')
    .action(query);
}

async function query(metric: string | undefined, options: QueryOptions): Promise<void> {
  const path = tenantPath(await tenantOf(options));
  const client = await userClient(options);
  if (metric === undefined) {
    const names = await client.call<readonly { readonly name: string; readonly tags: readonly string[] }[]>('GET', `${path}/metric-names`);
    if (options.json === true) printJson(names);
    else printTable(['METRIC', 'TAGS'], names.map(({ name, tags }) => [name, tags.join(', ')]), 'There are no metrics yet.');
    return;
  }
  const { aggregator, period, start, end, limit } = options;
  const answer = await client.call<MetricValuesJson>('GET', `${path}/metrics`, {
    query: { metric, aggregator, period, tags: tagFilter(options.tag ?? {}), start, end, limit },
  });
  if (options.json === true) printJson(answer);
  else printTable(['TIME', 'VALUE'], answer.metrics.map(({ time, value }) => [time, String(value)]), 'There are no values in that time.');
}
