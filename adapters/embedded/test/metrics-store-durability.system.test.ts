import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { failsWith } from '@cave/conformance';
import { expect } from 'chai';
import { everything, numberedBatch } from './fixtures/metrics-store-batch.js';
import { createMetricsStore } from './fixtures/metrics-store-harness.js';

const writer = fileURLToPath(new URL('./fixtures/metrics-store-writer.js', import.meta.url));
const hasStrace = spawnSync('strace', ['-V']).status === 0;
const mayMount = process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

describe('embedded metrics store: durability', function () {
  this.timeout(120_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cave-metrics-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const flushTitle = 'flushes its log to the disk before each acknowledgement, by a trace of system calls';
  if (!hasStrace) it(`${flushTitle} [not proven: there is no strace]`);
  else {
    it(flushTitle, () => {
      const trace = join(directory, 'trace');
      const batches = 12;
      execFileSync('strace', ['-f', '-y', '-e', 'trace=fsync,fdatasync,write', '-o', trace, process.execPath, writer, join(directory, 'data'), String(batches)]);
      let flushed = false;
      let acknowledged = 0;
      for (const line of readFileSync(trace, 'utf8').split('\n')) {
        if (/f(data)?sync\(\d+<[^>]*metrics\.duckdb(\.wal)?>/.test(line)) flushed = true;
        const ack = /write\(1<[^>]*>, "ack (\d+)/.exec(line);
        if (ack === null) continue;
        expect(Number(ack[1])).to.equal(acknowledged);
        expect(flushed, `a flush between acknowledgement ${acknowledged - 1} and ${acknowledged}`).to.equal(true);
        flushed = false;
        acknowledged += 1;
      }
      expect(acknowledged).to.equal(batches);
    });
  }

  it('has every acknowledged point exactly once after SIGKILL, and a mark that tells where to go on', async () => {
    const data = join(directory, 'data');
    const child = spawn(process.execPath, [writer, data, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    let last = -1;
    for await (const line of createInterface({ input: child.stdout })) {
      last = Number(line.slice(4));
      if (last === 60) child.kill('SIGKILL');
    }
    await exited;
    expect(last).to.be.at.least(60);
    const store = createMetricsStore({ directory: data });
    await store.start();
    try {
      const mark = Number(await store.mark('incarnation', '0'));
      expect(mark).to.be.within(last, last + 1);
      const [answer] = await store.query([everything()]);
      const values = answer?.kind === 'points' ? [...answer.values].sort((a, b) => a - b) : [];
      expect(values).to.deep.equal(Array.from({ length: (mark + 1) * 100 }, (_, i) => i));
      expect(await store.write([numberedBatch(mark, [{ second: 0, value: 0 }])])).to.deep.equal([{ status: 'duplicate' }]);
    } finally {
      await store.close();
    }
  });

  const fullTitle = 'pushes back when the disk is full, stores nothing of it, and goes on by itself once there is room';
  if (!mayMount) it(`${fullTitle} [not proven: mounting a small file system needs root]`);
  else {
    it(fullTitle, async () => {
      const small = join(directory, 'small');
      mkdirSync(small);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', small]);
      const store = createMetricsStore({ directory: join(small, 'data') });
      try {
        await store.start();
        await store.write([numberedBatch(0, [{ second: 0, value: 0 }])]);
        fill(join(small, 'ballast'));
        const big = Array.from({ length: 50_000 }, (_, i) => ({ second: i % 60, value: Math.sqrt(i) }));
        let offset = 1;
        const failure = await failsWith('resource_exhausted', 'a write to a full disk', async () => {
          for (; offset < 20; offset += 1) await store.write([numberedBatch(offset, big)]);
        });
        expect(failure.message).to.contain('no room');
        expect((await store.health()).healthy).to.equal(false);
        expect(Number(await store.mark('incarnation', '0'))).to.equal(offset - 1);
        rmSync(join(small, 'ballast'));
        expect(await store.write([numberedBatch(offset, big)])).to.deep.equal([{ status: 'stored', refused: [] }]);
        expect(await store.health()).to.deep.equal({ healthy: true });
        const [answer] = await store.query([everything()]);
        expect(answer?.kind === 'points' && answer.values.length).to.equal(1 + offset * big.length);
      } finally {
        await store.close();
        execFileSync('umount', [small]);
      }
    });
  }
});

/** Writes until there is no room for another block. */
function fill(file: string): void {
  for (let bytes = 1 << 20; bytes >= 512; ) {
    try {
      writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' });
    } catch {
      bytes >>= 1; // no room for so much: try less
    }
  }
}
