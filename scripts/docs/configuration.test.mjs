import { expect } from 'chai';
import { committedPage, configurationPage } from './configuration.mjs';

describe('docs/configuration.md', function () {
  // It loads every adapter, DuckDB and PGlite among them.
  this.timeout(60_000);

  it('is what the schemas say (npm run docs writes it)', async () => {
    expect(committedPage()).to.equal(await configurationPage());
  });
});
