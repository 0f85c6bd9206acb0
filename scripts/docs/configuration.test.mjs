import { expect } from 'chai';
import { committedPage, configurationPage } from './configuration.mjs';

describe('docs/configuration.md', () => {
  it('is what the schemas say (npm run docs writes it)', async () => {
    expect(committedPage()).to.equal(await configurationPage());
  });
});
