import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from './ready.mjs';
import { runAll, runTask } from './task.mjs';

const SUITE = `describe('a', () => {
  it('passes', () => {});
  it('fails', () => { throw new Error('on purpose'); });
  it('waits for a server [not proven: there is none]');
});`;

describe('the test runner', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cave-harness-'));
  after(() => rmSync(directory, { recursive: true }));

  const node = (name, code, patienceMs = 60_000) => ({ name, command: [process.execPath, '-e', code], patienceMs });

  it('learns from each process what passed, failed and was skipped', async () => {
    const file = join(directory, 'suite.cjs');
    const report = join(directory, 'report.json');
    writeFileSync(file, SUITE);
    const { code } = await runTask({ name: 'suite', command: [process.execPath, 'node_modules/mocha/bin/mocha.js', '--reporter', 'scripts/lib/reporter.cjs', '--reporter-option', `report=${report}`, file], patienceMs: 60_000 }, ROOT);
    expect(code).to.equal(1);
    expect(JSON.parse(readFileSync(report, 'utf8'))).to.deep.equal({ passed: 1, failed: ['a fails'], skipped: ['a waits for a server [not proven: there is none]'] });
  });

  it('ends a process that does not end by itself, and says so', async () => {
    const { code, timedOut, output } = await runTask(node('hangs', 'console.log("begun"); setInterval(() => {}, 1000)', 5_000), directory);
    expect({ code, timedOut }).to.deep.equal({ code: null, timedOut: true });
    expect(output).to.include('begun');
  });

  it('tells every outcome, also of a program that cannot be started', async () => {
    const outcomes = [];
    await runAll([node('good', ''), node('bad', 'process.exit(3)'), { name: 'absent', command: [join(directory, 'absent')], patienceMs: 60_000 }], directory, ({ name, code }) => outcomes.push([name, code]));
    expect(outcomes).to.have.deep.members([['good', 0], ['bad', 3], ['absent', 1]]);
  });
});
