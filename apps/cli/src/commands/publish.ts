import { Command, InvalidArgumentError } from 'commander';
import { publishClient, tenantOf } from '../client/connection.js';
import { tenantPath } from '../client/paths.js';
import { MAX_BATCH, publishPoints } from '../client/publish.js';
import type { PointJson } from '../client/types.js';
import { CommandFailure, usageError } from '../failure.js';
import { printJson, printLine } from '../output.js';
import { readPoints } from '../points-input.js';
import { collectPair, timeArgument, wholeNumber, withPublishOptions, type TenantCommandOptions } from './client-options.js';

interface PublishOptions extends TenantCommandOptions {
  readonly value?: number;
  readonly tag?: Readonly<Record<string, string>>;
  readonly time?: string;
  readonly batch: number;
}

const HELP = `
Examples:
  cave publish orders --value 1 --tag shop=a
  generate-points | cave publish --org gilt     (JSON lines: {"name":"orders","value":1,"tags":{"shop":"a"}})
  cave publish --org gilt < points.json         (an array of points, or {"metrics":[…]})`;

/** `cave publish`: one point by flags, or many from standard input. */
export function publishCommand(): Command {
  return withPublishOptions(new Command('publish').description('publish a point, or points from standard input'))
    .argument('[metric]', 'name of the metric; left out, points are read from standard input')
    .option('--value <number>', 'its value', finiteNumber)
    .option('--tag <name=value>', 'a tag; may be repeated', collectPair)
    .option('--time <time>', 'ISO 8601, seconds since the epoch, or how long ago, such as 5m (default: now)', timeArgument)
    .option('--batch <points>', `points in one request, at most ${MAX_BATCH}`, wholeNumber, MAX_BATCH)
    .addHelpText('after', HELP)
    .action(publish);
}

async function publish(metric: string | undefined, options: PublishOptions): Promise<void> {
  const points = metric === undefined ? readPoints(process.stdin) : [pointOf(metric, options)];
  if (metric === undefined && process.stdin.isTTY) throw usageError('Name a metric and give --value, or pipe points into standard input; see cave publish --help.');
  const tenant = await tenantOf(options);
  const client = await publishClient(options, tenant);
  const size = Math.min(options.batch, MAX_BATCH);
  let published = 0;
  let batch: PointJson[] = [];
  const flush = async (): Promise<void> => {
    await publishPoints(client, tenantPath(tenant), batch, size, (count) => (published += count));
    batch = [];
  };
  try {
    for await (const point of points) {
      if (batch.push(point) === size) await flush();
    }
    await flush();
  } catch (error) {
    // Whoever repeats this must know where to begin.
    if (error instanceof CommandFailure && published > 0) throw new CommandFailure(`${error.message}\nThe first ${published} points were published before.`, error.exitCode, { cause: error });
    throw error;
  }
  if (options.json === true) printJson({ published });
  else printLine(`Published ${published} ${published === 1 ? 'point' : 'points'} to ${tenant.organization}${tenant.team === null ? '' : `, team ${tenant.team}`}.`);
}

function pointOf(name: string, { value, tag, time }: PublishOptions): PointJson {
  if (value === undefined) throw usageError('Give the value of the point by --value.');
  return { name, value, timestamp: Math.floor((time === undefined ? Date.now() : Date.parse(time)) / 1000), tags: tag ?? {} };
}

function finiteNumber(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError('It must be a finite number.');
  return value;
}
