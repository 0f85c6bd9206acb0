import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { Stack, partitionsOf, type ServiceProcess } from '../src/index.js';
import { AwsAccount, type OpenShard } from './support/aws-account.js';
import { SHORT_LEASES } from './support/aws-leases.js';
import { describeOnStack } from './support/describe-on-stack.js';
import { ALLOW_RECEIVER, JudgedRun } from './support/judged-run.js';

const STREAM = 'raw-metric-data';
const SHARDS = 6;
const LEASE_MS = 5_000;
const TAKEN_OVER_WITHIN_MS = 3 * LEASE_MS;
const BALANCED_WITHIN_MS = 60_000;

describeOnStack('aws', `dbwriters on a stream of ${SHARDS} shards under load`, () => {
  let directory: string;
  let stack: Stack;
  let run: JudgedRun;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-aws-scale-'));
    stack = await Stack.start({ profile: 'aws', directory, counts: { dbwriter: 2 }, environment: { ...SHORT_LEASES, ...ALLOW_RECEIVER, RAW_STREAM_SHARDS: String(SHARDS), RAW_STREAM_LEASE_MS: String(LEASE_MS) } });
    run = await JudgedRun.start(stack, 'scale');
  });

  after(async () => {
    await run?.close();
    await stack?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Resolves once these dbwriters hold every open shard once, and as many each as these counts say; answers after how many milliseconds. Shards that are closed and read to their end weigh nothing. */
  async function shared(dbwriters: readonly ServiceProcess[], counts: readonly number[], withinMs: number): Promise<number> {
    const began = performance.now();
    await eventually(`open shards shared out as ${counts.join(', ')}`, async () => {
      const open = (await new AwsAccount(stack).openShards(STREAM)).map(({ id }) => id);
      const held = (await Promise.all(dbwriters.map(partitionsOf))).map((shards) => shards.filter((shard) => open.includes(shard)));
      const asMeant = held.map(({ length }) => length).sort().join() === [...counts].sort().join();
      return asMeant && new Set(held.flat()).size === open.length ? true : undefined;
    }, withinMs);
    return performance.now() - began;
  }

  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

  it('share the shards evenly', async () => {
    await shared(stack.instances('dbwriter'), [SHARDS / 2, SHARDS / 2], BALANCED_WITHIN_MS);
  });

  it(`one is killed: the other has its shards within ${seconds(TAKEN_OVER_WITHIN_MS)}, three leases`, async () => {
    const [killed, other] = stack.instances('dbwriter') as [ServiceProcess, ServiceProcess];
    await killed.kill();
    const tookMs = await shared([other], [SHARDS], TAKEN_OVER_WITHIN_MS);
    console.log(`      taken over after ${seconds(tookMs)} of a lease of ${seconds(LEASE_MS)}`);
  });

  it('a third joins, and the killed one comes back: shards balance', async () => {
    const [killed, other] = stack.instances('dbwriter') as [ServiceProcess, ServiceProcess];
    const third = stack.add('dbwriter');
    await third.start();
    const secondsForTwo = seconds(await shared([other, third], [SHARDS / 2, SHARDS / 2], BALANCED_WITHIN_MS));
    await killed.start();
    const secondsForThree = seconds(await shared([killed, other, third], [SHARDS / 3, SHARDS / 3, SHARDS / 3], BALANCED_WITHIN_MS));
    console.log(`      balanced ${secondsForTwo} and ${secondsForThree} after the start`);
  });

  it('every shard is split and the halves are merged: what comes of it is shared out too', async () => {
    const account = new AwsAccount(stack);
    const dbwriters = stack.instances('dbwriter');
    // The clients' points are all in one of them: whichever that is, both changes reach it.
    for (const shard of await account.openShards(STREAM)) await changing(() => account.split(STREAM, shard));
    await shared(dbwriters, dbwriters.map(() => (2 * SHARDS) / dbwriters.length), BALANCED_WITHIN_MS);
    const halves = await account.openShards(STREAM);
    for (let i = 0; i < halves.length; i += 2) await changing(() => account.merge(STREAM, halves[i] as OpenShard, halves[i + 1] as OpenShard));
    await shared(dbwriters, dbwriters.map(() => SHARDS / dbwriters.length), BALANCED_WITHIN_MS);
  });

  /** A stream that is being changed takes no further change. */
  const changing = (change: () => Promise<void>): Promise<true> => eventually('the stream takes a change', () => change().then(() => true as const));

  it('one that is told to stop hands over at once, and ends with 0', async () => {
    const [first, ...others] = stack.instances('dbwriter') as [ServiceProcess, ...ServiceProcess[]];
    expect(await first.stop()).to.equal(0);
    await shared(others, [SHARDS / 2, SHARDS / 2], BALANCED_WITHIN_MS);
  });

  it('nothing was lost and nothing counts twice', async () => {
    for (const seen of await run.judge()) console.log(`      ${seen}`);
  });
});
