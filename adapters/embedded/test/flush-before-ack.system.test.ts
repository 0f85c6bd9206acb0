import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const SCRIPT = fileURLToPath(new URL('./support/publish-and-tell.js', import.meta.url));
const required = (process.env['CAVE_TEST_REQUIRE'] ?? '').split(',').includes('strace');
const present = spawnSync('strace', ['-V']).status === 0;

/** The traced system calls, in order of their lines. */
function trace(port: string, directory: string): string[] {
  const output = join(directory, 'trace');
  execFileSync('strace', ['-f', '-y', '-s', '65536', '-e', 'trace=openat,fsync,fdatasync,msync,write,writev,pwrite64,pwritev', '-o', output, process.execPath, SCRIPT, port, join(directory, 'files')]);
  return readFileSync(output, 'utf8').split('\n');
}

const isWrite = (line: string): boolean => /(write|writev|pwrite64|pwritev)\(\d+<[^>]*data\.mdb>/.test(line);
const isFlush = (line: string): boolean => /fdatasync\(\d+<[^>]*data\.mdb>\) += 0|<\.\.\. fdatasync resumed>\) += 0/.test(line);

describe('A flush stands before each acknowledgement', function () {
  this.timeout(60_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cave-flush-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  for (const port of ['raw-stream', 'work-queue']) {
    if (!present && !required) {
      it(`${port}: written, flushed, made current with O_DSYNC, then acknowledged [not proven: strace is not installed]`);
      continue;
    }
    it(`${port}: written, flushed, made current with O_DSYNC, then acknowledged`, () => {
      const lines = trace(port, directory);
      // LMDB makes a transaction current by writing its meta page through a second descriptor, which flushes by itself.
      const synchronous = lines.flatMap((line) => (/data\.mdb", [^)]*O_DSYNC/.test(line) ? [/= (\d+)</.exec(line)?.[1]] : []));
      expect(synchronous, 'a descriptor with O_DSYNC').to.have.length(1);
      const isMeta = (line: string): boolean => new RegExp(`pwrite64\\(${synchronous[0]}<[^>]*data\\.mdb>`).test(line);
      const acks = lines.flatMap((line, at) => {
        const mark = /write\(1<.*"ack (mark-\d+)/.exec(line)?.[1];
        return mark === undefined ? [] : [{ mark, at }];
      });
      expect(acks).to.have.length(20);
      for (const { mark, at } of acks) {
        const written = lines.findIndex((line) => isWrite(line) && line.includes(mark));
        expect(written, `${mark} is written before its acknowledgement`).to.be.within(0, at);
        const flushed = lines.findIndex((line, i) => i > written && isFlush(line));
        expect(flushed, `${mark} is flushed before its acknowledgement`).to.be.within(written, at);
        const current = lines.findIndex((line, i) => i > flushed && isMeta(line));
        expect(current, `${mark} is current before its acknowledgement`).to.be.within(flushed, at);
      }
    });
  }
});
