import { Pipeline, pointsOf } from './pipeline.js';

/*
 * Publishes unique values as fast as it can, with a writer behind, and prints each request's
 * first value once it is acknowledged, until it is killed. Arguments: directory, first value.
 */
const [directory = '', first = '0'] = process.argv.slice(2);
const SIZE = 100;

const pipeline = new Pipeline(directory, Number(first));
await pipeline.start();
await pipeline.startWriter();
let next = Number(first);

async function publishForEver(): Promise<never> {
  for (;;) {
    const begin = next;
    next += SIZE;
    await pipeline.publisher.publish(pointsOf('d', Array.from({ length: SIZE }, (_, i) => begin + i)));
    // Synchronous for a pipe on Linux: what was acknowledged is told before anything else happens.
    process.stdout.write(`${begin}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, publishForEver));
