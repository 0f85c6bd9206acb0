/*
 * npm run stack [-- --profile open|aws] [--walkthrough] [--instances N] [--dir DIR] [--set key=value …]
 *
 * A whole stack on this machine without Docker, until Ctrl-C: the services as processes, and
 * beside them the servers of the profile. open (the default): Postgres, Redis, RabbitMQ,
 * InfluxDB and Kafka as plain processes (scripts/services). aws: Postgres, InfluxDB, and
 * emulators for AWS's services from npm; no account is needed or touched. With --walkthrough:
 * walks through it, stops everything and exits with the walkthrough's status.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { STACK_PROFILES, isStackProfile, type StackProfileName } from './profiles/index.js';
import { Stack } from './stack.js';
import { walkThrough } from './walk.js';

const USAGE = `usage: npm run stack [-- --profile ${STACK_PROFILES.join('|')}] [--walkthrough] [--instances N] [--dir DIR] [--set key=value …]`;
const MOST_INSTANCES = 9;

const say = (text: string): void => console.log(`stack: ${text}`);

interface Options {
  readonly profile: StackProfileName;
  readonly walkthrough: boolean;
  readonly instances: number;
  readonly dir: string | undefined;
  readonly set: readonly string[];
}

function options(): Options {
  try {
    const { values } = parseArgs({
      options: {
        profile: { type: 'string', default: 'open' },
        walkthrough: { type: 'boolean', default: false },
        instances: { type: 'string', default: '1' },
        dir: { type: 'string' },
        set: { type: 'string', multiple: true, default: [] },
      },
    });
    const { profile } = values;
    if (!isStackProfile(profile)) throw new Error(`--profile takes ${STACK_PROFILES.join(' or ')}.`);
    const instances = Number(values.instances);
    if (!Number.isInteger(instances) || instances < 1 || instances > MOST_INSTANCES) throw new Error(`--instances takes a whole number from 1 to ${MOST_INSTANCES}.`);
    return { ...values, profile, instances, dir: values.dir };
  } catch (error) {
    console.error(`stack: ${(error as Error).message}\n${USAGE}`);
    return process.exit(64);
  }
}

const { profile, walkthrough, instances, dir, set } = options();
const directory = dir === undefined ? await mkdtemp(join(tmpdir(), 'cave-stack-')) : resolve(dir);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

let stack: Stack | undefined;
try {
  stack = await Stack.start({
    profile,
    directory,
    instances,
    // The walkthrough is told the address; people expect the usual one.
    ports: walkthrough ? {} : { api: 7001, www: 7002, dbwriter: 7003, worker: 7004, scheduler: 7005 },
    // Receivers on this machine are what people try first.
    environment: { WORKER_NOTIFICATIONS_ALLOW_NETWORKS: '127.0.0.0/8' },
    args: set.flatMap((assignment) => ['--set', assignment]),
    say,
  });
  for (const { name, url } of stack.services) say(`${name.padEnd(12)} ${url}`);
  for (const { name, address } of stack.servers) say(`${name.padEnd(12)} ${address.host}`);
  if (stack.gateway !== null) say(`${'AWS'.padEnd(12)} ${stack.gateway.url}`);
  say(`mails arrive in ${stack.outbox}, logs in ${stack.logs}`);
  if (walkthrough) {
    process.exitCode = await walkThrough(stack, { signal: interrupted.signal });
  } else {
    say(`the web UI is at ${stack.instances('www')[0]?.url}`);
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
