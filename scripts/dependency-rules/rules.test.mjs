import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { check } from './cruise.mjs';
import { forbidden } from './rules.mjs';

const FIXTURES = join(import.meta.dirname, 'fixtures');

describe('dependency rules', function () {
  this.timeout(30_000);

  it('have a fixture each', () => {
    const fixtures = readdirSync(FIXTURES).filter((name) => name !== 'nothing-to-see');
    expect(fixtures).to.have.members(forbidden.map((rule) => rule.name));
  });

  for (const { name } of forbidden) {
    it(`${name} bites, and only it`, async () => {
      const { violations } = await check(join(FIXTURES, name));
      expect([...new Set(violations.map((violation) => violation.rule))]).to.deep.equal([name]);
    });
  }

  it('know undeclared packages of npm and of this repository', async () => {
    const { violations } = await check(join(FIXTURES, 'nothing-undeclared'));
    expect(violations.map(({ from }) => from)).to.have.members(['bench/src/index.ts', 'bench/src/own.ts']);
  });

  it('fail when there was nothing to check', async () => {
    const failure = await check(join(FIXTURES, 'nothing-to-see')).then(() => undefined, (error) => String(error));
    expect(failure).to.include('saw no module');
  });
});
