import { Pipeline, pointsOf } from './pipeline.js';

/*
 * Publishes unique values as fast as it can, with a writer behind, and prints each request's
 * first value once it is acknowledged, until it is killed. Arguments: directory, first value,
 * and perhaps `away` or `back`: every second request is then of a cluster that is so.
 */
const [directory = '', first = '0', far] = process.argv.slice(2);
const SIZE = 100;

const pipeline = new Pipeline(directory, Number(first), 1, far !== undefined);
pipeline.farAway = far === 'away';
await pipeline.start();
await pipeline.startWriter();
let next = Number(first);

async function publishForEver(): Promise<never> {
  for (;;) {
    const begin = next;
    next += SIZE;
    const cluster = far !== undefined && (begin / SIZE) % 2 === 1 ? 'far' : null;
    await pipeline.publisher.publish(pointsOf('d', Array.from({ length: SIZE }, (_, i) => begin + i), cluster));
    // Synchronous for a pipe on Linux: what was acknowledged is told before anything else happens.
    process.stdout.write(`${begin}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, publishForEver));
