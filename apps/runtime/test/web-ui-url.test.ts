import { expect } from 'chai';
import { webUiUrl } from '../src/index.js';

describe('where links to the web UI lead', () => {
  const inThisProcess = (service: string): string | null => (service === 'www' ? 'http://127.0.0.1:8002' : null);
  const nowhere = (): null => null;

  it('is www.base-url, else where www listens in this process, else where it does by default', () => {
    expect(webUiUrl({ base: { 'www.base-url': 'https://cave.example.com' }, urlOf: inThisProcess })).to.equal('https://cave.example.com');
    expect(webUiUrl({ base: {}, urlOf: inThisProcess })).to.equal('http://127.0.0.1:8002');
    expect(webUiUrl({ base: {}, urlOf: nowhere })).to.equal('http://127.0.0.1:7002');
  });
});
