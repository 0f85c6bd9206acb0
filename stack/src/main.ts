/*
 * npm run stack [-- --walkthrough] [--instances N] [--dir DIR] [--set key=value …]
 *
 * The open stack on this machine without Docker: Postgres, Redis, RabbitMQ, InfluxDB and Kafka
 * as plain processes (scripts/services), the services beside them, until Ctrl-C. With
 * --walkthrough: walks through it, stops everything and exits with the walkthrough's status.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stack } from './stack.js';

const USAGE = 'usage: npm run stack [-- --walkthrough] [--instances N] [--dir DIR] [--set key=value …]';
const WALKTHROUGH = fileURLToPath(new URL('../../../apps/cli/dist/src/walkthrough/main.js', import.meta.url));
const MOST_INSTANCES = 9;

const say = (text: string): void => console.log(`stack: ${text}`);

function options(): { readonly walkthrough: boolean; readonly instances: number; readonly dir: string | undefined; readonly set: readonly string[] } {
  try {
    const { values } = parseArgs({
      options: { walkthrough: { type: 'boolean', default: false }, instances: { type: 'string', default: '1' }, dir: { type: 'string' }, set: { type: 'string', multiple: true, default: [] } },
    });
    const instances = Number(values.instances);
    if (!Number.isInteger(instances) || instances < 1 || instances > MOST_INSTANCES) throw new Error(`--instances takes a whole number from 1 to ${MOST_INSTANCES}.`);
    return { ...values, instances, dir: values.dir };
  } catch (error) {
    console.error(`stack: ${(error as Error).message}\n${USAGE}`);
    return process.exit(64);
  }
}

async function walk(stack: Stack, signal: AbortSignal): Promise<number> {
  const [api] = stack.instances('api');
  const child = spawn(process.execPath, [WALKTHROUGH, '--url', api?.url ?? '', '--mail', `dir:${stack.outbox}`], { stdio: 'inherit', signal, killSignal: 'SIGTERM' });
  child.on('error', () => undefined); // ended by us: its exit tells
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

const { walkthrough, instances, dir, set } = options();
const directory = dir === undefined ? await mkdtemp(join(tmpdir(), 'cave-stack-')) : resolve(dir);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

let stack: Stack | undefined;
try {
  stack = await Stack.start({
    directory,
    instances,
    // The walkthrough is told the address; people expect the usual one.
    ports: walkthrough ? {} : { api: 7001, dbwriter: 7003, worker: 7004, scheduler: 7005 },
    // Receivers on this machine are what people try first.
    environment: { WORKER_NOTIFICATIONS_ALLOW_NETWORKS: '127.0.0.0/8' },
    args: set.flatMap((assignment) => ['--set', assignment]),
    say,
  });
  for (const { name, url } of stack.services) say(`${name.padEnd(12)} ${url}`);
  for (const { name, address } of stack.servers) say(`${name.padEnd(12)} ${address.host}`);
  say(`mails arrive in ${stack.outbox}, logs in ${stack.logs}`);
  if (walkthrough) {
    process.exitCode = await walk(stack, interrupted.signal);
  } else {
    say(`try: npm run walkthrough -- --url ${stack.instances('api')[0]?.url} --mail dir:${stack.outbox}`);
    say('Ctrl-C stops everything.');
    if (!interrupted.signal.aborted) await once(interrupted.signal, 'abort');
  }
} catch (error) {
  console.error(`stack: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  say('stopping …');
  await stack?.stop();
  if (dir === undefined) await rm(directory, { recursive: true, force: true });
}
