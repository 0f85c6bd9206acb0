import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@cave/core';
import { expect } from 'chai';
import { createEmbeddedConfigStore } from '../src/config-store.js';
import { prepareTemplate } from '../src/config-store/directory.js';

const nothing = (): void => undefined;
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger };
const WRITER = fileURLToPath(new URL('./support/config-store-writer.js', import.meta.url));
const KILLS = 10;
const strace = spawnSync('strace', ['-V']).error === undefined;
const required = (process.env['CAVE_TEST_REQUIRE'] ?? '').split(',').includes('strace');

describe('embedded config store: durability', function () {
  this.timeout(180_000);
  let root: string;

  before(async () => {
    await prepareTemplate();
    root = await mkdtemp(join(tmpdir(), 'cave-config-store-durability-'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  /** Resolves after `count` acknowledgements, with the last number acknowledged. */
  async function acknowledged(child: ChildProcess, count: number): Promise<number> {
    let last = -1;
    for (let n = 0; n < count; n += 1) [last] = (await once(child, 'message')) as [number];
    return last;
  }

  it(`keeps what it acknowledged over ${String(KILLS)} SIGKILLs`, async () => {
    const directory = join(root, 'killed');
    let last = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = fork(WRITER, [directory]);
      last = await acknowledged(child, 3 + kill * 2);
      const ended = once(child, 'exit');
      child.on('message', (number: number) => (last = number));
      child.kill('SIGKILL');
      await ended;
    }
    const store = createEmbeddedConfigStore({ directory, 'transaction-timeout-ms': 60_000 }, logger);
    await store.start();
    try {
      // Each reservation goes on where the last one that survived ended.
      expect(await store.numbers.reserve(1)).to.be.greaterThan(last);
    } finally {
      await store.close();
    }
  });

  if (!strace && !required) it('flushes the WAL before each acknowledgement [not proven: strace is not installed]');
  else {
    it('flushes the WAL before each acknowledgement', async () => {
      const trace = join(root, 'trace');
      const child = fork(WRITER, [join(root, 'traced'), '12'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execPath: 'strace', execArgv: ['-f', '-y', '-e', 'trace=fsync,fdatasync,pwrite64,write', '-o', trace, process.execPath] });
      const [code] = (await once(child, 'exit')) as [number | null];
      expect(code).to.equal(0);
      let dirty = false;
      let flushes = 0;
      let acknowledgements = 0;
      const flushing = new Set<string>(); // threads within a flush of the WAL: it counts once it has returned
      const flushed = (): void => {
        dirty = false;
        flushes += 1;
      };
      for (const line of (await readFile(trace, 'utf8')).split('\n')) {
        const thread = /^\d+/.exec(line)?.[0] ?? '';
        if (/write(64)?\(\d+<[^>]*\/pg_wal\/[0-9A-F]{24}>/.test(line)) dirty = true;
        else if (/f(data)?sync\(\d+<[^>]*\/pg_wal\/[0-9A-F]{24}>/.test(line)) {
          if (line.includes('<unfinished')) flushing.add(thread);
          else flushed();
        } else if (/f(data)?sync resumed>/.test(line) && flushing.delete(thread)) flushed();
        else if (/ack-\d+/.test(line)) {
          acknowledgements += 1;
          expect(dirty, `WAL written and not flushed before: ${line}`).to.equal(false);
        }
      }
      expect(acknowledgements).to.equal(12);
      expect(flushes).to.be.at.least(12);
    });
  }
});
