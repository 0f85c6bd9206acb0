import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const SCRIPT = fileURLToPath(new URL('./support/fill-disk.js', import.meta.url));
/** In the blocks of `ulimit -f` (512 or 1,024 bytes): 5 or 10 MB. */
const LIMIT_BLOCKS = 10_000;

describe('A full disk', function () {
  this.timeout(60_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cave-full-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  for (const [port, told] of [['raw-stream', 'not_appended resource_exhausted'], ['work-queue', 'failed resource_exhausted']] as const) {
    it(`is told by the ${port} as resource_exhausted: what was accepted is there, what was refused is not`, () => {
      const output = execFileSync('sh', ['-c', `ulimit -f ${LIMIT_BLOCKS}; exec "$0" "$@"`, process.execPath, SCRIPT, port, join(directory, 'files')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const result = JSON.parse(output) as { told: string; accepted: number; there: number };
      expect(result.told).to.equal(told);
      expect(result.accepted).to.be.greaterThan(10);
      expect(result.there).to.equal(result.accepted);
    });
  }
});
