// Runs a compiled program of this checkout, after making it ready: run.mjs <file> [arguments].
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, makeReady } from './lib/ready.mjs';

makeReady();
const [file = ''] = process.argv.splice(2, 1);
await import(pathToFileURL(join(ROOT, file)).href);
