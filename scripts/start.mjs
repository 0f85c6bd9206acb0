// `npm start`: from a fresh clone to a running CAVE. Further arguments go to `cave start`.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, makeReady } from './lib/ready.mjs';

makeReady();
process.argv.splice(2, 0, 'start');
// In this process: no second one to pass signals to.
await import(pathToFileURL(join(ROOT, 'apps/cli/dist/src/main.js')).href);
