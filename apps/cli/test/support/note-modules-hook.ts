import { appendFileSync } from 'node:fs';
import type { LoadHook } from 'node:module';

/** Runs beside the program, in Node's thread for hooks. */
export const load: LoadHook = (url, context, nextLoad) => {
  appendFileSync(process.env['NOTED_MODULES'] ?? '', `${url}\n`);
  return nextLoad(url, context);
};
