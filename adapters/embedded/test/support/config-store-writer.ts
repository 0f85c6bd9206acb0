import { writeSync } from 'node:fs';
import type { Logger } from '@cave/core';
import { createEmbeddedConfigStore } from '../../src/config-store.js';

/*
 * Child process: reserves numbers one by one in the store in the directory named by the
 * first argument and acknowledges each, on standard output (which a trace of system calls
 * shows) and to its parent. Ends after the second argument's number of them, or never.
 */

const [directory, limit] = process.argv.slice(2);
if (directory === undefined) throw new Error('The directory is missing.');
const nothing = (): void => undefined;
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger };
const store = createEmbeddedConfigStore({ directory, 'transaction-timeout-ms': 60_000 }, logger);
await store.start();
for (let n = 0; n < Number(limit ?? Infinity); n += 1) {
  const number = await store.numbers.reserve(1);
  if (limit !== undefined) writeSync(1, `ack-${String(number)}\n`);
  else await new Promise((resolve) => process.send?.(number, resolve));
}
await store.close();
if (process.connected) process.disconnect();
