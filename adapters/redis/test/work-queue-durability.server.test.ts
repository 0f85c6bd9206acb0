import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testContext, within } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import workQueue from '../src/work-queue.js';
import { connectionOptions, IS_OURS, withClient } from './support/server.js';

const required = (process.env['CAVE_TEST_REQUIRE'] ?? '').split(',').includes('strace');
const present = spawnSync('strace', ['-V']).status === 0;

/** Traces the server's system calls while `action` runs; answers them in order. */
async function traced(pid: string, action: () => Promise<void>): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'cave-redis-trace-'));
  try {
    const output = join(directory, 'trace');
    const strace = spawn('strace', ['-f', '-y', '-s', '65536', '-e', 'trace=read,write,writev,fsync,fdatasync', '-o', output, '-p', pid], { stdio: ['ignore', 'ignore', 'pipe'] });
    await within('strace attaches', 15_000, once(strace.stderr, 'data'));
    await action();
    strace.kill('SIGINT');
    await within('strace ends', 15_000, once(strace, 'exit'));
    return readFileSync(output, 'utf8').split('\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describeOnServer('redis', 'Redis work queue: a flush stands before each acknowledgement', (server) => {
  const title = 'each accepted job is written to the append-only file and flushed before the server answers';
  if (!IS_OURS) {
    it(`${title} [not proven: the server that the environment names is not ours to trace]`);
    return;
  }
  if (!present && !required) {
    it(`${title} [not proven: strace is not installed]`);
    return;
  }
  it(title, async () => {
    const queue = workQueue.create({ ...connectionOptions(server().url), queue: 'traced', 'max-attempts': 3, 'max-dead-letters': 1_000, 'deduplication-window-ms': 0, durability: 'checked' }, testContext());
    await queue.start();
    try {
      await queue.publish([{ id: 'loads-the-script', body: Buffer.from('b') }]);
      const pid = /process_id:(\d+)/.exec(await withClient(server(), (client) => client.info('server')))?.[1] ?? '';
      const marks = Array.from({ length: 20 }, (_, i) => `mark-${String(i)}-`);
      const lines = await traced(pid, async () => {
        for (const id of marks) expect(await queue.publish([{ id, body: Buffer.from('b') }])).to.deep.equal([{ status: 'accepted' }]);
      });
      for (const mark of marks) {
        const asked = lines.findIndex((line) => /read\(\d+<[^>]*(?:socket|TCP)/.test(line) && line.includes(mark));
        const answered = lines.findIndex((line, i) => i > asked && /writev?\(\d+<[^>]*(?:socket|TCP)/.test(line));
        const written = lines.findIndex((line, i) => i > asked && /writev?\(\d+<[^>]*\.aof>/.test(line) && line.includes(mark));
        const flushed = lines.findIndex((line, i) => i > written && /f(?:data)?sync\(\d+<[^>]*\.aof>\) += 0/.test(line));
        expect(asked, `${mark} is asked for`).to.be.at.least(0);
        expect(written, `${mark} is written before its acknowledgement`).to.be.within(asked, answered);
        expect(flushed, `${mark} is flushed before its acknowledgement`).to.be.within(written, answered);
      }
    } finally {
      await queue.close();
    }
  });
});
