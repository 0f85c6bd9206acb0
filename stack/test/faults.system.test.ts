import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describeOnStack } from './support/describe-on-stack.js';

/** The short form of `npm run faults`; a longer one is run by hand. */
const MINUTES = process.env['CAVE_FAULT_MINUTES'] ?? '2';

describeOnStack('open', `npm run faults -- --minutes ${MINUTES}`, () => {
  it('every rule holds', async function () {
    this.timeout((Number(MINUTES) + 10) * 60_000);
    const child = spawn(process.execPath, [fileURLToPath(new URL('../src/faults/main.js', import.meta.url)), '--minutes', MINUTES], { stdio: ['ignore', 'pipe', 'pipe'] });
    const printed: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => printed.push(data.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    console.log(printed.join('').trimEnd().replace(/^/gm, '      '));
    expect(code, printed.join('')).to.equal(0);
  });
});
