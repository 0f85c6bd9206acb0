/*
 * Run below strace: publishes one record or job after the other, each with its own mark in the
 * body, and writes `ack <mark>` once it was acknowledged.
 */
import { writeSync } from 'node:fs';
import rawStream from '../../src/raw-stream.js';
import workQueue from '../../src/work-queue.js';
import { testContext } from '@cave/conformance';

const COUNT = 20;
const [port, directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: publish-and-tell <port> <directory>');

async function tell(publish: (mark: string) => Promise<string | undefined>, good: string): Promise<void> {
  for (let i = 0; i < COUNT; i++) {
    const mark = `mark-${String(i).padStart(4, '0')}`;
    const status = await publish(mark);
    if (status !== good) throw new Error(`${mark}: ${status}`);
    writeSync(1, `ack ${mark}\n`);
  }
}

if (port === 'raw-stream') {
  const stream = rawStream.create({ directory, partitions: 1, 'max-bytes': 1 << 24 }, testContext());
  await stream.start();
  await tell(async (mark) => (await stream.publish([{ key: 'k', body: Buffer.from(mark) }]))[0]?.status, 'appended');
  await stream.close();
} else {
  const queue = workQueue.create({ directory, 'max-attempts': 3, 'deduplication-window-ms': 0 }, testContext());
  await queue.start();
  await tell(async (mark) => (await queue.publish([{ id: mark, body: Buffer.from(mark) }]))[0]?.status, 'accepted');
  await queue.close();
}
