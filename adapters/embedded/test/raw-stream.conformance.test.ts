import { mochaFrame, runRawStreamConformance, spawnAdapter, testContext, type RawStreamHarness, type RawStreamSettings } from '@cave/conformance';
import rawStream, { type EmbeddedRawStreamOptions } from '../src/raw-stream.js';
import { Places } from './support/places.js';

const places = new Places();
const MAX_BYTES = 64 * 1024 * 1024;
const options = (place: string, { partitions }: RawStreamSettings): EmbeddedRawStreamOptions => ({ directory: places.directory(place), partitions, 'max-bytes': MAX_BYTES });
const bad = (changes: object) => () => rawStream.create({ directory: places.directory('bad'), partitions: 1, 'max-bytes': MAX_BYTES, ...changes }, testContext());

const harness: RawStreamHarness = {
  name: 'embedded',
  capabilities: rawStream.capabilities,
  create: async (place, settings) => rawStream.create(options(place, settings), testContext()),
  remove: (place) => places.remove(place),
  spawnProcess: (place, settings) => spawnAdapter(import.meta.resolve('../src/raw-stream.js'), options(place, settings)),
  badOptions: [
    { title: 'no directory', attempt: bad({ directory: '' }) },
    { title: 'no partition', attempt: bad({ partitions: 0 }) },
    { title: 'half a partition', attempt: bad({ partitions: 1.5 }) },
    { title: 'too little room', attempt: bad({ 'max-bytes': 10 }) },
  ],
};

after(() => places.removeAll());
runRawStreamConformance(mochaFrame(), harness);
