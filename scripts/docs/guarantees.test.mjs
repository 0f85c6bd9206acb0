import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../lib/ready.mjs';

const page = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8');

/** Source of the kit, where each case has its id. */
function kit(directory = join(ROOT, 'conformance/src')) {
  return readdirSync(directory, { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? kit(join(directory, entry.name)) : readFileSync(join(directory, entry.name), 'utf8')))
    .join('\n');
}

describe('docs/guarantees.md', () => {
  it('names tests that exist', () => {
    const paths = [...page.matchAll(/\]\((\.\.\/[^)]+)\)/g)].map(([, path]) => path);
    expect(paths).to.have.length.above(50);
    expect([...new Set(paths)].filter((path) => !existsSync(resolve(ROOT, 'docs', path)))).to.deep.equal([]);
  });

  it('names cases that the kit has', () => {
    const source = kit();
    const ids = [...page.matchAll(/\b(?:RS|WQ|MS|CB|CS|LE|ML|NO)-\d\d\b/g)].map(([id]) => id);
    expect(ids).to.have.length.above(10);
    expect([...new Set(ids)].filter((id) => !source.includes(`'${id}'`))).to.deep.equal([]);
  });
});
