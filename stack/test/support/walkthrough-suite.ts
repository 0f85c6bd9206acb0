import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { StackProfileName } from '../../src/index.js';
import { describeOnStack } from './describe-on-stack.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** The same walkthrough in every profile, by the very command that people type. */
export function describeWalkthrough(profile: StackProfileName): void {
  describeOnStack(profile, `npm run stack -- --profile ${profile} --walkthrough`, () => {
    it('starts everything, walks through it, stops everything and exits with 0', async () => {
      const child = spawn(process.execPath, [MAIN, '--profile', profile, '--walkthrough'], { stdio: ['ignore', 'pipe', 'pipe'] });
      const printed: string[] = [];
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => printed.push(data.toString()));
      const [code] = (await once(child, 'close')) as [number | null];
      expect(code, printed.join('')).to.equal(0);
      expect(printed.join('')).to.include('All steps passed');
    });
  });
}
