import { mochaFrame, runWorkQueueConformance, spawnAdapter, testContext, type WorkQueueHarness, type WorkQueueSettings } from '@cave/conformance';
import { open } from 'lmdb';
import workQueue, { type EmbeddedWorkQueueOptions } from '../src/work-queue.js';
import { Places } from './support/places.js';

const places = new Places();
const options = (place: string, { maxAttempts }: WorkQueueSettings): EmbeddedWorkQueueOptions => ({
  directory: places.directory(place),
  'max-attempts': maxAttempts,
  'deduplication-window-ms': 60_000,
});
const bad = (changes: object) => () => workQueue.create({ ...options('bad', { maxAttempts: 3 }), ...changes }, testContext());

const harness: WorkQueueHarness = {
  name: 'embedded',
  capabilities: workQueue.capabilities,
  create: async (place, settings) => workQueue.create(options(place, settings), testContext()),
  remove: (place) => places.remove(place),
  spawnProcess: (place, settings) => spawnAdapter(import.meta.resolve('../src/work-queue.js'), options(place, settings)),
  injectGarbage: async (place) => {
    const root = open({ path: places.directory(place), encoding: 'binary', keyEncoding: 'binary', overlappingSync: false });
    const key = Buffer.alloc(8);
    key.writeBigUInt64BE(1_000n);
    await root.openDB({ name: 'jobs', encoding: 'binary', keyEncoding: 'binary' }).put(key, Buffer.from('{"neither":"job'));
    await root.close();
  },
  badOptions: [
    { title: 'no directory', attempt: bad({ directory: '' }) },
    { title: 'no attempts', attempt: bad({ 'max-attempts': 0 }) },
    { title: 'a negative window', attempt: bad({ 'deduplication-window-ms': -1 }) },
  ],
};

after(() => places.removeAll());
runWorkQueueConformance(mochaFrame(), harness);
