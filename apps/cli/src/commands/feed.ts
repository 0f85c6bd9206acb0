import { Command } from 'commander';
import { publishClient, tenantOf } from '../client/connection.js';
import { tenantPath } from '../client/paths.js';
import { MAX_BATCH, publishPoints } from '../client/publish.js';
import type { PointJson } from '../client/types.js';
import { printLine } from '../output.js';
import { wholeNumber, withPublishOptions, type TenantCommandOptions } from './client-options.js';

interface HostOptions extends TenantCommandOptions {
  readonly interval: number;
  readonly once?: boolean;
  readonly host?: string;
}

/** About four hours of an ordinary host at the default interval. */
const MAX_BUFFERED = 50_000;

const HELP = `
Metrics, each with the tag host: host.cpu.busy, host.cpu.user, host.cpu.system (percent),
host.load, host.memory.{total,used,available} and host.swap.used (bytes),
host.disk.{size,used} (bytes, tag mount), host.disk.{read,written} (bytes/s),
host.disk.operations (1/s), host.network.{received,sent} (bytes/s, tag interface).

While CAVE cannot be reached, up to ${MAX_BUFFERED} points are kept and sent later; Ctrl-C ends it.`;

/** `cave feed …`: real input. */
export function feedCommand(): Command {
  return new Command('feed').description('publish real metrics: feed host').addCommand(
    withPublishOptions(new Command('host').description('publish CPU, memory, load, disk and network of this computer'))
      .option('--interval <seconds>', 'seconds between two readings', wholeNumber, 5)
      .option('--once', 'one reading, then end')
      .option('--host <name>', 'value of the tag host (default: the name of this computer)')
      .addHelpText('after', HELP)
      .action(host),
  );
}

async function host(options: HostOptions): Promise<void> {
  const tenant = await tenantOf(options);
  const client = await publishClient(options, tenant);
  const [{ feedHost, firstReading }, { HostSampler }, { OutageBuffer }] = await Promise.all([import('../feed/feed-host.js'), import('../feed/host-sampler.js'), import('../feed/outage-buffer.js')]);
  const sampler = new HostSampler(options.host);
  const say = options.json === true ? (text: string): void => printLine(JSON.stringify({ time: new Date().toISOString(), text })) : printLine;
  const [end, cut] = [new AbortController(), new AbortController()];
  const send = (metrics: readonly PointJson[]): Promise<void> => client.call('POST', `${tenantPath(tenant)}/metrics`, { body: { metrics }, signal: cut.signal });
  const onSignal = (): void => end.abort();
  if (options.once !== true) process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  say(`Publishing metrics of ${sampler.host} to ${tenant.organization}${tenant.team === null ? '' : `, team ${tenant.team}`} at ${client.url}${options.once === true ? ' once' : ` every ${options.interval} s; Ctrl-C ends it`}.`);
  if (options.once === true) {
    const points = await firstReading(sampler, end.signal);
    await publishPoints(client, tenantPath(tenant), points);
    say(`${new Date().toISOString()}  published ${points.length} points`);
    return;
  }
  await feedHost({
    sampler,
    buffer: new OutageBuffer({ send, maxPoints: MAX_BUFFERED, maxBatch: MAX_BATCH, say }),
    intervalMs: options.interval * 1_000,
    say,
    signal: end.signal,
  });
  // A request that outlasted the last attempt would keep the process alive.
  cut.abort();
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
}
