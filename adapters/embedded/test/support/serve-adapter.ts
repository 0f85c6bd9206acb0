/* Run as a process of its own: serves one embedded adapter over IPC until it is killed. */
import { serveDriver } from '@cave/conformance';
import rawStream, { type EmbeddedRawStreamOptions } from '../../src/raw-stream.js';
import workQueue, { type EmbeddedWorkQueueOptions } from '../../src/work-queue.js';
import { testContext } from './context.js';

const [port, options] = process.argv.slice(2);
if (options === undefined) throw new Error('usage: serve-adapter <port> <options as JSON>');
const parsed: unknown = JSON.parse(options);
const driver =
  port === 'raw-stream' ? rawStream.create(parsed as EmbeddedRawStreamOptions, testContext()) : workQueue.create(parsed as EmbeddedWorkQueueOptions, testContext());
await serveDriver(driver);
