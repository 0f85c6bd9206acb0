import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { Stack, mustBeWell, type ServiceProcess, type StackService } from '../src/index.js';
import { describeOnStack } from './support/describe-on-stack.js';
import { ALLOW_RECEIVER, JudgedRun } from './support/judged-run.js';

/** www leaves before the api that it asks. */
const SERVICES: readonly StackService[] = ['dbwriter', 'worker', 'scheduler', 'www', 'api'];
/** How long each new set of instances works before the next change. */
const STEADY_MS = 3_000;

describeOnStack('open', 'instances that come and go under load', () => {
  let directory: string;
  let stack: Stack;
  let run: JudgedRun;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-scale-'));
    stack = await Stack.start({ directory, environment: ALLOW_RECEIVER });
    run = await JudgedRun.start(stack, 'scale');
  });

  after(async () => {
    await run?.close();
    await stack?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('lose no point, leave out no tick, and stop with 0', async () => {
    const steady = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, STEADY_MS));
    const isWell = (one: ServiceProcess): Promise<true> => eventually(`${one.name} is well`, () => mustBeWell(one), 60_000);

    // One to three of each, then the first two leave.
    for (const service of SERVICES) {
      for (let i = 0; i < 2; i += 1) {
        const more = stack.add(service);
        await more.start();
        await isWell(more);
        if (service === 'api') run.apis.push(more.url);
      }
      await steady();
    }
    for (const service of SERVICES) {
      for (const leaving of stack.instances(service).slice(0, 2)) {
        if (service === 'api') run.apis.splice(run.apis.indexOf(leaving.url), 1);
        expect(await leaving.stop(), `${leaving.name} was told to stop`).to.equal(0);
        await steady();
      }
    }
    for (const seen of await run.judge()) console.log(`      ${seen}`);
    expect(run.clients.flatMap(({ unanswered }) => unanswered), 'batches that a graceful stop left unanswered').to.deep.equal([]);
  });
});
