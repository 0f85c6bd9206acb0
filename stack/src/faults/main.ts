/*
 * npm run faults -- --minutes N [--seed N] [--dir DIR]
 *
 * A whole open stack, two instances of each service, under load, while at random every service
 * and every server is killed (SIGKILL) or frozen (SIGSTOP for longer than each lease) and
 * brought back. Judged at the end as docs/guarantees.md says: points, ledger, events.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { faultRun } from './run.js';

const USAGE = 'usage: npm run faults -- [--minutes N] [--seed N] [--dir DIR]';

function options(): { readonly minutes: number; readonly seed: number; readonly dir: string | undefined } {
  try {
    const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' }, dir: { type: 'string' } } });
    const minutes = Number(values.minutes);
    const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
    if (!(minutes > 0)) throw new Error('--minutes takes a number above 0.');
    if (!Number.isSafeInteger(seed)) throw new Error('--seed takes a whole number.');
    return { minutes, seed, dir: values.dir };
  } catch (error) {
    console.error(`faults: ${(error as Error).message}\n${USAGE}`);
    return process.exit(64);
  }
}

const { minutes, seed, dir } = options();
const directory = dir === undefined ? await mkdtemp(join(tmpdir(), 'cave-faults-')) : resolve(dir);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
let held = false;
try {
  held = await faultRun({ minutes, seed, directory, signal: interrupted.signal });
} catch (error) {
  console.error(`faults: ${(error as Error).message}`);
}
if (held && dir === undefined) await rm(directory, { recursive: true, force: true });
else console.log(`What services and servers wrote is in ${directory}.`);
console.log(held ? 'Every rule held.' : 'NOT every rule held.');
process.exitCode = held ? 0 : 1;
