/*
 * Run under a limit on the size of files, which stands for a full disk: publishes until that is
 * refused and prints, as one JSON line, what was told and what is there afterwards.
 */
import rawStream from '../../src/raw-stream.js';
import workQueue from '../../src/work-queue.js';
import { testContext } from '@cave/conformance';

const BODY = Buffer.alloc(100_000, 1);
const [port, directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: fill-disk <port> <directory>');

async function fillStream(at: string): Promise<object> {
  const stream = rawStream.create({ directory: at, partitions: 1, 'max-bytes': 1 << 30 }, testContext());
  await stream.start();
  for (let appended = 0; ; appended++) {
    const [result] = await stream.publish([{ key: 'k', body: BODY }]);
    if (result === undefined || result.status === 'appended') continue;
    const [position] = await stream.positions('g');
    await stream.close();
    return { told: `${result.status} ${result.error.code}`, accepted: appended, there: position?.lag };
  }
}

async function fillQueue(at: string): Promise<object> {
  const queue = workQueue.create({ directory: at, 'max-attempts': 3, 'deduplication-window-ms': 60_000 }, testContext());
  await queue.start();
  for (let accepted = 0; ; accepted++) {
    const [result] = await queue.publish([{ id: `job-${accepted}`, body: BODY }]);
    if (result?.status !== 'failed') continue;
    const { ready } = await queue.depth();
    await queue.close();
    return { told: `${result.status} ${result.error.code}`, accepted, there: ready };
  }
}

process.stdout.write(`${JSON.stringify(await (port === 'raw-stream' ? fillStream(directory) : fillQueue(directory)))}\n`);
