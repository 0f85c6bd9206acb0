import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CONTRACT, currentContract } from './contract.mjs';

describe('the web client’s types of the api', function () {
  this.timeout(120_000);

  it('are those of the api as it is', async () => {
    expect(readFileSync(CONTRACT, 'utf8') === (await currentContract()), 'apps/www/ui/src/api/contract.ts is stale: run `npm run contract`').to.equal(true);
  });
});
